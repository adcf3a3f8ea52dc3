use hlb_syntax::diagnostic::{Diagnostic, render_lines};
use hlb_syntax::source::Sources;

/// The diagnostics with their help, calls and notes, and how many more there are than `max` and `max_bytes` let be shown.
pub fn lines(
    sources: &Sources,
    diagnostics: &[&Diagnostic],
    max: usize,
    max_bytes: usize,
) -> String {
    let mut text = String::new();
    let mut shown = 0;
    for diagnostic in diagnostics.iter().take(max) {
        let line = render_lines(diagnostic, sources);
        if text.len() + line.len() > max_bytes {
            break;
        }
        if shown > 0 {
            text.push('\n');
        }
        text.push_str(&line);
        shown += 1;
    }
    match diagnostics.len() - shown {
        0 => text,
        more => format!("{text}\nand {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hlb_syntax::diagnostic::Code;

    static ODD: Code = Code::error("HLB0998", "odd");

    #[test]
    fn what_is_left_out_is_counted() {
        let all: Vec<_> = ["a", "b", "c"].map(|text| ODD.without_span(text)).into();
        let all: Vec<_> = all.iter().collect();
        let of = |max, max_bytes| lines(&Sources::default(), &all, max, max_bytes);
        assert_eq!(of(3, 100), "error[HLB0998]: a\nerror[HLB0998]: b\nerror[HLB0998]: c");
        assert_eq!(of(2, 100), "error[HLB0998]: a\nerror[HLB0998]: b\nand 1 more");
        assert_eq!(of(3, 20), "error[HLB0998]: a\nand 2 more");
    }
}
