use std::sync::Arc;

use hlb_program::check::check;
use hlb_program::module::{Modules, Root};
use hlb_syntax::parse;
use hlb_syntax::source::{Sources, Span};
use llb::{Detail, Metadata, Platform, State};

use super::*;

/// The summary of the target `default`, or the messages of what is wrong.
fn built(text: &str) -> String {
    built_with(text, registry(), &mut Unresolved)
}

fn built_with(text: &str, registry: &Registry, resolver: &mut dyn Resolver) -> String {
    let mut sources = Sources::default();
    let text: Arc<str> = text.into();
    let file = sources.add("build.hlb", text.clone());
    let (tree, errors) = parse(file, text);
    assert!(errors.is_empty(), "{errors:?}");
    let mut modules = Modules::default();
    modules.add(Root::Program { dir: "".into() }, "build.hlb".into(), tree, errors);
    let (program, errors) = check(&modules, &registry.builtins);
    assert!(errors.is_empty(), "{errors:?}");
    let platform =
        Platform { os: "linux".into(), architecture: "amd64".into(), ..Platform::default() };
    let settings = EvalSettings { platform, nonce: "nonce".into(), ..EvalSettings::default() };
    let evaluation =
        Evaluation { program: &program, sources: &sources, registry, settings: &settings };
    match evaluation.target("default", resolver) {
        Round::Done(Ok(Evaluated { value, .. })) => describe(&value, Detail::default()),
        Round::Done(Err(found)) => {
            found.errors.iter().map(|it| format!("{}\n", it.message)).collect()
        }
        Round::Pending(_) => "pending".to_owned(),
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

/// A daemon on which some images are not there, some are not known yet, and which remembers all that it is asked.
#[derive(Default)]
struct Daemon {
    asked: Vec<String>,
}

impl Resolver for Daemon {
    fn image(&mut self, reference: &str, platform: &Platform, metadata: Metadata) -> Answer<Image> {
        self.asked.push(reference.to_owned());
        let absent =
            || Absence { why: AbsenceReason::NotFound, problem: format!("{reference}: not found") };
        match reference.split('/').next() {
            Some("absent") => Answer::Absent(absent()),
            Some("pending") => Answer::Pending,
            _ => Unresolved.image(reference, platform, metadata),
        }
    }

    fn context(&mut self, name: &str, platform: &Platform) -> Answer<Option<State>> {
        Unresolved.context(name, platform)
    }

    fn files(&mut self, root: &Root) -> Answer<State> {
        Unresolved.files(root)
    }

    fn file(&mut self, filesystem: &Fs, path: &str, span: Span) -> Answer<FileContent> {
        self.asked.push(path.to_owned());
        match path {
            "/pending" => Answer::Pending,
            "/version" => Answer::Ready(FileContent::Text("1.2\n".into())),
            _ => Unresolved.file(filesystem, path, span),
        }
    }

    fn source(&mut self, source: Source<'_>, _: Finding, _: Span) -> Answer<()> {
        self.asked.push("source".to_owned());
        match source {
            Source::Reference(state)
                if llb::summary(&state.definition(), Detail::default()).contains("#absent") =>
            {
                Answer::Absent(Absence {
                    why: AbsenceReason::NotFound,
                    problem: "no ref".to_owned(),
                })
            }
            _ => Answer::Ready(()),
        }
    }

    fn frontend(&mut self, build: &FrontendBuild, span: Span) -> Answer<Image> {
        Unresolved.frontend(build, span)
    }

    fn archive(&mut self, archive: &Archive) -> Answer<State> {
        Unresolved.archive(archive)
    }

    fn normalized(&mut self, normalized: &Normalized) -> Answer<State> {
        Unresolved.normalized(normalized)
    }

    fn snapshot(&mut self, snapshot: &Snapshot) -> Answer<State> {
        Unresolved.snapshot(snapshot)
    }

    fn prime(&mut self, priming: &Priming) -> Answer<Option<Primed>> {
        Unresolved.prime(priming)
    }

    fn is_given(&mut self, what: Needs, id: &str) -> Answer<bool> {
        self.asked.push(format!("{what} {id}"));
        match id.split('-').next() {
            Some("absent") => Answer::Ready(false),
            Some("pending") => Answer::Pending,
            _ => Answer::Ready(true),
        }
    }
}

/// Only what a command can do without is asked for, and only where the daemon would not leave it out itself.
#[test]
fn what_the_client_does_not_give_leaves_nothing() {
    let run = |options: &str| {
        let mut daemon = Daemon::default();
        let text = format!("fs default() {{\n\trun \"x\" with option {{ {options} }}\n}}\n");
        (built_with(&text, registry(), &mut daemon), daemon.asked)
    };
    let (built, asked) = run(
        "secret \"absent-a\" with option { env \"A\"; optional; }; ssh with option { localPaths \"absent-b\"; optional; };",
    );
    assert!(
        !built.contains("secret") && !built.contains("ssh") && !built.contains("SSH"),
        "{built}"
    );
    assert_eq!(asked, ["secret absent-a", "SSH agent absent-b"]);
    let (built, asked) =
        run("secret \"given\" with option { env \"A\"; optional; }; ssh with optional;");
    assert!(
        built.contains("secret-env A <- given optional") && built.contains("env SSH_AUTH_SOCK="),
        "{built}"
    );
    assert_eq!(asked, ["secret given", "SSH agent default"]);
    let (_, asked) =
        run("secret \"absent-a\" with env(\"A\"); secret \"absent-b\" \"/b\" with optional; ssh;");
    assert_eq!(asked, [""; 0]);
    let (built, _) = run("secret \"pending-a\" with option { env \"A\"; optional; };");
    assert_eq!(built, "pending");
}

/// What is evaluated of `firstOf` with these candidates, and what is asked for it.
fn first_of(candidates: &str) -> (String, Vec<String>) {
    let mut daemon = Daemon::default();
    let text = format!("string home() {{ \"~/x\" }}\nfs default() {{ firstOf {candidates}; }}\n");
    (built_with(&text, registry(), &mut daemon), daemon.asked)
}

#[test]
fn the_first_whose_sources_are_there_is_taken() {
    let (built, asked) = first_of(
        "fs { image \"absent/a\"; run \"x\" with option { dir \"rel\" } } fs { image \"b\" } fs { image \"c\" }",
    );
    assert!(built.contains("docker.io/library/b:latest") && !built.contains("absent"), "{built}");
    assert_eq!(asked, ["absent/a", "b", "b"]);
}

/// All are looked up in one round, but nothing is fetched or built for one that may not be taken.
#[test]
fn candidates_are_looked_up_together() {
    let fetched = "fs { http \"https://e/x\" }";
    let reference = "fs { git \"https://e/x\" \"there\" }";
    let (built, asked) = first_of(&format!(
        "fs {{ image \"pending/a\" }} {fetched} fs {{ image \"pending/${{string {{ fileContent image(\"i\") \"/version\" }}}}\" }} fs {{ image \"c\" }}"
    ));
    assert_eq!(
        (built.as_str(), asked),
        ("pending", ["pending/a", "i", "c"].map(str::to_owned).into())
    );
    // Within a candidate, too, names come first.
    let (_, asked) = first_of(&format!("fs {{ image \"pending/a\"; copy {fetched} \"/\" \"/\" }}"));
    assert_eq!(asked, ["pending/a"]);
    let (built, asked) = first_of(&format!("fs {{ image \"a\"; copy {fetched} \"/\" \"/\" }}"));
    assert!(built.contains("https://e/x"), "{built}");
    assert_eq!(asked, ["a", "a", "source"]);
    let (_, asked) = first_of(&format!("fs {{ image \"pending/a\" }} {reference}"));
    assert_eq!(asked, ["pending/a", "source"]);
}

#[test]
fn a_candidate_is_absent_if_one_of_its_sources_is() {
    let absent = "fs { image \"a\"; copy fs { firstOf fs { image \"absent/a\" } fs { git \"https://e/x\" \"absent\" }; } \"/\" \"/\" }";
    let (built, _) = first_of(&format!("{absent} fs {{ image \"b\" }}"));
    assert!(built.contains("library/b:latest") && !built.contains("library/a"), "{built}");
    let (built, _) = first_of(absent);
    assert_eq!(built, "no candidate of `firstOf` is there\n");
}

/// What is taken decides what is wrong with a program, not what is asked ahead.
#[test]
fn only_a_source_can_be_absent() {
    let wrong = "fs { image \"a\"; run \"x\" with dir(home) }";
    let (built, _) = first_of(&format!("{wrong} fs {{ image \"b\" }}"));
    assert!(!built.contains("docker-image"), "{built}");
    let (built, _) = first_of(&format!("fs {{ image \"absent/a\" }} fs {{ image \"b\" }} {wrong}"));
    assert!(built.contains("library/b:latest"), "{built}");
}

/// Who mentions what only another candidate binds is told.
#[test]
fn an_alias_of_another_candidate_has_no_value() {
    let text = "fs default() {
	firstOf fs { image \"absent/a\"; run \"x\" with option { mount scratch \"/m\" as made }; } fs { image \"b\" }
	copy made \"/\" \"/\"
}
";
    let built = built_with(text, registry(), &mut Daemon::default());
    assert_eq!(built, "`made` is bound in a candidate that `firstOf` does not take\n");
}

/// All questions of a round are asked together, and there is no error of what is not known yet.
#[test]
fn evaluation_goes_on_beside_what_is_pending() {
    let mut daemon = Daemon::default();
    let text =
        "fs default() {\n\timage \"pending/a\"\n\tcopy fs { image \"pending/b\" } \"/\" \"/\"\n}\n";
    assert_eq!(built_with(text, registry(), &mut daemon), "pending");
    assert_eq!(daemon.asked, ["pending/a", "pending/b"]);
}

/// Nothing is asked about a value that waits for a file, and a chain of files goes on where it is known.
#[test]
fn nothing_is_made_of_a_file_that_is_pending() {
    let mut daemon = Daemon::default();
    let text = r#"
string content(string path) { fileContent fs { scratch; mkfile "/x" 0o600 "" } path }
fs default() {
	image "app:${content("/pending")}"
	copy fs { image content("/${content("/pending")}") } "/" "/"
	copy fs { image "app:${content("/version")}" } "/" "/"
}
"#;
    assert_eq!(built_with(text, registry(), &mut daemon), "pending");
    assert_eq!(daemon.asked, ["/pending", "/version", "app:1.2"]);
}

/// All aliases of a call come from one evaluation of it.
#[test]
fn aliases_of_a_call_share_its_steps() {
    let text = r#"
fs build() {
	image "i"
	run "make" with option {
		mount scratch "/a" as a
		mount scratch "/b" as b
	}
}
fs default() {
	scratch
	copy a "/" "/a"
	copy b "/" "/b"
}
"#;
    let built = built(text);
    assert_eq!(built.matches("\"make\"").count(), 1, "{built}");
}
