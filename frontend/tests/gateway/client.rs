//! What a program reads of the client: build arguments, the build platform.

use std::sync::Arc;

use hlb_frontend::solve::build;
use hlb_gateway::options::Options;
use llb::{Detail, summary};

use crate::daemon::{Fake, connect, variables};

/// What a build warns of, and the definition of its result.
async fn built(files: &[(&'static str, &[u8])], given: &[&str]) -> (Vec<String>, String) {
    let files: Vec<_> =
        files.iter().map(|(name, text)| ("local://dockerfile", *name, *text)).collect();
    let daemon = Arc::new(Fake::with_files(&files));
    let mut variables = variables(given);
    let workers =
        r#"[{"id":"w","labels":null,"platforms":[{"architecture":"arm64","os":"linux"}]}]"#;
    variables.push(("BUILDKIT_WORKERS".into(), workers.into()));
    let options = Options::parse(variables).expect("valid options");
    build(&connect(&daemon).await, &options).await.expect("a build");
    let asked = daemon.asked.lock().expect("not poisoned");
    let warnings = asked.warnings.iter().map(|warning| {
        let help = warning.detail.first().map(|help| String::from_utf8_lossy(help));
        format!("{} ({})", String::from_utf8_lossy(&warning.short), help.unwrap_or_default())
    });
    let last = asked.solves.last().and_then(|solve| solve.definition.clone());
    (warnings.collect(), summary(&last.unwrap_or_default(), Detail::default()))
}

#[tokio::test]
async fn an_unused_build_argument_is_a_warning() {
    let program = br#"
fs default(string version = "1", bool fast = true) { scratch; mkfile "/v" 0o644 "${version} ${fast}" }
fs other(int level) { scratch; mkfile "/l" 0o644 "${level}" }
fs machine() { scratch; mkfile "/h" 0o644 localEnv("HOST") }
string helper(string text) { text }
"#;
    let given = [
        "build-arg:verison=2",
        "build-arg:FAST=1",
        "build-arg:text=x",
        "build-arg:level=3",
        "build-arg:HOST=h",
        "build-arg:HTTP_PROXY=p",
        "build-arg:BUILDKIT_INLINE_CACHE=1",
    ];
    let (warnings, _) = built(&[("build.hlb", program)], &given).await;
    let unused = "HLB0565: the program does not use build argument";
    assert_eq!(
        warnings,
        [
            format!("{unused} `FAST` (did you mean `fast`?)"),
            format!("{unused} `text` (the program takes `HOST`, `fast`, `level`, `version`)"),
            format!("{unused} `verison` (did you mean `version`?)"),
        ]
    );
    let (warnings, _) = built(&[("build.hlb", b"fs default() { scratch }\n")], &given[..1]).await;
    let none = "remove it: the program takes no build arguments";
    assert_eq!(warnings, [format!("{unused} `verison` ({none})")]);
}

#[tokio::test]
async fn a_computed_name_may_be_any_build_argument() {
    let program =
        br#"fs default(string name = "A") { scratch; mkfile "/a" 0o644 localEnv("X_${name}") }"#;
    let given = ["build-arg:X_A=found", "build-arg:Y=1"];
    let (warnings, definition) = built(&[("build.hlb", program)], &given).await;
    assert_eq!(warnings, [""; 0]);
    assert!(definition.contains("\"found\""), "{definition}");
}

#[tokio::test]
async fn the_build_platform_is_the_daemons() {
    let program = br#"import lib from string { "./${localOs}-${localArch}.hlb" }
fs default() { lib.tool }
"#;
    let module = b"export tool\nfs tool() { scratch; mkfile \"/on\" 0o644 localArch }\n";
    let files: [(&str, &[u8]); 2] = [("build.hlb", program), ("linux-arm64.hlb", module)];
    let (_, definition) = built(&files, &["platform=linux/amd64"]).await;
    assert!(definition.contains("\"arm64\""), "{definition}");
}
