//! Checking and linting a program with its imports: the spans of diagnostics lie in their files, nothing is reported
//! twice, and formatting the program changes no error.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hlb_eval::registry;
use hlb_program::module::{Answer, ImportRequest, ImportSource, Modules, Root, load};
use hlb_program::{check, lint};
use hlb_syntax::diagnostic::{Color, Diagnostic, render_json, render_terminal};
use hlb_syntax::source::Sources;

/// The line between a program and the modules that it imports.
pub const NEXT_FILE: &str = "\n---\n";

/// How many files a program may have.
const MAX_FILES: usize = 3;

/// How many diagnostics are rendered: more of them hardly find more errors.
const SHOWN: usize = 3;

pub fn check(text: &str) {
    let files: Vec<Arc<str>> = text.splitn(MAX_FILES, NEXT_FILE).map(Arc::from).collect();
    let first = Checked::of(&files);
    first.assert_sound();
    let again = Checked::of(&files);
    assert_eq!(first.errors, again.errors, "checking is deterministic");
    assert_eq!(first.lints, again.lints, "linting is deterministic");
    if first.modules.iter().all(|module| !module.has_syntax_errors()) {
        let laid_out = Checked::of(&files.iter().map(laid_out).collect::<Vec<_>>());
        // Values on the line of another error are taken for a part of it, those on lines of their own are of the wrong
        // kind.
        let rules =
            |found: &[Diagnostic]| found.iter().map(|it| it.code.id).collect::<BTreeSet<_>>();
        let (before, after) = (rules(&first.errors), rules(&laid_out.errors));
        let more: Vec<_> = after.difference(&before).filter(|code| **code != "HLB0141").collect();
        assert!(
            before.is_subset(&after) && more.is_empty(),
            "{before:?} are formatted to {after:?}"
        );
        // Where lines break decides what a comment allows.
        if !text.contains("hlb:") {
            assert_eq!(
                codes(&first.lints),
                codes(&laid_out.lints),
                "formatting changes no warning"
            );
        }
    }
}

struct Checked {
    sources: Sources,
    modules: Modules,
    errors: Vec<Diagnostic>,
    lints: Vec<Diagnostic>,
}

impl Checked {
    /// Checks the first file; the others answer its imports, each the next one that asks.
    fn of(files: &[Arc<str>]) -> Self {
        let (mut sources, mut rest) = (Sources::default(), files.iter().cloned());
        let program = rest.next().unwrap_or_default();
        let root = Root::Program { dir: "".into() };
        let mut fetch = |request: &ImportRequest| answer(request, rest.next());
        let modules = load(&mut sources, root, "fuzz.hlb", program, &mut fetch);
        let builtins = &registry().builtins;
        let (checked, errors) = check::check(&modules, builtins);
        let lints = lint::lint(&checked, builtins);
        Self { sources, modules, errors, lints }
    }

    fn assert_sound(&self) {
        let mut reported = BTreeSet::new();
        let mut tokens = 0;
        for module in self.modules.iter() {
            tokens += module.tree.tokens.len();
        }
        for it in self.errors.iter().chain(&self.lints) {
            super::assert_in_text(it, &self.sources);
            let is_new = reported.insert((it.code.id, it.span, &it.message));
            assert!(is_new, "reported twice: {it:?}");
        }
        assert!(self.errors.len() <= 3 * tokens + 1, "more errors than the text can have");
        for it in self.errors.iter().take(SHOWN).chain(self.lints.iter().take(SHOWN)) {
            assert!(!render_terminal(it, &self.sources, Color::Plain).is_empty());
            assert!(render_json(it, &self.sources).starts_with('{'));
        }
        let errors = self.errors.iter().all(Diagnostic::is_error);
        assert!(errors && !self.lints.iter().any(Diagnostic::is_error));
    }
}

fn answer(request: &ImportRequest, next: Option<Arc<str>>) -> Answer {
    match (&request.source, next) {
        (ImportSource::File { .. }, Some(text)) => Answer::Text(text),
        (ImportSource::File { .. }, None) => Answer::Missing,
        (ImportSource::Git(_) | ImportSource::Computed(_), Some(text)) => {
            let root = Root::Filesystem { key: "other".into(), name: "other".into() };
            Answer::Filesystem { root, path: "module.hlb".into(), text }
        }
        (ImportSource::Git(_) | ImportSource::Computed(_), None) => Answer::Unavailable,
    }
}

fn laid_out(text: &Arc<str>) -> Arc<str> {
    let file = Sources::default().add("fuzz.hlb", "");
    let (tree, _) = hlb_syntax::parse(file, text.clone());
    hlb_syntax::format(&tree).into()
}

/// How often each rule is broken.
fn codes(found: &[Diagnostic]) -> BTreeMap<&str, usize> {
    let mut codes = BTreeMap::new();
    for it in found {
        *codes.entry(it.code.id).or_default() += 1;
    }
    codes
}
