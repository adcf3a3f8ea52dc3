use gateway_proto::errdefs::{Detail, FrontendCap, Subrequest};
use gateway_proto::rpc::Status;
use gateway_proto::status;

use crate::options::Options;

/// What this frontend can do beyond a plain build; clients ask for it by name, and the image's labels list the same.
pub static FRONTEND_CAPS: &[&str] = &[
    "moby.buildkit.frontend.contexts",
    "moby.buildkit.frontend.gitquerystring",
    "moby.buildkit.frontend.inputs",
    "moby.buildkit.frontend.subrequests",
];

/// The error of a build that relies on a frontend capability which is not there.
///
/// buildx goes by the text (`commands/build.go`, `wrapBuildError`).
pub fn refuse_cap(options: &Options) -> Option<Status> {
    let name = options.needed_caps.iter().find(|cap| !FRONTEND_CAPS.contains(&cap.as_str()))?;
    Some(Status {
        code: status::UNIMPLEMENTED,
        message: format!("unsupported frontend capability {name}"),
        details: vec![FrontendCap { name: name.clone() }.to_any()],
    })
}

/// The error of a subrequest that is none of `known`.
///
/// buildx goes by the text (`build/build.go`, `fallbackPrintError`). An empty name asks for something, too.
pub fn refuse_request(options: &Options, known: &[&str]) -> Option<Status> {
    let name = options.request.as_ref().filter(|name| !known.contains(&name.as_str()))?;
    Some(Status {
        code: status::UNKNOWN,
        message: format!("unsupported request {name}"),
        details: vec![Subrequest { name: name.clone() }.to_any()],
    })
}

#[cfg(test)]
mod tests {
    use gateway_proto::errdefs;

    use super::*;

    /// The daemon goes by the image's label, which stands in the Dockerfile, before the frontend is even started.
    #[test]
    fn the_image_declares_the_same_capabilities() {
        let dockerfile = include_str!("../../../../../Dockerfile");
        let label = format!("LABEL moby.buildkit.frontend.caps=\"{}\"", FRONTEND_CAPS.join(","));
        assert!(dockerfile.lines().any(|line| line == label), "the Dockerfile has no line {label}");
    }

    #[test]
    fn unknown_capabilities_are_named() {
        let known =
            Options { needed_caps: vec![FRONTEND_CAPS[0].to_owned()], ..Options::default() };
        assert_eq!(refuse_cap(&known), None);
        let mut unknown = known;
        unknown.needed_caps.push("moby.buildkit.frontend.other".to_owned());
        let status = refuse_cap(&unknown).expect("refused");
        let text = "unsupported frontend capability moby.buildkit.frontend.other";
        assert_eq!((status.code, status.message.as_str()), (12, text));
        let detail: Vec<FrontendCap> = errdefs::all(&status).collect();
        assert_eq!(detail[0].name, "moby.buildkit.frontend.other");
    }

    #[test]
    fn unknown_requests_are_named() {
        let asking = |name: &str| Options { request: Some(name.to_owned()), ..Options::default() };
        assert_eq!(refuse_request(&Options::default(), &[]), None);
        assert_eq!(refuse_request(&asking("frontend.lint"), &["frontend.lint"]), None);
        let status = refuse_request(&asking("frontend.outline"), &[]).expect("refused");
        assert_eq!(status.message, "unsupported request frontend.outline");
        let detail: Vec<Subrequest> = errdefs::all(&status).collect();
        assert_eq!(detail[0].name, "frontend.outline");
        assert!(refuse_request(&asking(""), &[]).is_some());
    }
}
