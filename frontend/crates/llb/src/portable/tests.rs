use std::collections::{BTreeMap, BTreeSet};

use super::*;
use crate::fixture::{amd64, bind, hub, mkdir, run, strings};
use crate::{
    Access, Bind, Exec, FileAction, FileCopy, Http, KeyText, Local, Meta, Metadata, State, exec,
    file, http, local,
};

const DIGEST: &str = "sha256:4bcff63911fcb4448bd4fdacec207030997caf25e9bea4045fa6c8c44de311d1";

fn image(name: &str) -> Edge {
    hub(&format!("{name}@{DIGEST}"))
}

fn context(session: &str) -> Edge {
    let (name, session) = ("context".to_owned(), session.to_owned());
    local(&Local { name, session, ..Local::default() }, Metadata::default())
}

fn copied(from: &Edge, src: &str) -> Edge {
    let copy = FileCopy {
        from: from.clone().into(),
        src: src.to_owned(),
        dest: "/dest".to_owned(),
        ..FileCopy::default()
    };
    match file(image("busybox:1").into(), vec![FileAction::Copy(copy)], Metadata::default()) {
        State::Edge(edge) => edge,
        State::Scratch => panic!("a file op with an action has an output"),
    }
}

const NOBODY: IsOwn<'static> = &|_, _| false;

/// The digest of an output, all of whose contents are the same.
fn digest(output: &Edge, content: &str) -> Result<Option<PortableDigest>, Unportable> {
    let none = Known::default();
    let open = Portable::of([output], &none, NOBODY).open().to_vec();
    let contents = open.iter().map(|of| (of.key(), content.to_owned())).collect();
    let known = Known { contents, ..Known::default() };
    Portable::of([output], &known, NOBODY).digest(output)
}

fn all_differ(outputs: &[Edge]) {
    let digests: BTreeSet<_> = outputs.iter().map(|it| digest(it, "c").unwrap().unwrap()).collect();
    assert_eq!(digests.len(), outputs.len());
}

#[test]
fn sessions_names_and_places_of_images_do_not_count_and_contents_do() {
    let one = copied(&context("one"), "/src");
    assert_eq!(digest(&one, "c"), digest(&copied(&context("two"), "/src"), "c"));
    assert_ne!(digest(&one, "c"), digest(&one, "d"));
    let named = mkdir(image("busybox:1").into(), "/x", Metadata::named("other".to_owned()));
    let moved = mkdir(image("mirror/busybox:2").into(), "/x", Metadata::default());
    assert_eq!(digest(&named, "c"), digest(&moved, "c"));
}

#[test]
fn what_is_done_counts() {
    let keyed = |text: &str| {
        let wish = Exec {
            meta: Meta { args: strings(&["x"]), ..Meta::default() },
            root: Bind { input: image("busybox:1").into(), ..Bind::default() },
            key_only: [KeyText::new("nonce", text)].into(),
            ..Exec::default()
        };
        exec(wish, &amd64(), Metadata::default()).root().unwrap()
    };
    let mount = |dest: &str, access: Access| {
        let mounts = vec![bind(dest, context("").into(), access)];
        run(image("busybox:1").into(), mounts).root().unwrap()
    };
    all_differ(&[
        image("busybox:1"),
        context(""),
        copied(&context(""), "/src"),
        copied(&context(""), "/src2"),
        copied(&image("busybox:1"), "/src"),
        mkdir(image("busybox:1").into(), "/x", Metadata::default()),
        mkdir(State::Scratch, "/x", Metadata::default()),
        keyed("1"),
        keyed("2"),
        mount("/a", Access::Readonly),
        mount("/a", Access::Output),
        mount("/b", Access::Readonly),
    ]);
}

#[test]
fn a_part_is_asked_for_once_and_only_what_is_used() {
    let context = context("");
    let copies = [copied(&context, "/a"), copied(&context, "/b"), copied(&context, "/a")];
    let known = Known::default();
    let all = Portable::of(&copies, &known, NOBODY);
    assert_eq!(all.open().len(), 2);
    assert!(copies.iter().all(|it| all.digest(it) == Ok(None)));
    let whole = Use::whole(&context).key();
    assert!(all.open().iter().all(|of| of.key() != whole));
    let read = run(image("busybox:1").into(), vec![bind("/a", context.into(), Access::Readonly)]);
    let read = read.root().unwrap();
    let all = Portable::of([&read], &known, NOBODY);
    assert_eq!(all.open().iter().map(Use::key).collect::<Vec<_>>(), [whole]);
}

