use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::{Code, Diagnostic};

/// A time that is none, or too short.
pub static INVALID_DURATION: Code = Code::error("HLB0324", "invalid-duration");

const UNITS: [(&str, u64); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("\u{b5}s", 1_000),
    ("\u{3bc}s", 1_000),
    ("ms", SHORTEST),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// The shortest time that an engine waits, in nanoseconds.
const SHORTEST: u64 = 1_000_000;

/// Reads a time as Go writes it, such as `1m30s`, in nanoseconds; 0 leaves it to the engine.
///
/// BuildKit 0.32, `frontend/dockerfile/instructions/parse.go`, `parseOptInterval`; Go 1.25, `time.ParseDuration`.
///
/// # Errors
/// If it is no time, or less than a millisecond.
pub fn read_duration(text: &str, site: &ArgSite) -> Result<i64, Diagnostic> {
    let Some(nanos) = parse_duration(text) else {
        let found = INVALID_DURATION.at(site.span, format!("expected a time, found `{text}`"));
        return Err(found.help("write a time such as `30s` or `1m30s`"));
    };
    match u64::try_from(nanos) {
        Ok(0 | SHORTEST..) => Ok(nanos),
        Ok(_) | Err(_) => {
            let message = format!("time `{text}` is shorter than a millisecond");
            Err(INVALID_DURATION
                .at(site.span, message)
                .help("write `0s` for the default of the engine"))
        }
    }
}

/// Whether a text is a time that an engine waits.
pub fn check_duration(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    read_duration(text, site).map(drop)
}

/// Reads a time as Go writes it, in nanoseconds (Go 1.25, `time.ParseDuration`).
pub(super) fn parse_duration(text: &str) -> Option<i64> {
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if text == "0" {
        return Some(0);
    }
    let mut rest = text;
    let mut sum = 0_i64;
    while !rest.is_empty() || text.is_empty() {
        let after_number = rest.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
        let number = rest.strip_suffix(after_number)?;
        let after_unit =
            after_number.trim_start_matches(|it: char| !it.is_ascii_digit() && it != '.');
        let unit = after_number.strip_suffix(after_unit)?;
        let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
        sum = sum.checked_add(times(number, unit)?)?;
        rest = after_unit;
    }
    Some(sign * sum)
}

/// A number with or without digits before and after its point, so many nanoseconds each.
fn times(number: &str, unit: u64) -> Option<i64> {
    /// More digits make no difference to any unit.
    const DIGITS: usize = 18;
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && part.is_empty() || part.contains('.') {
        return None;
    }
    let digits = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<u64>().ok() };
    let part = part.get(..DIGITS).unwrap_or(part);
    let scale = 10_u128.pow(u32::try_from(part.len()).ok()?);
    let part = u128::from(digits(part)?) * u128::from(unit) / scale;
    let whole = u128::from(digits(whole)?).checked_mul(u128::from(unit))?;
    i64::try_from(whole.checked_add(part)?).ok()
}

#[cfg(test)]
mod tests {
    use super::parse_duration;

    #[test]
    fn times_are_read_as_go_reads_them() {
        for (text, expected) in [
            ("0", 0),
            ("0s", 0),
            ("30s", 30_000_000_000),
            ("1m30s", 90_000_000_000),
            ("1.5h", 5_400_000_000_000),
            (".5s", 500_000_000),
            ("1.s", 1_000_000_000),
            ("1\u{b5}s", 1_000),
            ("+1ms", 1_000_000),
            ("-1s", -1_000_000_000),
            ("0.1234567890123456789s", 123_456_789),
        ] {
            assert_eq!(parse_duration(text), Some(expected), "{text}");
        }
        for text in [
            "",
            "-",
            "1",
            "s",
            ".s",
            "1.2.3s",
            "1x",
            "1s ",
            "30 s",
            "1d",
            "999999999h",
            "99999999999999999999s",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }
}
