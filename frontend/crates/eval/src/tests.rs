use std::sync::Arc;

use hlb_program::check::check;
use hlb_program::module::{Modules, Root};
use hlb_syntax::parse;
use hlb_syntax::source::Sources;
use llb::{Detail, Platform, marshal, summary};

use super::{Arguments, EvalSettings, Evaluated, Evaluation, Round, Unresolved, Value, registry};

/// The summary of the target `default`, or the messages of what is wrong.
fn built(text: &str) -> String {
    let mut sources = Sources::default();
    let text: Arc<str> = text.into();
    let file = sources.add("build.hlb", text.clone());
    let (tree, errors) = parse(file, text);
    assert!(errors.is_empty(), "{errors:?}");
    let mut modules = Modules::default();
    modules.add(Root::Program { dir: "".into() }, "build.hlb".into(), tree, errors);
    let registry = registry();
    let (program, errors) = check(&modules, &registry.builtins);
    assert!(errors.is_empty(), "{errors:?}");
    let platform =
        Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() };
    let settings = EvalSettings { platform, nonce: "nonce".into(), ..EvalSettings::default() };
    let evaluation =
        Evaluation { program: &program, sources: &sources, registry, settings: &settings };
    match evaluation.target("default", &Arguments::new(), &mut Unresolved) {
        Round::Done(Ok(Evaluated { value: Value::Fs(fs), .. })) => fs
            .state
            .edge()
            .map_or("scratch".to_owned(), |edge| summary(&marshal(edge), Detail::default())),
        Round::Done(Err(errors)) => errors.iter().map(|it| format!("{}\n", it.message)).collect(),
        other => format!("{other:?}"),
    }
}

#[test]
fn every_row_is_found_by_its_signature() {
    let registry = registry();
    for signature in registry.builtins.iter() {
        assert!(registry.row(signature).is_some_and(|row| row.signature == *signature));
    }
}

#[test]
fn functions_that_double_are_evaluated_once() {
    let mut text = "fs f0() { scratch; mkfile \"/x\" 0o600 \"x\" }\n".to_owned();
    for level in 1..60 {
        let below = level - 1;
        text += &format!("fs f{level}() {{ f{below}; copy f{below} \"/x\" \"/y\" }}\n");
    }
    assert!(built(&format!("{text}fs default() {{ f59 }}")).contains("mkfile"));
}

#[test]
fn calls_nest_up_to_a_limit() {
    let mut text = "fs f0() { scratch }\n".to_owned();
    for level in 1..1200 {
        text += &format!("fs f{level}() {{ f{} }}\n", level - 1);
    }
    assert!(built(&format!("{text}fs default() {{ f900 }}")).contains("scratch"));
    assert!(built(&format!("{text}fs default() {{ f1199 }}")).contains("calls deep"));
}
