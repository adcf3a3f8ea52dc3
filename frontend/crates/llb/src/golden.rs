//! Ops against those that BuildKit's own client makes of the same wishes.
//!
//! The digests are what `client/llb` of BuildKit 0.26.3 gives, marshaled for `linux/arm64`.

use std::collections::BTreeSet;

use super::fixture::{platform, strings};
use super::*;

const SHA: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

fn arm64() -> Platform {
    platform("arm64", "")
}

fn alpine() -> State {
    let alpine =
        Image { reference: "docker.io/library/alpine:3.20".to_owned(), ..Image::default() };
    image(&alpine, &arm64(), Metadata::default()).into()
}

fn busybox() -> State {
    let busybox = Image {
        reference: "docker.io/library/busybox:1".to_owned(),
        resolve_mode: ResolveMode::ForcePull,
        ..Image::default()
    };
    image(&busybox, &platform("arm", "v7"), Metadata::default()).into()
}

fn digest_of(state: &State) -> &str {
    state.edge().map_or("scratch", |edge| edge.vertex.digest())
}

#[test]
fn images() {
    assert_eq!(
        digest_of(&alpine()),
        "sha256:b95ffba9f9301797a4586125bd5889d973d036dbed59350f16a21aac4fad5f37"
    );
    assert_eq!(
        digest_of(&busybox()),
        "sha256:91028fa713fd6070d999691707daa0a92cfc437a9d50999d13ddd048886021e6"
    );
    let layout = OciLayout {
        reference: format!("x@{SHA}"),
        store: Store { session: "sess".to_owned(), id: "store".to_owned() },
        layer_limit: 2,
    };
    assert_eq!(
        oci_layout(&layout, &arm64(), Metadata::default()).vertex.digest(),
        "sha256:993a66b7d449053d1f047d872b65149075813644010b1f9d40fc35656a1c7d4a"
    );
}

#[test]
fn terminal_op() {
    let State::Edge(alpine) = alpine() else { panic!("an image is not scratch") };
    let definition = marshal(&alpine);
    assert_eq!(definition.def.len(), 2);
    assert_eq!(
        vertex::digest(&definition.def[1]),
        "sha256:4dd42ec9e3c105feb4dccc2286fd2cef52cfe25cd5c8ed6a437b27711b969a99"
    );
}

#[test]
fn git_repositories() {
    let authenticated = |git: Git| Git {
        auth_token_secret: "GIT_AUTH_TOKEN".to_owned(),
        auth_header_secret: "GIT_AUTH_HEADER".to_owned(),
        ..git
    };
    let by_https = Git {
        remote: "https://github.com/a/b.git".to_owned(),
        reference: "v1".to_owned(),
        subdir: "sub".to_owned(),
        keep_git_dir: true,
        ..Git::default()
    };
    let by_ssh = Git {
        remote: "git@h.example:o/r.git".to_owned(),
        reference: "v1".to_owned(),
        known_ssh_hosts: "h.example ssh-ed25519 AAAA".to_owned(),
        ..Git::default()
    };
    let without_scheme = Git { remote: "h.example/o/r".to_owned(), ..Git::default() };
    for (wish, expected) in [
        (by_https, "sha256:f34759a66dedc89a4f7ca9b2db3c210ae47e8b11c100e7b10019094881e24f86"),
        (by_ssh, "sha256:1e1f799ce0dccb78538d58346d1f6990ad36d013c4f9c52ecc967f7921adeaa8"),
        (without_scheme, "sha256:e205c9ebeddf3deb2ca34e24358b283c9700baab7760149fb59918543bf06da3"),
    ] {
        let edge = git(&authenticated(wish.clone()), Metadata::default());
        assert_eq!(edge.vertex.digest(), expected, "{wish:?}");
    }
}

#[test]
fn http_files() {
    let file = Http {
        url: "https://h.example/f.tgz".to_owned(),
        checksum: SHA.to_owned(),
        filename: "g".to_owned(),
        mode: Some(0o4755),
        uid: 3,
        gid: 4,
        ..Http::default()
    };
    assert_eq!(
        http(&file, Metadata::default()).vertex.digest(),
        "sha256:5f2de396633759045d8cde06ac8aa918f4d6dee4d192d9e4fea92b601538c422"
    );
}

