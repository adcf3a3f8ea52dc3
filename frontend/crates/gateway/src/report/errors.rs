use std::collections::BTreeSet;

use gateway_proto::errdefs::Detail;
use gateway_proto::rpc::Status;
use gateway_proto::{Any, status};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::{Sources, Span};

use super::lines::lines;
use super::snippet;

/// How many errors are shown; who has more fixes these first.
const MAX_SHOWN: usize = 50;

/// How long the lines may be together, in bytes: they travel twice, and one of them in a header of HTTP/2.
const MAX_LINES_BYTES: usize = 64 << 10;

/// How large the snippets may be together, in bytes.
///
/// With all else it has to fit into what a daemon before 0.14 takes, which is 4 MiB.
const MAX_DETAIL_BYTES: usize = 3 << 20;

/// The error of a build whose program or options have errors: a line for each, and a snippet.
///
/// Warnings among them are left out, for they go another way.
pub fn report(sources: &Sources, diagnostics: &[Diagnostic]) -> Status {
    let errors: Vec<_> = diagnostics.iter().filter(|it| it.is_error()).collect();
    let details = details(sources, &errors);
    Status { code: status::UNKNOWN, message: message(sources, &errors), details }
}

fn message(sources: &Sources, errors: &[&Diagnostic]) -> String {
    let shown = lines(sources, errors, MAX_SHOWN, MAX_LINES_BYTES);
    match errors {
        [] => "the build can't go on".to_owned(),
        [_] => shown,
        _ => format!("{}\n{shown}", summary(sources, errors)),
    }
}

fn summary(sources: &Sources, errors: &[&Diagnostic]) -> String {
    let count = errors.len();
    let files: BTreeSet<_> = errors.iter().filter_map(|it| Some(it.span?.file)).collect();
    let file = files.first().and_then(|id| sources.get(*id));
    match (file, files.len()) {
        (Some(file), 1) => format!("{count} errors in {}", file.shown_name()),
        (Some(_), files) => format!("{count} errors in {files} files"),
        (None, _) => format!("{count} errors"),
    }
}

/// The snippets, the first error's last; of an error that is alone also those of the calls that led there.
///
/// Each hop turns the order around, and there is one between us and who prints: the daemon unpacks details from the
/// inside out and packs them from the outside in; the client prints the innermost first (BuildKit 0.32,
/// `util/grpcerrors/grpcerrors.go`, `solver/errdefs/source.go`). So the calls are shown from the target on, and the error
/// last.
fn details(sources: &Sources, errors: &[&Diagnostic]) -> Vec<Any> {
    match errors {
        [only] => snippets(sources, only.span.into_iter().chain(only.calls().map(|it| it.span))),
        _ => {
            let spans = errors.iter().filter_map(|error| error.span).take(MAX_SHOWN);
            let mut details = snippets(sources, spans);
            details.reverse();
            details
        }
    }
}

/// The snippets of some spans, each line once, up to the first that is too much.
fn snippets(sources: &Sources, spans: impl Iterator<Item = Span>) -> Vec<Any> {
    let mut left = MAX_DETAIL_BYTES;
    let mut lines = BTreeSet::new();
    let snippets = spans.filter_map(|span| snippet::detail(sources, span));
    let snippets = snippets.filter(|it| {
        lines.insert((it.info.filename.clone(), it.ranges.first().map(|range| range.start.line)))
    });
    let details = snippets.map(|snippet| snippet.to_any()).take_while(|detail| {
        let fits = detail.value.len() <= left;
        left = left.saturating_sub(detail.value.len());
        fits
    });
    details.collect()
}

#[cfg(test)]
mod tests {
    use gateway_proto::errdefs::{self, Position, Range, Source};

    use super::*;
    use hlb_syntax::diagnostic::Code;

    static ODD: Code = Code::error("HLB0998", "odd");
    static WARNING: Code = Code::warning("HLB0999", "warning");

    fn lines(status: &Status) -> Vec<i32> {
        errdefs::all::<Source>(status).map(|it| it.ranges[0].start.line).collect()
    }

