use gateway_proto::Any;
use gateway_proto::errdefs::{self, Detail};
use gateway_proto::rpc::Status;
use hlb_syntax::source::{Sources, Span};

use super::snippet;
use crate::bridge::BridgeError;

/// The error of a build in which the daemon failed: all that the daemon said, and where in the program that belongs.
///
/// `context` goes before the message. `calls` are the spans in the program that led there, the innermost first; one
/// whose line the daemon shows already, from the definition's source map, is not shown again. What there is of details
/// stays: debuggers look into the failed op by them. Only its sources change their order: see [`facing_the_client`].
pub fn forward(
    error: BridgeError,
    context: Option<&str>,
    calls: &[Span],
    sources: &Sources,
) -> Status {
    let mut status = facing_the_client(error.into_status());
    if let Some(context) = context {
        status.message = format!("{context}: {}", status.message);
    }
    for call in calls {
        if let Some(place) = snippet::detail(sources, *call)
            && !shows(&status, &place)
        {
            status.details.push(place.to_any());
        }
    }
    status
}

/// An error whose sources the client prints in the order in which it would have printed them without us between: the calls
/// from the target on, and then the line that failed.
///
/// Each hop turns them around, and we are one more. What shows nothing is left out.
pub(super) fn facing_the_client(status: Status) -> Status {
    let is_source = |it: &Any| it.type_url == errdefs::Source::TYPE_URL;
    let (sources, mut details): (Vec<_>, Vec<_>) = status.details.into_iter().partition(is_source);
    let shows = |it: &Any| {
        let ranges = errdefs::Source::of(it).map(|source| source.ranges);
        ranges.is_none_or(|ranges| ranges.iter().all(|range| range.start.line > 0))
    };
    details.extend(sources.into_iter().rev().filter(shows));
    Status { details, ..status }
}

/// Whether a snippet of the same line is there.
fn shows(status: &Status, place: &errdefs::Source) -> bool {
    let line = |source: &errdefs::Source| source.ranges.first().map(|range| range.start.line);
    errdefs::all::<errdefs::Source>(status)
        .any(|it| it.info.filename == place.info.filename && line(&it) == line(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_detail_is_missing_and_none_shown_twice() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\nthree\n");
        let shown = snippet::detail(&sources, Span::new(file, 4, 5)).expect("known file").to_any();
        let unknown = Any { type_url: "of/no+use".to_owned(), value: b"\xff".to_vec() };
        let details = vec![unknown.clone(), shown.clone()];
        let failed = Status { code: 2, message: "exit code: 1".to_owned(), details };
        let calls = [Span::new(file, 4, 7), Span::new(file, 8, 13)];
        let status = forward(BridgeError::Status(failed), Some("module `m`"), &calls, &sources);
        assert_eq!(status.message, "module `m`: exit code: 1");
        assert_eq!(status.details[..2], [unknown, shown]);
        let lines: Vec<_> =
            errdefs::all::<errdefs::Source>(&status).map(|it| it.ranges[0].start.line).collect();
        assert_eq!(lines, [2, 3]);
    }
    #[test]
    fn the_calls_stay_before_the_line_that_failed() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\nthree\nfour\n");
        let shown =
            |at: u32| snippet::detail(&sources, Span::new(file, at, at + 1)).expect("known");
        let failing = shown(8);
        let nowhere = errdefs::Range::default();
        let last_word = errdefs::Source {
            ranges: [&[nowhere], &failing.ranges[..]].concat(),
            ..failing.clone()
        };
        // As a daemon says it: what is printed last is the last.
        let said = [last_word, shown(0), shown(4), failing].map(|it| it.to_any()).to_vec();
        let failed = Status { code: 2, message: "exit code: 1".to_owned(), details: said };
        let status =
            forward(BridgeError::Status(failed), None, &[Span::new(file, 14, 15)], &sources);
        let lines = errdefs::all::<errdefs::Source>(&status).map(|it| it.ranges[0].start.line);
        assert_eq!(lines.collect::<Vec<_>>(), [3, 2, 1, 4]);
    }
}