#[test]
fn local_directories() {
    let context = Local { name: "context".to_owned(), ..Local::default() };
    let session = "s1".to_owned();
    let filtered = Local {
        session: session.clone(),
        shared_key_hint: "hint".to_owned(),
        include_patterns: strings(&["a&<b>", "c\u{2028}\"\\\t\u{1}\u{7f}"]),
        exclude_patterns: strings(&["*.md"]),
        follow_paths: strings(&["d"]),
        ..context.clone()
    };
    let metadata_only = Local {
        session,
        differ: Differ::None,
        metadata_only: Some(MetadataOnly { except: strings(&["x"]) }),
        ..context.clone()
    };
    let unique = Local { unique: "u".to_owned(), ..context };
    for (wish, expected) in [
        (filtered, "sha256:1a528a949a973a81b49aa668ae5bdcbaf4bce7209eb530543190b485d5832719"),
        (metadata_only, "sha256:c81a698e119d9041cd290f4fe408c8dfdbb2b2b69e7769d5ef2505da86ca24ad"),
        (unique, "sha256:20ce3f347ee63327e63b84a91a9cd54ff28c03b0d935137c3a46839e9fb69619"),
    ] {
        let edge = local(&wish, Metadata::default());
        assert_eq!(edge.vertex.digest(), expected, "{wish:?}");
    }
}

#[test]
fn exec_with_everything_but_mounts() {
    let meta = Meta {
        args: strings(&["/bin/sh", "-c", "true"]),
        env: strings(&["B=2", "A=1", "SSH_AUTH_SOCK=/ssh"]),
        cwd: "/src".to_owned(),
        user: "web".to_owned(),
        proxy_env: Some(ProxyEnv {
            http_proxy: "p".to_owned(),
            no_proxy: "n".to_owned(),
            ..ProxyEnv::default()
        }),
        extra_hosts: vec![HostIp { host: "h".to_owned(), ip: "10.0.0.1".to_owned() }],
        ulimit: vec![Ulimit { name: "nofile".to_owned(), soft: 1, hard: 2 }],
        cgroup_parent: "cg".to_owned(),
        valid_exit_codes: vec![0, 300],
        ..Meta::default()
    };
    let agent = SshMount { id: "ag".to_owned(), ..SshMount::default() };
    let secret = SecretMount { id: "sid".to_owned(), uid: 1, gid: 2, mode: 0o440, optional: false };
    let optional = SecretMount { id: "sid2".to_owned(), optional: true, ..SecretMount::default() };
    let mount = |dest: &str, kind| Mount { dest: dest.to_owned(), kind };
    let wish = Exec {
        meta,
        root: Bind { input: alpine(), ..Bind::default() },
        mounts: vec![
            mount("/ssh", MountKind::Ssh(agent)),
            mount("/run/s", MountKind::Secret(secret)),
            mount("/run/a", MountKind::Secret(optional)),
        ],
        network: NetMode::Host,
        security: SecurityMode::Insecure,
        key_only: BTreeSet::new(),
        secret_env: Vec::new(),
        cdi_devices: vec![CdiDevice { name: "vendor.com/gpu=all".to_owned(), optional: true }],
    };
    assert_eq!(
        exec(wish, &arm64(), Metadata::default()).vertex.digest(),
        "sha256:b5a8d034459e46c47b3db2033e5a5da6a399028a4b8397793c98ca3ec25774dd"
    );
}

#[test]
fn mounts_of_every_kind() {
    let scratch = |access| MountKind::Bind(Bind { access, ..Bind::default() });
    let part = Bind {
        input: busybox(),
        selector: "bin".to_owned(),
        access: Access::Readonly,
        ..Bind::default()
    };
    let again = Bind {
        input: alpine(),
        access: Access::Readonly,
        content_cache: ContentCache::Off,
        ..Bind::default()
    };
    let cache =
        CacheMount { id: "go".to_owned(), sharing: Sharing::Locked, ..CacheMount::default() };
    let mount = |dest: &str, kind| Mount { dest: dest.to_owned(), kind };
    let wish = Exec {
        meta: Meta { args: strings(&["x"]), ..Meta::default() },
        root: Bind { input: alpine(), ..Bind::default() },
        mounts: vec![
            mount("/z", scratch(Access::Discard)),
            mount("/a", scratch(Access::Output)),
            mount("/b", MountKind::Bind(part)),
            mount("/c", MountKind::Cache(cache)),
            mount("/t", MountKind::Tmpfs { size_bytes: 0 }),
            mount("/t2", MountKind::Tmpfs { size_bytes: 4096 }),
            mount("/again", MountKind::Bind(again)),
        ],
        ..Exec::default()
    };
    let outputs = exec(wish, &arm64(), Metadata::default());
    assert_eq!(
        outputs.vertex.digest(),
        "sha256:5f292cc40db1f75cd040025be05baa07bb6139ade7c2b6fe4e1bf6816ca3af96"
    );
    let indices = (0..7).map(|at| outputs.mount(at).map(|edge| edge.index)).collect::<Vec<_>>();
    assert_eq!(indices, [None, Some(1), None, None, None, None, None]);
    assert_eq!(outputs.root().map(|edge| edge.index), Some(0));
}

