use std::borrow::Cow;
use std::sync::Arc;

use super::{FileId, Span};
use visible::visible_line;

/// All source files of one run, each under its [`FileId`].
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<File>,
}

/// One source file.
#[derive(Clone, Debug)]
pub struct File {
    /// The name that people know it by: the `filename` option, or the path on a command line.
    pub name: Arc<str>,
    /// The whole text, as read.
    pub text: Arc<str>,
    /// Invariant: ascending, the first is 0; one entry a line.
    line_starts: Arc<[u32]>,
    /// Whether each byte is a character, so that none needs to be counted.
    is_ascii: bool,
}

/// A location in a file as people count: line and column from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl Sources {
    /// Adds a file and returns its id; the same name may be added more than once.
    pub fn add(&mut self, name: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> FileId {
        let id = FileId(self.files.len() as u32);
        self.files.push(File::new(name.into(), text.into()));
        id
    }

    /// The file of an id that this table gave out.
    #[expect(clippy::indexing_slicing, reason = "this table gave out the id")]
    pub fn file(&self, id: FileId) -> &File {
        &self.files[id.0 as usize]
    }

    /// The file of an id that may come from elsewhere.
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.files.get(id.0 as usize)
    }

    /// The text that a span covers.
    pub fn text(&self, span: Span) -> &str {
        &self.file(span.file).text[span.range()]
    }

    /// All files, in the order in which they were added.
    pub fn iter(&self) -> impl Iterator<Item = (FileId, &File)> {
        self.files.iter().enumerate().map(|(index, file)| (FileId(index as u32), file))
    }
}

impl File {
    fn new(name: Arc<str>, text: Arc<str>) -> Self {
        let newlines = text.match_indices('\n');
        let starts = std::iter::once(0).chain(newlines.map(|(at, _)| at as u32 + 1));
        let line_starts = starts.collect::<Vec<_>>().into();
        let is_ascii = text.is_ascii();
        Self { name, text, line_starts, is_ascii }
    }

    /// The name as people can be shown it.
    pub fn shown_name(&self) -> Cow<'_, str> {
        visible_line(&self.name)
    }

    /// The number of lines; text after the last line feed counts as one, be it empty.
    pub fn line_count(&self) -> u32 {
        self.line_starts.len() as u32
    }

    /// The nearest offset at or before this one that lies in the text and on a character boundary.
    pub fn clamp(&self, offset: u32) -> u32 {
        let mut offset = offset.min(self.text.len() as u32);
        while !self.text.is_char_boundary(offset as usize) {
            offset -= 1;
        }
        offset
    }

    /// The position of a byte offset; one beyond the end is that of the end, one inside a character that of its start.
    pub fn position(&self, offset: u32) -> Position {
        let offset = self.clamp(offset);
        let line = self.line_starts.partition_point(|start| *start <= offset) as u32;
        self.on_line(line, offset)
    }

    /// The position of an offset on a line.
    fn on_line(&self, line: u32, offset: u32) -> Position {
        let start = self.line_starts.get(line as usize - 1).copied().unwrap_or_default();
        let before = match self.is_ascii {
            true => offset - start,
            false => self.text[start as usize..offset as usize].chars().count() as u32,
        };
        Position { line, column: before + 1 }
    }

    /// From where to where a span is marked for people; the end is exclusive.
    ///
    /// A span that takes a line feed in ends on that line and not on the next, which would be marked, too.
    pub fn marked(&self, span: Span) -> std::ops::Range<Position> {
        let text = self.text.get(span.range()).unwrap_or_default();
        let end = span.start + text.trim_end_matches(['\n', '\r']).len() as u32;
        let start = self.position(span.start);
        // Nearly all spans end on the line that they begin on: that spares the search for it.
        let next_line = self.line_starts.get(start.line as usize).copied().unwrap_or(u32::MAX);
        match end < next_line && span.start <= end {
            true => start..self.on_line(start.line, self.clamp(end)),
            false => start..self.position(end),
        }
    }

    /// The byte range of a line that is counted from 1, without its line feed; empty beyond the last line.
    pub fn line_range(&self, line: u32) -> std::ops::Range<usize> {
        let end_of_text = self.text.len() as u32;
        let start_of =
            |line: u32| self.line_starts.get(line as usize).copied().unwrap_or(end_of_text);
        let (start, next) = (start_of(line.saturating_sub(1)), start_of(line));
        let text = &self.text[start as usize..next as usize];
        start as usize..start as usize + text.trim_end_matches(['\n', '\r']).len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        let mut sources = Sources::default();
        let id = sources.add("a.hlb", "ä\tb\r\nc");
        let file = sources.file(id);
        assert_eq!(file.position(3), Position { line: 1, column: 3 });
        assert_eq!(file.position(6), Position { line: 2, column: 1 });
        assert_eq!(file.position(99), Position { line: 2, column: 2 });
        assert_eq!(file.position(1), Position { line: 1, column: 1 });
        assert_eq!(&file.text[file.line_range(1)], "ä\tb");
        assert_eq!(&file.text[file.line_range(2)], "c");
        assert_eq!(file.line_range(9), 7..7);
    }
}