#[test]
fn an_image_stands_for_what_it_was_made_of() {
    let inner = mkdir(image("busybox:1").into(), "/inner", Metadata::default());
    let taken = hub(&format!("sections:hlb@{DIGEST}"));
    let outer = |inner: &Edge| mkdir(inner.clone().into(), "/outer", Metadata::default());
    let inner_digest = digest(&inner, "").unwrap().unwrap();
    let stand_ins = BTreeMap::from([(taken.to_string(), inner_digest)]);
    let known = Known { stand_ins, ..Known::default() };
    let outer_taken = outer(&taken);
    let all = Portable::of([&outer_taken], &known, NOBODY);
    assert_eq!(all.digest(&outer_taken), digest(&outer(&inner), ""));
    assert_ne!(digest(&outer_taken, ""), digest(&outer(&inner), ""));
}

fn busybox() -> Unpinned {
    let identifier = "docker-image://docker.io/library/busybox:1".to_owned();
    Unpinned { identifier, platform: amd64() }
}

#[test]
fn an_image_whose_digest_is_known_is_as_if_it_were_pinned() {
    let on = |name: &str| mkdir(hub(name).into(), "/x", Metadata::default());
    let of = |pin: Option<&str>| {
        let pins = BTreeMap::from([(busybox(), pin.map(str::to_owned))]);
        let known = Known { pins, ..Known::default() };
        let output = on("busybox:1");
        Portable::of([&output], &known, NOBODY).digest(&output)
    };
    assert_eq!(of(Some(DIGEST)), digest(&on(&format!("busybox:1@{DIGEST}")), ""));
    assert_eq!(of(None), Err(Unportable::Unpinned(busybox().identifier)));
}

/// So that all are asked for at once, and none again.
#[test]
fn all_sources_without_a_digest_are_named_together() {
    let first = mkdir(hub("busybox:1").into(), "/x", Metadata::default());
    let second = mkdir(hub("alpine:1").into(), "/y", Metadata::default());
    let mut known = Known::default();
    let of = |known: &Known| Portable::of([&first, &second], known, NOBODY).unpinned().clone();
    let asked = of(&known);
    let names: Vec<&str> = asked.iter().map(|it| it.identifier.as_str()).collect();
    let all = ["docker-image://docker.io/library/alpine:1", &busybox().identifier];
    assert_eq!(names, all);
    known.pins.extend(asked.into_iter().map(|it| (it, None)));
    assert!(of(&known).is_empty());
}

#[test]
fn what_nobody_can_say_is_an_error() {
    let unpinned = mkdir(hub("busybox:1").into(), "/x", Metadata::default());
    assert_eq!(digest(&unpinned, ""), Err(Unportable::Unpinned(busybox().identifier)));
    let metadata = Metadata { ignore_cache: true, ..Metadata::default() };
    let ignoring = mkdir(mkdir(State::Scratch, "/x", metadata).into(), "/y", Metadata::default());
    assert_eq!(digest(&ignoring, ""), Err(Unportable::IgnoresCache));
}

#[test]
fn a_pinned_download_is_known_and_another_is_hashed() {
    let of = |checksum: &str| {
        let (url, checksum) = ("https://e.example/x".to_owned(), checksum.to_owned());
        http(&Http { url, checksum, ..Http::default() }, Metadata::default())
    };
    let (pinned, open) = (of(DIGEST), of(""));
    let known = Known::default();
    assert_eq!(Portable::of([&pinned], &known, NOBODY).open().len(), 0);
    assert_eq!(Portable::of([&open], &known, NOBODY).open().len(), 1);
    all_differ(&[pinned, open]);
}

#[test]
fn the_version_of_the_program_does_not_count_in_its_own_steps() {
    let own: IsOwn<'_> = &|_, exec| exec.meta.as_ref().is_some_and(|it| it.args == ["x"]);
    let known = Known::default();
    let step = |version: &str, of: Edge| {
        run(hub(version).into(), vec![bind("/t", of.into(), Access::Output)]).mount(0).unwrap()
    };
    let made = mkdir(image("busybox:1").into(), "/x", Metadata::default());
    let (one, two) = (step("frontend:1", made.clone()), step("frontend:2", made));
    let all = Portable::of([&one, &two], &known, own);
    assert!(all.digest(&one).unwrap().is_some());
    assert_eq!(all.digest(&one), all.digest(&two));
    // Of a content it makes another content.
    let normalized = step("frontend:1", context(""));
    let copy = copied(&normalized, "/src");
    let all = Portable::of([&copy], &known, own);
    assert_eq!(all.open().len(), 1);
    assert_eq!(all.digest(&copy), Ok(None));
}