#[test]
fn file_actions() {
    let mkdir =
        Mkdir { path: "/x".to_owned(), mode: 0o755, make_parents: true, ..Mkdir::default() };
    let made = file(State::Scratch, vec![FileAction::Mkdir(mkdir)], Metadata::default());
    assert_eq!(
        digest_of(&made),
        "sha256:f5f83dd4c9862983f8f60b519a499ad3ea67b55e1b982f33c3e70bebbb130880"
    );
    let copy = FileCopy { src: "/a".to_owned(), dest: "/b".to_owned(), ..FileCopy::default() };
    let copied = file(State::Scratch, vec![FileAction::Copy(copy)], Metadata::default());
    assert_eq!(
        digest_of(&copied),
        "sha256:09a7f1aa226eb26db157634bffe3033ffebc3fc5f02bd1b5e5cc6486d3525dc9"
    );
}

#[test]
fn chain_of_file_actions() {
    let mkdir = Mkdir { path: "/x".to_owned(), mode: 0o755, ..Mkdir::default() };
    let mkfile = Mkfile { path: "/x/f".to_owned(), ..Mkfile::default() };
    let rm = Rm { path: "/y".to_owned(), allow_not_found: true, allow_wildcard: true };
    let symlink = Symlink {
        oldpath: "target".to_owned(),
        newpath: "/x/l".to_owned(),
        timestamp: Some(5_000_000_007),
        ..Symlink::default()
    };
    let selected = FileCopy {
        from: busybox(),
        src: "/bin/*".to_owned(),
        dest: "/b/".to_owned(),
        owner: Owner { user: Some(User::Name("web".to_owned())), group: Some(User::Id(0)) },
        create_dest_path: true,
        allow_wildcard: true,
        include_patterns: strings(&["s*", "l*"]),
        exclude_patterns: strings(&["x"]),
        ..FileCopy::default()
    };
    let switched = FileCopy {
        from: alpine(),
        src: "/etc".to_owned(),
        dest: "/e".to_owned(),
        owner: Owner { user: Some(User::Id(0)), group: None },
        mode: CopyMode::Bits(0o4711),
        follow_symlink: true,
        dir_copy_contents: true,
        attempt_unpack: true,
        allow_empty_wildcard: true,
        always_replace_existing_dest_paths: true,
        timestamp: Some(5_000_000_007),
        required_paths: strings(&["r"]),
        ..FileCopy::default()
    };
    let expressed = FileCopy {
        from: alpine(),
        src: "/m".to_owned(),
        dest: "/n".to_owned(),
        mode: CopyMode::Expression("u=rwX".to_owned()),
        ..FileCopy::default()
    };
    let actions = vec![
        FileAction::Mkdir(mkdir),
        FileAction::Mkfile(mkfile),
        FileAction::Rm(rm),
        FileAction::Symlink(symlink),
        FileAction::Copy(selected),
        FileAction::Copy(switched),
        FileAction::Copy(expressed),
    ];
    assert_eq!(
        digest_of(&file(alpine(), actions, Metadata::default())),
        "sha256:45cb0daa68f2786cfc7d33d47f19fedd2913a4929d9d3f5d5f29c7cb59487761"
    );
}

#[test]
fn merges_and_diffs() {
    // The client gives this of the last two: it keeps what comes again.
    let layers = [alpine(), State::Scratch, busybox(), alpine()];
    assert_eq!(
        digest_of(&merge(&layers, |_| false, Metadata::default()).unwrap()),
        "sha256:6a03405c75f9bfcf9c7dcb5339f2d2eafe3b704ee059d2fcf754e6232504ffb1"
    );
    assert_eq!(
        digest_of(&diff(&alpine(), &busybox(), Metadata::default())),
        "sha256:ca65e351b58dd255c52e0ffc22c430665693666c0817855495b87d0cbaf9b14f"
    );
    assert_eq!(
        digest_of(&diff(&alpine(), &State::Scratch, Metadata::default())),
        "sha256:7524f6332a99db3ebe26982c81d767359abb287726f02b3afc54eb80c2da4822"
    );
}

/// What BuildKit 0.13 gives for the same.
#[test]
fn a_source_of_an_old_client() {
    let url = "http://127.0.0.1:18765/c.tgz".to_owned();
    let context = Http { url, filename: "context".to_owned(), ..Http::default() };
    assert_eq!(
        http(&context, Metadata::default()).in_field_order().vertex.digest(),
        "sha256:d1e571ac35fbccde256547b3f2f78fb5d9c80a66c39d03ae26337bb1fa242015"
    );
}
