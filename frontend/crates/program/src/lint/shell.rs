//! The part of a shell's grammar that says which commands a line has, and what they read and write.

use std::mem;

/// A simple command.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Command {
    pub words: Vec<Word>,
    /// What its standard input is redirected from.
    pub inputs: Vec<Word>,
    /// What its standard output is redirected to.
    pub outputs: Vec<Word>,
    /// Whether it reads what the command before it prints.
    pub piped: bool,
    /// Whether a `||` after it says what happens if it fails.
    pub guarded: bool,
    /// Whether the next command begins on a line of its own, and not in parentheses.
    pub ends_line: bool,
}

/// A word without its quotes; substitutions stay as they are.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Word {
    pub text: String,
    /// Where it starts in the line, in bytes.
    pub at: usize,
}

/// What may be before the name of a command.
const PREFIXES: &[&str] = &["!", "{", "do", "else", "exec", "if", "sudo", "then", "while"];

impl Command {
    /// The words without what is before its name.
    pub fn own_words(&self) -> &[Word] {
        let before = |word: &Word| {
            let text = word.text.as_str();
            let assignment = text.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty() && name.bytes().all(|c| c.is_ascii_alphanumeric() || c == b'_')
            });
            assignment || PREFIXES.contains(&text)
        };
        let skipped = self.words.iter().take_while(|word| before(word)).count();
        self.words.get(skipped..).unwrap_or_default()
    }
}

impl Word {
    /// The last part of a path.
    pub fn file_name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }
}

/// The commands of a line, or of several, without the text of here-documents. A text that is none for a shell gives some
/// words.
pub(super) fn commands(line: &str) -> Vec<Command> {
    let mut reader = Reader {
        line,
        at: 0,
        word: None,
        target: None,
        command: Command::default(),
        documents: Vec::new(),
        depth: 0,
        goes_on: false,
        done: Vec::new(),
    };
    while let Some(next) = reader.peek() {
        reader.step(next);
    }
    reader.end_command(End::Other);
    reader.done
}

/// What the word that comes next is for.
#[derive(Clone, Copy)]
enum Target {
    Input,
    Output,
    /// The word that ends a here-document.
    Document(Tabs),
    /// Another stream, or the text itself.
    Nothing,
}

/// What becomes of tabs at the start of the lines of a here-document.
#[derive(Clone, Copy, PartialEq)]
enum Tabs {
    Stay,
    Go,
}

/// How a command ends.
enum End {
    /// With its line, which nothing continues.
    Line,
    /// With a `|`: the next one reads what it prints.
    Pipe,
    /// With a `||`.
    Or,
    /// With an `&&`.
    And,
    /// With anything else.
    Other,
}

