//! Go's `fmt.Sprintf` for values that are all texts, which is what `format` is (language spec, section 5.10).
//!
//! What makes no sense gives a text that says so, as it does there: `%!d(string=x)`.

use std::fmt::Write;

/// The largest width or precision; a larger one is none.
const MAX_NUMBER: usize = 1_000_000;

/// What stands between the `%` and the verb.
#[derive(Clone, Copy, Default)]
struct Directive {
    plus: bool,
    minus: bool,
    sharp: bool,
    space: bool,
    zero: bool,
    width: Option<usize>,
    precision: Option<usize>,
}

/// Which value comes next, and whether the format has chosen one itself.
struct Values<'v> {
    all: &'v [&'v str],
    next: usize,
    reordered: bool,
    /// Whether the index in the directive at hand names a value.
    good: bool,
}

/// That a text would be longer than it may be.
#[derive(Debug, PartialEq, Eq)]
pub struct TooLong;

/// Formats `values`; the text has `max_bytes` at most.
///
/// A short format can ask for a very long text, by widths and by values that it takes again and again.
pub fn sprintf(format: &str, values: &[&str], max_bytes: usize) -> Result<String, TooLong> {
    let mut out = String::new();
    let fits = |out: &String| if out.len() <= max_bytes { Ok(()) } else { Err(TooLong) };
    let mut values = Values { all: values, next: 0, reordered: false, good: true };
    let mut rest = format;
    while let Some((before, after)) = rest.split_once('%') {
        out.push_str(before);
        rest = directive(&mut out, after, &mut values);
        fits(&out)?;
    }
    out.push_str(rest);
    if let (false, Some(surplus @ [_, ..])) = (values.reordered, values.all.get(values.next..)) {
        let mut mark = "%!(EXTRA ";
        for value in surplus {
            out.extend([mark, "string=", value]);
            fits(&out)?;
            mark = ", ";
        }
        out.push(')');
    }
    fits(&out)?;
    Ok(out)
}

/// Writes what a directive gives, and returns what stands after it.
fn directive<'f>(out: &mut String, text: &'f str, values: &mut Values<'_>) -> &'f str {
    let mut spec = Directive::default();
    let mut rest = flags(text, &mut spec);
    values.good = true;
    let mut indexed;
    (indexed, rest) = values.index(rest);
    if let Some(after) = rest.strip_prefix('*') {
        values.next += 1;
        out.push_str("%!(BADWIDTH)");
        rest = after;
        indexed = false;
    } else {
        (spec.width, rest) = number(rest);
        values.good &= !(indexed && spec.width.is_some());
    }
    if let Some(after) = rest.strip_prefix('.') {
        values.good &= !indexed;
        (indexed, rest) = values.index(after);
        if let Some(after) = rest.strip_prefix('*') {
            values.next += 1;
            out.push_str("%!(BADPREC)");
            rest = after;
            indexed = false;
        } else {
            let precision;
            (precision, rest) = number(rest);
            spec.precision = Some(precision.unwrap_or(0));
        }
    }
    if !indexed {
        (_, rest) = values.index(rest);
    }
    let mut chars = rest.chars();
    let Some(verb) = chars.next() else {
        out.push_str("%!(NOVERB)");
        return rest;
    };
    if verb == '%' {
        out.push('%');
    } else if !values.good {
        out.push_str(&format!("%!{verb}(BADINDEX)"));
    } else if let Some(value) = values.all.get(values.next) {
        values.next += 1;
        out.push_str(&formatted(verb, value, spec));
    } else {
        out.push_str(&format!("%!{verb}(MISSING)"));
    }
    chars.as_str()
}

fn flags<'f>(text: &'f str, spec: &mut Directive) -> &'f str {
    let rest = text.trim_start_matches(['+', '-', '#', ' ', '0']);
    let flags = &text[..text.len() - rest.len()];
    spec.plus = flags.contains('+');
    spec.minus = flags.contains('-');
    spec.sharp = flags.contains('#');
    spec.space = flags.contains(' ');
    spec.zero = flags.contains('0') && !spec.minus;
    rest
}

fn number(text: &str) -> (Option<usize>, &str) {
    let rest = text.trim_start_matches(|digit: char| digit.is_ascii_digit());
    let number = text[..text.len() - rest.len()].parse().ok();
    (number.filter(|number| *number <= MAX_NUMBER), rest)
}

impl Values<'_> {
    /// Reads an index such as `[2]`; tells whether one stands there.
    fn index<'f>(&mut self, text: &'f str) -> (bool, &'f str) {
        let Some(inner) = text.strip_prefix('[') else { return (false, text) };
        self.reordered = true;
        let Some((index, rest)) = inner.split_once(']') else {
            self.good = false;
            return (false, inner);
        };
        match index.parse::<usize>() {
            Ok(index @ 1..) if index <= self.all.len() => self.next = index - 1,
            _ => self.good = false,
        }
        (true, rest)
    }
}

fn formatted(verb: char, value: &str, spec: Directive) -> String {
    match verb {
        'v' if spec.sharp => pad(&quoted(value, Directive { plus: false, ..spec }), spec),
        's' | 'v' => pad(truncated(value, spec), spec),
        'q' => pad(&quoted(truncated(value, spec), spec), spec),
        'x' | 'X' => pad(&hex(value, spec, verb), spec),
        'T' => pad(truncated("string", spec), spec),
        _ => format!("%!{verb}(string={})", pad(truncated(value, spec), spec)),
    }
}

