use gateway_proto::{frontend, pb};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;
use prost::Message as _;

use super::snippet;

/// How many warnings are shown; who has more sees the others once these are gone.
const MAX_SHOWN: usize = 50;

/// How large they may be together, in bytes.
///
/// The daemon sends all of them to the client in one message, once for the build and once for its history, which has to
/// hold less than 16 MiB.
const MAX_BYTES: usize = 2 << 20;

/// The level that Go's own frontends give to warnings; 0 would count as none.
const LEVEL: i64 = 1;

/// Warnings in the form that the daemon passes on to clients: the first of them, and how many more there are.
///
/// They are shown under the vertex of `digest`, which is to be the one that loaded the build file: warnings of a vertex
/// that is not part of the build are not shown. Each is made when it is asked for.
pub fn warn_requests<'a>(
    sources: &'a Sources,
    warnings: &'a [Diagnostic],
    digest: &'a str,
) -> impl Iterator<Item = frontend::WarnRequest> + 'a {
    let mut left = MAX_BYTES;
    let shown = warnings.iter().take(MAX_SHOWN).map(move |warning| {
        let request = request(sources, warning, digest);
        // Without its lines it is a few thousand bytes at most.
        let request = match request.encoded_len() <= left {
            true => request,
            false => frontend::WarnRequest { info: None, ranges: Vec::new(), ..request },
        };
        left = left.saturating_sub(request.encoded_len());
        request
    });
    let more = warnings.len().saturating_sub(MAX_SHOWN);
    shown.chain((more > 0).then(|| plain(digest, format!("and {more} more warnings"))))
}

fn request(sources: &Sources, warning: &Diagnostic, digest: &str) -> frontend::WarnRequest {
    let place = warning.span.and_then(|span| Some((sources.get(span.file)?, span)));
    let line = place.map(|(file, span)| file.position(span.start).line);
    let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let short = format!("{}: {}{line}", warning.code.id, warning.message);
    let detail = warning.help.iter().map(|help| help.clone().into_bytes()).collect();
    let plain = frontend::WarnRequest { detail, ..plain(digest, short) };
    match warning.span.and_then(|span| snippet::detail(sources, span)) {
        None => plain,
        Some(shown) => frontend::WarnRequest {
            info: Some(pb::SourceInfo {
                filename: shown.info.filename,
                data: shown.info.data,
                language: shown.info.language,
                definition: None,
            }),
            ranges: shown.ranges.into_iter().map(Into::into).collect(),
            ..plain
        },
    }
}

fn plain(digest: &str, short: String) -> frontend::WarnRequest {
    frontend::WarnRequest {
        digest: digest.to_owned(),
        level: LEVEL,
        short: short.into_bytes(),
        ..frontend::WarnRequest::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hlb_syntax::diagnostic::Code;
    use hlb_syntax::source::Span;

    static WARNING: Code = Code::warning("HLB0999", "warning");

    fn requests(sources: &Sources, warnings: &[Diagnostic]) -> Vec<frontend::WarnRequest> {
        warn_requests(sources, warnings, "sha256:0").collect()
    }

    #[test]
    fn a_warning_is_one_line_with_its_span() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\n");
        let warning = WARNING.at(Span::new(file, 4, 7), "`two` is never used").help("remove it");
        let [request] = &requests(&sources, &[warning])[..] else { panic!("one request") };
        assert_eq!(request.short, b"HLB0999: `two` is never used (line 2)");
        assert_eq!(request.detail, [b"remove it".to_vec()]);
        assert_eq!((request.level, request.digest.as_str()), (1, "sha256:0"));
        assert_eq!(request.info.as_ref().expect("has a file").data, b"one\ntwo\n");
        let range = request.ranges[0];
        assert_eq!(range.start, Some(pb::Position { line: 2, character: 0 }));
        assert_eq!(range.end, Some(pb::Position { line: 2, character: 3 }));

        let [request] = &requests(&sources, &[WARNING.without_span("odd")])[..] else {
            panic!("one request")
        };
        assert_eq!(request.short, b"HLB0999: odd");
        assert!(request.info.is_none() && request.ranges.is_empty());
    }

    #[test]
    fn many_are_summed_up_and_bounded() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "x\n".repeat(200_000));
        let warning = |line: u32| WARNING.at(Span::new(file, line * 2, line * 2 + 1), "odd");
        let warnings: Vec<_> = (100_000..101_000).map(warning).collect();
        let requests = requests(&sources, &warnings);
        assert_eq!(requests.len(), MAX_SHOWN + 1);
        assert_eq!(requests[MAX_SHOWN].short, b"and 950 more warnings");
        let total: usize = requests.iter().map(|request| request.encoded_len()).sum();
        assert!(total < MAX_BYTES + (64 << 10), "{total}");
        assert!(requests[0].info.is_some() && requests[MAX_SHOWN - 1].info.is_none());
    }
}
