use std::collections::HashMap;

use serde_json::Value;

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
        let Self { json, text, status } = self;
        // `{:#}` indents by two spaces, as the other frontends do.
        let entries = [
            ("result.json", Some(format!("{json:#}"))),
            ("result.txt", Some(text)),
            ("version", Some(version.to_owned())),
            ("result.statuscode", status.map(|status| status.to_string())),
        ];
        let set =
            |(key, value): (&str, Option<String>)| Some((key.to_owned(), value?.into_bytes()));
        entries.into_iter().filter_map(set).collect()
    }
}

/// A table with aligned columns, the first row being its head; nothing without other rows.
#[expect(clippy::indexing_slicing, reason = "`column` is less than the length of a row")]
pub fn table<const N: usize>(rows: &[[&str; N]], padding: usize) -> String {
    if rows.len() < 2 {
        return String::new();
    }
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let widths: Vec<usize> = (0..N).map(|column| width(column).unwrap_or_default()).collect();
    let mut text = String::new();
    for row in rows {
        let cells =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<0$}", width + padding));
        text.push_str(cells.collect::<String>().trim_end());
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_they_must_be() {
        let rows = [["NAME", "WHAT"], ["long-name", ""], ["a", "b"]];
        assert_eq!(table(&rows, 3), "NAME        WHAT\nlong-name\na           b\n");
        assert_eq!(table(&rows[..1], 3), "");
    }
}