    #[test]
    fn one_error_is_one_line_and_a_complete_snippet() {
        let mut sources = Sources::default();
        let text = "# syntax=hlb\nfs default() {\r\n\timge \"ä\"\r\n}\n";
        let file = sources.add("dir/build.hlb", text);
        let span = Span::new(file, 30, 34);
        let status = report(&sources, &[ODD.at(span, "unknown name `imge`").help("write `image`")]);
        assert_eq!(status.code, 2);
        assert_eq!(
            status.message,
            "dir/build.hlb:3:2: error[HLB0998]: unknown name `imge` (write `image`)"
        );
        let found: Vec<Source> = errdefs::all(&status).collect();
        let range = Range {
            start: Position { line: 3, character: 1 },
            end: Position { line: 3, character: 5 },
        };
        let info = errdefs::SourceInfo {
            filename: "dir/build.hlb".to_owned(),
            data: text.as_bytes().to_vec(),
            language: "HLB".to_owned(),
        };
        assert_eq!(found, [Source { info, ranges: vec![range] }]);
    }

    #[test]
    fn several_are_summed_up_and_printed_in_order_after_the_hop() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\n");
        let diagnostics = [
            ODD.at(Span::new(file, 0, 4), "first"),
            WARNING.at(Span::new(file, 0, 3), "no error"),
            ODD.at(Span::new(file, 4, 7), "second"),
        ];
        let status = report(&sources, &diagnostics);
        assert_eq!(
            status.message,
            "2 errors in a.hlb\na.hlb:1:1: error[HLB0998]: first\na.hlb:2:1: error[HLB0998]: second"
        );
        assert_eq!(lines(&status), [2, 1]);
        let end = errdefs::all::<Source>(&status).last().map(|it| it.ranges[0].end.line);
        assert_eq!(end, Some(1), "the line feed belongs to its line");
    }

    #[test]
    fn the_calls_that_led_to_an_error_are_shown_before_it() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\nthree\n");
        let error = ODD.at(Span::new(file, 8, 13), "odd");
        let error =
            error.call(Span::new(file, 4, 7), "in `b`").call(Span::new(file, 0, 3), "in `a`");
        let status = report(&sources, std::slice::from_ref(&error));
        let text = "a.hlb:3:1: error[HLB0998]: odd\n  a.hlb:2:1: in `b`\n  a.hlb:1:1: in `a`";
        assert_eq!(status.message, text);
        assert_eq!(lines(&status), [3, 2, 1], "the hop turns it around");
        let two = [error, ODD.at(Span::new(file, 0, 3), "odd")];
        assert_eq!(lines(&report(&sources, &two)), [1, 3]);
    }

    #[test]
    fn what_has_no_span_shows_no_line() {
        let mut sources = Sources::default();
        let errors = [ODD.without_span("option `x`: wrong")];
        assert_eq!(lines(&report(&sources, &errors)), [0; 0], "there is nothing to show");
        sources.add("a.hlb", "one\n");
        let status = report(&sources, &errors);
        assert_eq!(status.message, "error[HLB0998]: option `x`: wrong");
        assert_eq!(lines(&status), [0; 0]);
    }

    #[test]
    fn many_errors_and_large_files_stay_within_a_message() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x\n".repeat(1 << 19));
        let at = |line: u32| ODD.at(Span::new(file, line * 2, line * 2 + 1), "odd");
        let status = report(&sources, &(0..60).map(at).collect::<Vec<_>>());
        assert_eq!(status.message.lines().count(), 52);
        assert!(status.message.starts_with("60 errors in a.hlb\n"));
        assert!(status.message.ends_with("\nand 10 more"));
        assert_eq!(lines(&status), (1..=50).rev().collect::<Vec<_>>());
        // Each holds the line feeds of the lines before it.
        let status = report(&sources, &((1 << 19) - 60..1 << 19).map(at).collect::<Vec<_>>());
        let total: usize = status.details.iter().map(|it| it.value.len()).sum();
        assert!(total <= MAX_DETAIL_BYTES && total > MAX_DETAIL_BYTES / 2, "{total}");
        assert_eq!(lines(&status).last(), Some(&((1 << 19) - 59)), "the first ones win");
    }

    #[test]
    fn what_is_too_far_down_is_not_shown() {
        let mut sources = Sources::default();
        let large = sources.add("b.hlb", "\n".repeat(MAX_DETAIL_BYTES));
        let end = MAX_DETAIL_BYTES as u32;
        let status = report(&sources, &[ODD.at(Span::new(large, end, end), "odd")]);
        assert_eq!(lines(&status), [0; 0]);
    }

    #[test]
    fn long_names_stay_within_a_message() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x");
        let long = format!("unknown name `{}`", "x".repeat(300_000));
        let errors: Vec<_> = (0..40).map(|_| ODD.at(Span::new(file, 0, 1), &long)).collect();
        let message = report(&sources, &errors).message;
        assert!(message.len() < MAX_LINES_BYTES, "{}", message.len());
        assert_eq!(message.lines().count(), 41);
    }
}
