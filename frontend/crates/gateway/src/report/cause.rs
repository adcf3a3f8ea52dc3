use gateway_proto::errdefs::{self, Detail};
use gateway_proto::rpc::Status;
use gateway_proto::{Any, status};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::forward::facing_the_client;
use super::report;

/// The error of a build in which the daemon failed for a reason that has a place of its own in the program.
///
/// Its text and its snippet take the place of the daemon's; all other details stay, for debuggers look into the failed op by
/// them, and so do the snippets of the calls that led there.
pub fn report_cause(sources: &Sources, error: &Diagnostic, cause: Status) -> Status {
    let reported = report(sources, std::slice::from_ref(error));
    let is_source = |it: &Any| it.type_url == errdefs::Source::TYPE_URL;
    let (said, kept): (Vec<_>, Vec<_>) =
        facing_the_client(Status { details: cause.details, ..Status::default() })
            .details
            .into_iter()
            .partition(is_source);
    // The first is that of the step itself.
    let calls = said.into_iter().skip(1);
    let details = kept.into_iter().chain(reported.details).chain(calls).collect();
    status::fit(Status { code: cause.code, message: reported.message, details })
}

#[cfg(test)]
mod tests {
    use gateway_proto::errdefs::{Source, Vertex};
    use hlb_syntax::diagnostic::Code;
    use hlb_syntax::source::Span;

    use super::*;

    static ODD: Code = Code::error("HLB0998", "odd");

    #[test]
    fn the_place_in_the_program_takes_that_of_the_daemon() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\n");
        let vertex = Vertex { digest: "sha256:0".to_owned() }.to_any();
        let details = vec![vertex.clone(), Source::default().to_any()];
        let cause = Status { code: 5, message: "secret a: not found".to_owned(), details };
        let status = report_cause(&sources, &ODD.at(Span::new(file, 4, 7), "no secret"), cause);
        assert_eq!((status.code, &*status.message), (5, "a.hlb:2:1: error[HLB0998]: no secret"));
        assert_eq!(status.details.first(), Some(&vertex));
        let lines = errdefs::all::<Source>(&status).map(|it| it.ranges[0].start.line);
        assert_eq!(lines.collect::<Vec<_>>(), [2]);
    }
}
