use gateway_proto::{frontend, pb};
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::snippet;

/// The level that Go's own frontends give to warnings; 0 would count as none.
const LEVEL: i64 = 1;

/// A warning in the form that the daemon passes on to clients.
///
/// It is shown under the vertex of `digest`, which is to be the one that loaded the build file: warnings of a vertex
/// that is not part of the build are not shown.
pub fn warn_request(
    sources: &Sources,
    warning: &Diagnostic,
    digest: &str,
) -> frontend::WarnRequest {
    let place = warning.span.and_then(|span| Some((sources.get(span.file)?, span)));
    let line = place.map(|(file, span)| file.position(span.start).line);
    let line = line.map(|line| format!(" (line {line})")).unwrap_or_default();
    let short = format!("{}: {}{line}", warning.code.id, warning.message);
    let info = place.map(|(file, _)| snippet::info(file)).map(|info| pb::SourceInfo {
        filename: info.filename,
        data: info.data,
        language: info.language,
        definition: None,
    });
    frontend::WarnRequest {
        digest: digest.to_owned(),
        level: LEVEL,
        short: short.into_bytes(),
        detail: warning.help.iter().map(|help| help.clone().into_bytes()).collect(),
        url: String::new(),
        info,
        ranges: place.map(|(file, span)| snippet::range(file, span).into()).into_iter().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hlb_syntax::diagnostic::Code;
    use hlb_syntax::source::Span;

    static WARNING: Code = Code::warning("HLB0999", "warning");

    #[test]
    fn a_warning_is_one_line_with_its_span() {
        let mut sources = Sources::default();
        let file = sources.add("a.hlb", "one\ntwo\n");
        let warning = WARNING.at(Span::new(file, 4, 7), "`two` is never used").help("remove it");
        let request = warn_request(&sources, &warning, "sha256:0");
        assert_eq!(request.short, b"HLB0999: `two` is never used (line 2)");
        assert_eq!(request.detail, [b"remove it".to_vec()]);
        assert_eq!((request.level, request.digest.as_str()), (1, "sha256:0"));
        assert_eq!(request.info.expect("has a file").data, b"one\ntwo\n");
        let range = request.ranges[0];
        assert_eq!(range.start, Some(pb::Position { line: 2, character: 0 }));
        assert_eq!(range.end, Some(pb::Position { line: 2, character: 3 }));

        let request = warn_request(&sources, &WARNING.without_span("odd"), "sha256:0");
        assert_eq!(request.short, b"HLB0999: odd");
        assert!(request.info.is_none() && request.ranges.is_empty());
    }
}
