use gateway_proto::pb;

use super::{Lines, Names, switches, word};

pub fn describe(exec: &pb::ExecOp, op: &pb::Op, names: &Names) -> Lines {
    let meta = exec.meta.clone().unwrap_or_default();
    let head = format!("exec {:?}", meta.args);
    let mut details = Vec::new();
    if meta.cwd != "/" {
        details.push(format!("cwd {}", word(&meta.cwd)));
    }
    details.extend(meta_lines(&meta));
    details.extend(meta.env.iter().map(|variable| format!("env {}", word(variable))));
    details.extend(exec.secretenv.iter().map(|secret| {
        let optional = if secret.optional { " optional" } else { "" };
        format!("secret-env {} <- {}{optional}", secret.name, word(&secret.id))
    }));
    match exec.network() {
        pb::NetMode::Unset => {}
        pb::NetMode::Host => details.push("network host".to_owned()),
        pb::NetMode::None => details.push("network none".to_owned()),
    }
    if exec.security() == pb::SecurityMode::Insecure {
        details.push("security insecure".to_owned());
    }
    details.extend(exec.cdi_devices.iter().map(|device| {
        let optional = if device.optional { " optional" } else { "" };
        format!("device {}{optional}", word(&device.name))
    }));
    details.extend(exec.mounts.iter().map(|mount| describe_mount(mount, op, names)));
    Lines { head, details }
}

fn meta_lines(meta: &pb::Meta) -> Vec<String> {
    let mut lines = Vec::new();
    for (what, value) in
        [("user", &meta.user), ("hostname", &meta.hostname), ("cgroup-parent", &meta.cgroup_parent)]
    {
        if !value.is_empty() {
            lines.push(format!("{what} {}", word(value)));
        }
    }
    lines.extend(meta.extra_hosts.iter().map(|host| format!("host {} {}", host.host, host.ip)));
    let ulimits = meta.ulimit.iter();
    lines.extend(ulimits.map(|it| format!("ulimit {} {}:{}", it.name, it.soft, it.hard)));
    if !meta.valid_exit_codes.is_empty() {
        lines.push(format!("valid-exit-codes {:?}", meta.valid_exit_codes));
    }
    if let Some(proxy) = &meta.proxy_env {
        let variables = [
            ("http", &proxy.http_proxy),
            ("https", &proxy.https_proxy),
            ("ftp", &proxy.ftp_proxy),
            ("no", &proxy.no_proxy),
            ("all", &proxy.all_proxy),
        ];
        let set = variables.into_iter().filter(|(_, value)| !value.is_empty());
        lines.extend(set.map(|(name, value)| format!("{name}-proxy {}", word(value))));
    }
    if !meta.remove_mount_stubs_recursive {
        lines.push("keep-mount-stubs".to_owned());
    }
    lines
}

fn describe_mount(mount: &pb::Mount, op: &pb::Op, names: &Names) -> String {
    let mut words = vec!["mount".to_owned(), word(&mount.dest)];
    let input = names.input(op, mount.input);
    match mount.mount_type() {
        pb::MountType::Bind => words.push(format!("<- {input}")),
        pb::MountType::Cache => words.extend(cache(mount, &input)),
        pb::MountType::Tmpfs => {
            words.push("tmpfs".to_owned());
            let size = mount.tmpfs_opt.map_or(0, |tmpfs| tmpfs.size);
            words.extend((size != 0).then(|| format!("size {size}")));
        }
        pb::MountType::Secret => {
            let opt = mount.secret_opt.clone().unwrap_or_default();
            words.push(format!("secret {}", word(&opt.id)));
            words.extend(permissions(opt.uid, opt.gid, opt.mode, opt.optional));
        }
        pb::MountType::Ssh => {
            let opt = mount.ssh_opt.clone().unwrap_or_default();
            words.push(format!("ssh {}", word(&opt.id)));
            words.extend(permissions(opt.uid, opt.gid, opt.mode, opt.optional));
        }
    }
    if !mount.selector.is_empty() {
        words.push(format!("selector {}", word(&mount.selector)));
    }
    // In an exec only the cache key depends on it.
    words.extend((!mount.result_id.is_empty()).then(|| format!("key {}", word(&mount.result_id))));
    words.extend(switches([
        (mount.readonly, "readonly"),
        (mount.content_cache() == pb::MountContentCache::On, "content-cache on"),
        (mount.content_cache() == pb::MountContentCache::Off, "content-cache off"),
    ]));
    let numbered = matches!(mount.mount_type(), pb::MountType::Bind) && mount.output >= 0;
    words.extend(numbered.then(|| format!("(output {})", mount.output)));
    words.join(" ")
}

fn cache(mount: &pb::Mount, input: &str) -> Vec<String> {
    let opt = mount.cache_opt.clone().unwrap_or_default();
    let mut words = vec![format!("cache {}", word(&opt.id))];
    words.extend(switches([
        (opt.sharing() == pb::CacheSharingOpt::Private, "private"),
        (opt.sharing() == pb::CacheSharingOpt::Locked, "locked"),
    ]));
    words.extend((input != "scratch").then(|| format!("<- {input}")));
    words
}

fn permissions(uid: u32, gid: u32, mode: u32, optional: bool) -> Vec<String> {
    let mut words = vec![format!("{mode:04o}")];
    words.extend(((uid, gid) != (0, 0)).then(|| format!("owner {uid}:{gid}")));
    words.extend(switches([(optional, "optional")]));
    words
}
