//! The time and memory that each step of the compiler takes; `hack/bench compile` runs this and compares.
//!
//! Without arguments it lists the programs, a JSON object a line. With the name of one and a size it
//! prints the figures, in one JSON object, or with `--text` the program itself. Times are processor times, so that
//! other processes matter little, but for that of evaluation, which has a thread of its own. One run measures one
//! program, since the highest use of memory is that of the process.
#![expect(clippy::print_stdout, reason = "what is measured goes to standard output")]

mod program;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use hlb_eval::{EvalSettings, Evaluation, Round, Unresolved, registry};
use hlb_program::check::check;
use hlb_program::lint::lint;
use hlb_program::module::{Answer, ImportRequest, Modules, Root, load};
use hlb_program::program::Program;
use hlb_syntax::diagnostic::{Color, render_terminal};
use hlb_syntax::source::Sources;
use hlb_syntax::tree::{CallStmt, Visitor, walk_call_stmt, walk_tree};
use program::{SHAPES, Shape};

// As in the program that ships.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: dlmalloc::GlobalDlmalloc = dlmalloc::GlobalDlmalloc;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let shape = |name: &str| SHAPES.iter().find(|shape| shape.name == name);
    match arguments.as_slice() {
        [] => list(),
        [name, size, more @ ..] => match (shape(name), size.parse(), more) {
            (Some(shape), Ok(size), []) => measure(shape, size),
            (Some(shape), Ok(size), ["--text"]) => print!("{}", shape.files(size).join("\n")),
            _ => println!("no program `{name}` of size `{size}`"),
        },
        _ => println!("expected a program and its size"),
    }
}

fn list() {
    for Shape { name, of, size, .. } in SHAPES {
        println!(r#"{{"name": "{name}", "of": "{of}", "size": {size}}}"#);
    }
}

/// The steps in their order, each with the nanoseconds that it took.
#[derive(Default)]
struct Steps(Vec<(&'static str, u64)>);

impl Steps {
    fn take<T>(&mut self, name: &'static str, step: impl FnOnce() -> T) -> T {
        let before = on_processor();
        let done = black_box(step());
        self.0.push((name, on_processor() - before));
        done
    }

    /// The same by the clock, for a step that has threads of its own.
    fn take_by_clock<T>(&mut self, name: &'static str, step: impl FnOnce() -> T) -> T {
        let before = Instant::now();
        let done = black_box(step());
        self.0.push((name, before.elapsed().as_nanos() as u64));
        done
    }
}

fn measure(shape: &Shape, size: usize) {
    let files: Vec<Arc<str>> = shape.files(size).into_iter().map(Arc::from).collect();
    let bytes: usize = files.iter().map(|text| text.len()).sum();
    let builtins = &registry().builtins;
    let before = memory("VmRSS");
    let mut steps = Steps::default();
    let mut sources = Sources::default();
    // Loading is little more than parsing each file.
    let modules = steps.take("parse", || modules(&mut sources, &files));
    let (program, found) = steps.take("check", || check(&modules, builtins));
    if shape.is_evaluated {
        steps.take_by_clock("evaluate", || evaluate(&program, &sources));
    }
    let peak = memory("VmHWM");
    let (in_syntax, errors) =
        (modules.iter().map(|it| it.errors.len()).sum::<usize>(), found.len());
    assert!(!shape.is_right || found.is_empty(), "{:?}", found.first());
    let warnings = steps.take("lint", || lint(&program, builtins)).len();
    let formatted = steps.take("format", || {
        modules
            .iter()
            .filter(|it| !it.has_syntax_errors())
            .map(|it| hlb_syntax::format(&it.tree).len())
            .sum::<usize>()
    });
    let shown = steps.take("render", || {
        found.iter().map(|it| render_terminal(it, &sources, Color::Plain).len()).sum::<usize>()
    });
    let mut statements = Statements::default();
    modules.iter().for_each(|module| walk_tree(&mut statements, &module.tree));
    let statements = statements.0;
    steps.take("drop", || drop((modules, program, found)));
    steps.take("lex", || {
        sources.iter().map(|(file, it)| hlb_syntax::lex(file, &it.text).0.len()).sum::<usize>()
    });
    let steps: Vec<String> =
        steps.0.iter().map(|(name, took)| format!(r#""{name}": {took}"#)).collect();
    println!(
        r#"{{"bytes": {bytes}, "statements": {statements}, "syntax": {in_syntax}, "errors": {errors}, "warnings": {warnings}, "formatted": {formatted}, "shown": {shown}, "before": {before}, "peak": {peak}, "steps": {{{}}}}}"#,
        steps.join(", ")
    );
}

fn modules(sources: &mut Sources, files: &[Arc<str>]) -> Modules {
    let mut rest = files.iter().cloned();
    let program = rest.next().unwrap_or_default();
    let mut answer = |_: &ImportRequest| rest.next().map_or(Answer::Missing, Answer::Text);
    load(sources, Root::Program { dir: "".into() }, "build.hlb", program, &mut answer)
}

/// Evaluates the target `default` without a daemon.
fn evaluate(program: &Program, sources: &Sources) {
    let settings = EvalSettings::default();
    let evaluation = Evaluation { program, sources, registry: registry(), settings: &settings };
    let round = evaluation.target("default", &mut Unresolved);
    assert!(matches!(round, Round::Done(Ok(_))), "the program can be evaluated");
}

/// Counts the call statements, those in options included.
#[derive(Default)]
struct Statements(usize);

impl<'a> Visitor<'a> for Statements {
    fn visit_call_stmt(&mut self, call: &'a CallStmt) {
        self.0 += 1;
        walk_call_stmt(self, call);
    }
}

/// For how long this process was on a processor, in nanoseconds; 0 where the system does not report it.
fn on_processor() -> u64 {
    let stat = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    stat.split(' ').next().and_then(|it| it.parse().ok()).unwrap_or_default()
}

/// What the system says of this process's memory, in KiB.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|it| it.parse().ok()).unwrap_or_default()
}