fn truncated(value: &str, spec: Directive) -> &str {
    let end = spec.precision.and_then(|count| value.char_indices().nth(count));
    end.map_or(value, |(end, _)| &value[..end])
}

fn pad(text: &str, spec: Directive) -> String {
    let missing = spec.width.unwrap_or(0).saturating_sub(text.chars().count());
    let fill = if spec.zero { "0" } else { " " }.repeat(missing);
    if spec.minus { format!("{text}{fill}") } else { format!("{fill}{text}") }
}

/// A Go string literal of the value; in backticks if the directive likes that and it is possible.
fn quoted(value: &str, spec: Directive) -> String {
    let raw = |c: char| c != '`' && c != '\u{feff}' && (c == '\t' || !c.is_control());
    if spec.sharp && value.chars().all(raw) {
        return format!("`{value}`");
    }
    let mut out = String::from('"');
    for c in value.chars() {
        let code = u32::from(c);
        let printable = c.escape_debug().count() == 1 || c == '\'';
        let written = match c {
            '"' | '\\' => write!(out, "\\{c}"),
            '\u{7}' => write!(out, "\\a"),
            '\u{8}' => write!(out, "\\b"),
            '\u{c}' => write!(out, "\\f"),
            '\n' => write!(out, "\\n"),
            '\r' => write!(out, "\\r"),
            '\t' => write!(out, "\\t"),
            '\u{b}' => write!(out, "\\v"),
            _ if printable && (c.is_ascii() || !spec.plus) => write!(out, "{c}"),
            _ if code < 0x80 => write!(out, "\\x{code:02x}"),
            _ if code < 0x10000 => write!(out, "\\u{code:04x}"),
            _ => write!(out, "\\U{code:08x}"),
        };
        // Writing into a string does not fail.
        debug_assert!(written.is_ok());
    }
    out.push('"');
    out
}

/// The bytes in base 16, `precision` of them at most.
fn hex(value: &str, spec: Directive, verb: char) -> String {
    let bytes = value.bytes().take(spec.precision.unwrap_or(value.len()));
    let prefix = if spec.sharp { format!("0{verb}") } else { String::new() };
    let mut out = String::new();
    for (index, byte) in bytes.enumerate() {
        if index > 0 && spec.space {
            out.push(' ');
        }
        if index == 0 || spec.space {
            out.push_str(&prefix);
        }
        let written = match verb {
            'x' => write!(out, "{byte:02x}"),
            _ => write!(out, "{byte:02X}"),
        };
        // Writing into a string does not fail.
        debug_assert!(written.is_ok());
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{TooLong, sprintf};

    /// As `fmt.Sprintf` of Go 1.22 has it.
    #[test]
    fn texts_are_formatted_as_in_go() {
        for (format, values, expected) in [
            ("%s|%v|%%|%s", &["a", "b", "c"][..], "a|b|%|c"),
            (
                "%5s|%-5s|%05s|%.2s|%6.2s|",
                &["a", "b", "c", "äöü", "def"],
                "    a|b    |0000c|äö|    de|",
            ),
            (
                "%q %q %+q %#q %#q %#v",
                &["a\"\n", "ä\u{1}", "ä", "x", "`", "y"],
                "\"a\\\"\\n\" \"ä\\x01\" \"\\u00e4\" `x` \"`\" `y`",
            ),
            (
                "%x %X % x %#x %# x %.1x %4x",
                &["ab", "jk", "ab", "ab", "ab", "ab", "a"],
                "6162 6A6B 61 62 0x6162 0x61 0x62 61   61",
            ),
            ("%T %10T", &["a", "b"], "string     string"),
            ("%d %5d %t", &["2", "x", "true"], "%!d(string=2) %!d(string=    x) %!t(string=true)"),
            ("%s %s", &["a"], "a %!s(MISSING)"),
            ("a", &["b", "c"], "a%!(EXTRA string=b, string=c)"),
            ("50%", &[], "50%!(NOVERB)"),
            ("%[2]s %[1]s", &["a", "b"], "b a"),
            ("%[2]s", &["a", "b", "c"], "b"),
            ("%[4]s %[x]s %[1s", &["a", "b"], "%!s(BADINDEX) %!s(BADINDEX) %!s(BADINDEX)"),
            ("%*s", &["5", "a"], "%!(BADWIDTH)a"),
            ("%5%", &[], "%"),
        ] {
            let text = sprintf(format, values, 1000);
            assert_eq!(text.as_deref(), Ok(expected), "{format}");
        }
    }

    #[test]
    fn a_text_has_a_limit() {
        assert_eq!(sprintf("%2s", &["a"], 2).as_deref(), Ok(" a"));
        assert_eq!(sprintf("%3s", &["a"], 2), Err(TooLong));
        assert_eq!(sprintf("abc", &[], 2), Err(TooLong));
        assert_eq!(sprintf("", &["a"; 1000], 100), Err(TooLong));
        assert_eq!(sprintf(&"%1000000[1]s".repeat(1000), &["a"], 4 << 20), Err(TooLong));
    }
}
