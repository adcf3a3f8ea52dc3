use std::sync::Arc;

use gateway_proto::errdefs::{self, Detail};
use gateway_proto::{Any, rpc};
use hlb_gateway::bridge::{Bridge, Ref, ResultPart, SolveRequest, build_result, finish};
use hlb_gateway::report::{forward, report, warn_requests};
use hlb_syntax::diagnostic::Code;
use hlb_syntax::source::{Sources, Span};
use llb::CacheImport;
use llb::{Edge, Local, Metadata, Platform, marshal};

use crate::daemon::{Fake, connect};

static ODD: Code = Code::error("HLB0998", "odd");
static WARNING: Code = Code::warning("HLB0999", "warning");

fn vertex() -> Edge {
    let local = Local { name: "context".to_owned(), ..Local::default() };
    llb::local(&local, Metadata::default())
}

#[tokio::test]
async fn a_failed_solve_keeps_all_details_on_the_way_back() {
    let details = vec![
        errdefs::Vertex { digest: "sha256:0".to_owned() }.to_any(),
        Any { type_url: "of/no+use".to_owned(), value: vec![0xff; 1 << 20] },
    ];
    let failure = rpc::Status { code: 2, message: "exit code: 1".to_owned(), details };
    let daemon = Arc::new(Fake { failure: Some(failure.clone()), ..Fake::default() });
    let bridge = connect(&daemon).await;
    let error = bridge.solve(SolveRequest::definition(marshal(&vertex()))).await;
    let mut sources = Sources::default();
    let file = sources.add("a.hlb", "one\n");
    let error = error.expect_err("fails");
    let forwarded = forward(error, None, &[Span::new(file, 0, 3)], &sources);
    finish(&bridge, Err(forwarded)).await.expect("is taken");
    let asked = daemon.asked.lock().expect("no one holds it");
    let returned = asked.returns[0].error.clone().expect("is an error");
    assert_eq!(returned.message, failure.message);
    assert_eq!(returned.details[..2], failure.details);
    assert_eq!(errdefs::all::<errdefs::Source>(&returned).count(), 1);
}

#[tokio::test]
async fn errors_are_returned_with_their_snippets() {
    let daemon = Arc::new(Fake::default());
    let bridge = connect(&daemon).await;
    let mut sources = Sources::default();
    let file = sources.add("a.hlb", "one\ntwo\n");
    let errors = [ODD.at(Span::new(file, 0, 3), "first"), ODD.at(Span::new(file, 4, 7), "second")];
    finish(&bridge, Err(report(&sources, &errors))).await.expect("is taken");
    let asked = daemon.asked.lock().expect("no one holds it");
    let returned = asked.returns[0].error.clone().expect("is an error");
    assert_eq!(returned.code, 2);
    assert_eq!(errdefs::all::<errdefs::Source>(&returned).count(), 2);
}

#[tokio::test]
async fn a_refused_result_becomes_an_error() {
    let daemon = Arc::new(Fake { refuses_results: true, ..Fake::default() });
    let bridge = connect(&daemon).await;
    let part = ResultPart {
        platform: Platform::default(),
        exported: Platform::default(),
        reference: Ref { id: "r9".to_owned(), definition: None },
        config: None,
        base_config: None,
        sbom: None,
    };
    finish(&bridge, Ok(build_result(vec![part], false, None))).await.expect("the error is taken");
    let asked = daemon.asked.lock().expect("no one holds it");
    assert_eq!(asked.returns.len(), 2);
    let error = asked.returns[1].error.clone().expect("is an error");
    assert_eq!(error.message, "return reference r9 not found");
}

#[tokio::test]
async fn scratch_in_a_map_does_not_kill_the_daemon() {
    let daemon = Arc::new(Fake::default());
    let bridge = connect(&daemon).await;
    let platform = Platform::parse("linux/amd64", &Platform::default()).expect("valid");
    let part = ResultPart {
        exported: platform.clone(),
        platform,
        reference: Ref::default(),
        config: None,
        base_config: None,
        sbom: None,
    };
    finish(&bridge, Ok(build_result(vec![part], true, None))).await.expect("is taken");
    assert_eq!(daemon.asked.lock().expect("no one holds it").returns.len(), 1);
}

#[tokio::test]
async fn a_solve_passes_its_imports_on() {
    let daemon = Arc::new(Fake::default());
    let request = SolveRequest {
        cache_imports: vec![CacheImport::registry("org/cache")],
        evaluate: true,
        ..SolveRequest::definition(marshal(&vertex()))
    };
    connect(&daemon).await.solve(request).await.expect("is solved");
    let asked = daemon.asked.lock().expect("no one holds it");
    let imports = &asked.solves[0].cache_imports;
    assert_eq!(
        (imports[0].r#type.as_str(), imports[0].attrs["ref"].as_str()),
        ("registry", "org/cache")
    );
    assert!(asked.solves[0].evaluate);
}

#[tokio::test]
async fn what_the_daemon_lacks_is_said_before_it_is_asked() {
    let daemon = Arc::new(Fake { release: Some("0.8"), ..Fake::default() });
    let git = llb::git(
        &llb::Git {
            remote: "https://h/a.git".to_owned(),
            checksum: "0123abc".to_owned(),
            ..llb::Git::default()
        },
        Metadata::default(),
    );
    let error = connect(&daemon).await.solve(SolveRequest::definition(marshal(&git))).await;
    let text = error.expect_err("is refused").to_string();
    assert!(text.contains("source.git.checksum") && text.contains("0.22"), "{text}");
    assert!(daemon.asked.lock().expect("no one holds it").solves.is_empty());
}

#[tokio::test]
async fn warnings_go_to_daemons_that_take_them() {
    let mut sources = Sources::default();
    let file = sources.add("a.hlb", "one\n");
    let warning = WARNING.at(Span::new(file, 0, 3), "odd");
    for (release, expected) in [("0.9", 0), ("0.32", 1)] {
        let daemon = Arc::new(Fake { release: Some(release), ..Fake::default() });
        let bridge = connect(&daemon).await;
        for request in warn_requests(&sources, std::slice::from_ref(&warning), "sha256:0") {
            bridge.warn(request).await.expect("is fine");
        }
        assert_eq!(daemon.asked.lock().expect("no one holds it").warnings.len(), expected);
    }
}