struct Reader<'l> {
    line: &'l str,
    at: usize,
    word: Option<Word>,
    target: Option<Target>,
    command: Command,
    /// The here-documents that begin on the next line, with the words that end them.
    documents: Vec<(String, Tabs)>,
    /// How many parentheses are open.
    depth: usize,
    /// Whether an operator is waiting for a command.
    goes_on: bool,
    done: Vec<Command>,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.line.get(self.at..)?.chars().next()
    }

    fn take(&mut self, expected: char) -> bool {
        let found = self.peek() == Some(expected);
        if found {
            self.at += expected.len_utf8();
        }
        found
    }

    fn step(&mut self, next: char) {
        let start = self.at;
        self.at += next.len_utf8();
        match next {
            ' ' | '\t' | '\r' => self.end_word(),
            '\n' => {
                self.end_command(End::Line);
                self.skip_documents();
            }
            ';' => self.end_command(End::Other),
            '(' => self.open(),
            ')' => {
                self.end_command(End::Other);
                self.depth = self.depth.saturating_sub(1);
            }
            '&' if self.take('>') => self.redirect(Target::Output),
            '&' if self.take('&') => self.end_command(End::And),
            '&' => self.end_command(End::Other),
            '|' if self.take('|') => self.end_command(End::Or),
            '|' => {
                self.take('&');
                self.end_command(End::Pipe);
            }
            '#' if self.word.is_none() => {
                let rest = self.line.get(self.at..).unwrap_or_default();
                self.at += rest.find('\n').unwrap_or(rest.len());
            }
            '>' | '<' => self.redirection(next),
            '\'' => {
                let text = self.until('\'');
                self.push(start, &text);
            }
            '"' => self.quoted(start),
            '\\' => match self.peek() {
                Some('\n') => self.at += 1,
                Some(escaped) => {
                    self.at += escaped.len_utf8();
                    self.push(start, escaped.encode_utf8(&mut [0; 4]));
                }
                None => {}
            },
            '$' | '`' => {
                let text = self.substitution(start, next);
                self.push(start, &text);
            }
            other => self.push(start, other.encode_utf8(&mut [0; 4])),
        }
    }

    fn push(&mut self, start: usize, text: &str) {
        let word = self.word.get_or_insert_with(|| Word { text: String::new(), at: start });
        word.text.push_str(text);
    }

    /// The text up to a character, which is skipped; all of it if there is none.
    fn until(&mut self, end: char) -> String {
        let rest = self.line.get(self.at..).unwrap_or_default();
        let length = rest.find(end);
        let text = rest.get(..length.unwrap_or(rest.len())).unwrap_or_default().to_owned();
        self.at += text.len() + length.map_or(0, |_| end.len_utf8());
        text
    }

    fn quoted(&mut self, start: usize) {
        self.push(start, "");
        while let Some(next) = self.peek() {
            let at = self.at;
            self.at += next.len_utf8();
            match next {
                '"' => return,
                '\\' => {
                    if let Some(escaped) = self.peek() {
                        self.at += escaped.len_utf8();
                        self.push(at, escaped.encode_utf8(&mut [0; 4]));
                    }
                }
                '$' | '`' => {
                    let text = self.substitution(at, next);
                    self.push(at, &text);
                }
                other => self.push(at, other.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// `$(…)` or one in backticks, as it is written; of anything else only the character that was read.
    fn substitution(&mut self, start: usize, first: char) -> String {
        if first == '`' {
            self.until('`');
        } else if self.take('(') {
            let mut depth = 1;
            while let Some(next) = self.peek().filter(|_| depth > 0) {
                self.at += next.len_utf8();
                match next {
                    '(' => depth += 1,
                    ')' => depth -= 1,
                    _ => {}
                }
            }
        }
        self.line.get(start..self.at).unwrap_or_default().to_owned()
    }

    /// Opens a subshell, unless the parentheses declare a function: they are then a part of its name.
    fn open(&mut self) {
        let is_name = self.command.words.len() + usize::from(self.word.is_some()) == 1;
        if is_name && self.take(')') {
            self.end_word();
            if let Some(name) = self.command.words.first_mut() {
                name.text.push_str("()");
            }
            return;
        }
        self.end_command(End::Other);
        self.depth += 1;
    }

    /// Skips the here-documents whose words were on the line before.
    fn skip_documents(&mut self) {
        for (end, tabs) in mem::take(&mut self.documents) {
            let rest = self.line.get(self.at..).unwrap_or_default();
            for line in rest.split_inclusive('\n') {
                self.at += line.len();
                let line = line.trim_end_matches('\n');
                let line = if tabs == Tabs::Go { line.trim_start_matches('\t') } else { line };
                if line == end {
                    break;
                }
            }
        }
    }

    fn redirection(&mut self, sign: char) {
        // A number in front says which stream it is.
        let digits =
            |word: &Word| !word.text.is_empty() && word.text.bytes().all(|c| c.is_ascii_digit());
        let stream = self.word.take_if(|word| digits(word)).map(|word| word.text);
        let target = match (sign, stream.as_deref()) {
            ('>', None | Some("1")) => Target::Output,
            ('<', _) if self.take('<') => match (self.take('<'), self.take('-')) {
                (true, _) => Target::Nothing,
                (false, true) => Target::Document(Tabs::Go),
                (false, false) => Target::Document(Tabs::Stay),
            },
            ('<', None | Some("0")) => Target::Input,
            _ => Target::Nothing,
        };
        // `>>`, `>|`, `<>`
        while ['>', '|'].into_iter().any(|more| self.take(more)) {}
        // `>&2` is a stream as well.
        let target = if self.take('&') { Target::Nothing } else { target };
        self.redirect(target);
    }

    fn redirect(&mut self, target: Target) {
        self.end_word();
        self.target = Some(target);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.target.take() {
            None => self.command.words.push(word),
            Some(Target::Input) => self.command.inputs.push(word),
            Some(Target::Output) => self.command.outputs.push(word),
            Some(Target::Document(tabs)) => self.documents.push((word.text, tabs)),
            Some(Target::Nothing) => {}
        }
    }

    fn end_command(&mut self, end: End) {
        self.end_word();
        self.target = None;
        let next = Command { piped: matches!(end, End::Pipe), ..Command::default() };
        let command = mem::replace(&mut self.command, next);
        let is_empty = command.words.is_empty() && command.outputs.is_empty();
        if !is_empty {
            self.done.push(command);
        }
        let Some(last) = self.done.last_mut() else { return };
        match end {
            End::Or => last.guarded = true,
            // Behind an operator the line goes on.
            End::Line if is_empty && self.goes_on => {}
            End::Line => last.ends_line = self.depth == 0,
            End::Pipe | End::And | End::Other => {}
        }
        self.goes_on = matches!(end, End::Pipe | End::And | End::Or) || is_empty && self.goes_on;
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check(line: &str, expected: Expect) {
        let text = |words: &[Word]| {
            let words = words.iter().map(|word| format!("[{}]", word.text));
            words.collect::<Vec<_>>().join(" ")
        };
        let mut found = String::new();
        for command in commands(line) {
            found += if command.piped { "| " } else { "" };
            found += &text(&command.words);
            for (sign, words) in [(" <", &command.inputs), (" >", &command.outputs)] {
                if !words.is_empty() {
                    found += &format!("{sign} {}", text(words));
                }
            }
            found.push('\n');
        }
        expected.assert_eq(&found);
    }

    #[test]
    fn commands_and_words() {
        check(
            "a b; c &&\td || e\n(f) & # g ; h\ni",
            expect![[r#"
            [a] [b]
            [c]
            [d]
            [e]
            [f]
            [i]
        "#]],
        );
        check(
            r#"a 'b c' "d \"e" f\ g "" x"y"z"#,
            expect![[r#"
            [a] [b c] [d "e] [f g] [] [xyz]
        "#]],
        );
        check(
            "a \\\n b",
            expect![[r#"
            [a] [b]
        "#]],
        );
    }

    #[test]
    fn redirections() {
        check(
            "a <b >c 2>d >>e 2>&1 >&2 &>f g",
            expect![[r#"
            [a] [g] < [b] > [c] [e] [f]
        "#]],
        );
        check(
            "cat x|tee y |& z",
            expect![[r#"
            [cat] [x]
            | [tee] [y]
            | [z]
        "#]],
        );
        check(
            "cat <<EOF >y",
            expect![[r#"
            [cat] > [y]
        "#]],
        );
        check(
            "cat <<EOF <<-'B C' | a <<<d 3<e\nf; g\nEOF\n'\n\tB C\nh",
            expect![[r#"
            [cat]
            | [a]
            [h]
        "#]],
        );
        check(
            "f() { a; }; f ()\n{ b; }",
            expect![[r#"
            [f()] [{] [a]
            [}]
            [f()]
            [{] [b]
            [}]
        "#]],
        );
    }

    #[test]
    fn substitutions_stay() {
        check(
            r#"echo "a $(cat "b (c)") d" $(e;f) `g;h` $i"#,
            expect![[r#"
            [echo] [a $(cat "b (c)") d] [$(e;f)] [`g;h`] [$i]
        "#]],
        );
    }

    #[test]
    fn what_never_ends() {
        for line in ["'a b", "\"a b", "$(a b", "`a b", "a >", "a \\", "$($($(", "é'", ">>>&"] {
            commands(line);
        }
    }

    #[test]
    fn words_know_their_offset() {
        let line = "cp 'é' /s";
        let rests: Vec<&str> =
            commands(line).iter().flat_map(|it| &it.words).map(|word| &line[word.at..]).collect();
        assert_eq!(rests, [line, "'é' /s", "/s"]);
    }
}
