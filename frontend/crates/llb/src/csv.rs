use nom::branch::alt;
use nom::bytes::complete::{is_not, tag, take_while};
use nom::character::complete::char;
use nom::combinator::{all_consuming, map, value};
use nom::multi::{fold_many0, separated_list1};
use nom::sequence::delimited;
use nom::{IResult, Parser};

/// Reads one record of comma-separated values, as Go's `encoding/csv` does.
pub fn csv_record(text: &str) -> Option<Vec<String>> {
    let (_, fields) = all_consuming(record).parse(text).ok()?;
    Some(fields)
}

/// `record = field { "," field }`
fn record(input: &str) -> IResult<&str, Vec<String>> {
    separated_list1(char(','), field).parse(input)
}

/// `field = '"' { character | '""' } '"' | { character - ( '"' | "," ) }`
fn field(input: &str) -> IResult<&str, String> {
    let character = alt((is_not("\""), value("\"", tag("\"\""))));
    let quoted = fold_many0(character, String::new, |mut text, part: &str| {
        text.push_str(part);
        text
    });
    let bare = take_while(|c: char| !"\",\r\n".contains(c));
    alt((delimited(char('"'), quoted, char('"')), map(bare, str::to_owned))).parse(input)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_read_as_go_does() {
        let fields = |text| csv_record(text).map(|fields| fields.join("|"));
        assert_eq!(fields("a,b c"), Some("a|b c".to_owned()));
        assert_eq!(fields("\"a,b\",\"say \"\"x\"\"\""), Some("a,b|say \"x\"".to_owned()));
        assert_eq!(fields("a,,\"\""), Some("a||".to_owned()));
        assert_eq!(fields("a\"b"), None);
        assert_eq!(fields("\"a"), None);
        assert_eq!(fields("\"a\"b"), None);
    }
}
