use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::Value;
use visible::{shortened, visible};

/// Longest cell of a table, in bytes: each cell makes its column as wide in all rows.
const MAX_CELL: usize = 400;

/// The answer to a subrequest.
pub struct Reply {
    pub json: Value,
    /// The same for eyes, with a line feed at the end.
    pub text: String,
    /// The exit code of the client, for a request that judges.
    pub status: Option<u8>,
}

impl Reply {
    /// The answer as metadata of a result (BuildKit 0.32, `frontend/subrequests`).
    pub fn metadata(self, version: &str) -> HashMap<String, Vec<u8>> {
        let Self { mut json, text, status } = self;
        make_visible(&mut json);
        // `{:#}` indents by two spaces, as the other frontends do.
        let entries = [
            ("result.json", Some(format!("{json:#}"))),
            ("result.txt", Some(visible(&text).into_owned())),
            ("version", Some(version.to_owned())),
            ("result.statuscode", status.map(|status| status.to_string())),
        ];
        let set =
            |(key, value): (&str, Option<String>)| Some((key.to_owned(), value?.into_bytes()));
        entries.into_iter().filter_map(set).collect()
    }
}

/// Clients print the strings of an answer as they are.
fn make_visible(json: &mut Value) {
    match json {
        Value::String(text) => {
            if let Cow::Owned(shown) = visible(text) {
                *text = shown;
            }
        }
        Value::Array(values) => values.iter_mut().for_each(make_visible),
        Value::Object(values) => values.values_mut().for_each(make_visible),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A table with aligned columns, the first row being its head; nothing without other rows.
#[expect(clippy::indexing_slicing, reason = "`column` is less than the length of a row")]
pub fn table<const N: usize>(rows: &[[&str; N]], padding: usize) -> String {
    if rows.len() < 2 {
        return String::new();
    }
    let rows: Vec<[Cow<'_, str>; N]> =
        rows.iter().map(|row| row.map(|cell| shortened(cell, MAX_CELL))).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in &rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<0$}", width + padding));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{MAX_CELL, table};

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["NAME", "WHAT"], ["long-name", ""], ["a", "b"]];
        assert_eq!(table(&rows, 3), "NAME        WHAT\nlong-name\na           b\n");
        assert_eq!(table(&rows[..1], 3), "");
        let long = "x".repeat(300_000);
        let rows = [["NAME", "WHAT"], [&long, "a"], ["b", "c"]];
        assert!(table(&rows, 3).len() < 3 * (MAX_CELL + 20));
    }
}
