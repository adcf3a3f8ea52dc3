use super::Problem;

/// A part of a template.
#[derive(Debug, PartialEq)]
pub enum Piece {
    Text(String),
    /// What stands between `{{` and `}}`.
    Action {
        line: usize,
        tokens: Vec<Token>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Token {
    Word(String),
    /// `.name`, glued to what is before it or not.
    Field {
        name: String,
        glued: bool,
    },
    Dot,
    /// Without its `$`.
    Variable(String),
    Text(String),
    Int(i64),
    Pipe,
    Comma,
    Declare,
    Assign,
    /// `(`; glued as a field is, for an error.
    Open,
    Close,
}

/// Splits a template into texts and actions.
///
/// A `-` after `{{` or before `}}` cuts off the white space on that side.
pub fn lex(template: &str) -> Result<Vec<Piece>, Problem> {
    let mut pieces = Vec::new();
    let mut rest = template;
    let mut line = 1;
    let mut cut = false;
    while let Some((text, after)) = rest.split_once("{{") {
        line += lines(text);
        let (after, cut_before) = match after.strip_prefix('-') {
            Some(inside) if inside.starts_with(is_space) => (inside, true),
            _ => (after, false),
        };
        let mut text = if cut { text.trim_start_matches(is_space) } else { text };
        if cut_before {
            text = text.trim_end_matches(is_space);
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.to_owned()));
        }
        let start = line;
        let is_comment = after.trim_start_matches(is_space).starts_with("/*");
        let mut action = Action { rest: after, line, glued: false };
        if is_comment {
            cut = action.comment()?;
        } else {
            let tokens;
            (tokens, cut) = action.tokens()?;
            pieces.push(Piece::Action { line: start, tokens });
        }
        (rest, line) = (action.rest, action.line);
    }
    let text = if cut { rest.trim_start_matches(is_space) } else { rest };
    if !text.is_empty() {
        pieces.push(Piece::Text(text.to_owned()));
    }
    Ok(pieces)
}

fn is_space(char: char) -> bool {
    matches!(char, ' ' | '\t' | '\r' | '\n')
}

fn lines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// What is left of an action and all that follows it.
struct Action<'t> {
    rest: &'t str,
    line: usize,
    /// Whether a token ended right before.
    glued: bool,
}

impl<'t> Action<'t> {
    /// Reads up to the end of a comment's action; whether that cuts off white space.
    fn comment(&mut self) -> Result<bool, Problem> {
        let unclosed = || Problem::new(self.line, "a comment has no end");
        let (comment, after) = self.rest.split_once("*/").ok_or_else(unclosed)?;
        let line = self.line + lines(comment);
        let cut = after.trim_start_matches(is_space).strip_prefix("-}}");
        let (after, cut) = match (after.strip_prefix("}}"), cut) {
            (Some(after), _) => (after, false),
            (None, Some(rest)) if after.starts_with(is_space) => (rest, true),
            _ => return Err(Problem::new(line, "a comment ends before its action: write `*/}}`")),
        };
        (self.rest, self.line) = (after, line);
        Ok(cut)
    }

    /// Reads the tokens of an action, and past its end; whether that cuts off white space.
    fn tokens(&mut self) -> Result<(Vec<Token>, bool), Problem> {
        let start = self.line;
        let mut tokens = Vec::new();
        loop {
            let trimmed = self.rest.trim_start_matches(is_space);
            let space = self.rest.get(..self.rest.len() - trimmed.len()).unwrap_or_default();
            self.line += lines(space);
            self.glued = space.is_empty() && !tokens.is_empty();
            self.rest = trimmed;
            if let Some(after) = trimmed.strip_prefix("}}") {
                self.rest = after;
                return Ok((tokens, false));
            }
            if let Some(after) = trimmed.strip_prefix("-}}").filter(|_| !space.is_empty()) {
                self.rest = after;
                return Ok((tokens, true));
            }
            match self.token()? {
                Some(token) => tokens.push(token),
                None => return Err(Problem::new(start, "an action has no end: write `}}`")),
            }
        }
    }

    fn token(&mut self) -> Result<Option<Token>, Problem> {
        for (text, token) in [
            (":=", Token::Declare),
            ("=", Token::Assign),
            ("|", Token::Pipe),
            (",", Token::Comma),
            ("(", Token::Open),
            (")", Token::Close),
        ] {
            if let Some(after) = self.rest.strip_prefix(text) {
                self.rest = after;
                return Ok(Some(token));
            }
        }
        let glued = self.glued;
        let Some(first) = self.rest.chars().next() else { return Ok(None) };
        Ok(Some(match first {
            '"' => Token::Text(self.quoted()?),
            '`' => Token::Text(self.raw()?),
            '$' => {
                self.skip(first);
                Token::Variable(self.name().to_owned())
            }
            '.' => {
                self.skip(first);
                match self.name() {
                    "" => Token::Dot,
                    name => Token::Field { name: name.to_owned(), glued },
                }
            }
            '0'..='9' | '+' | '-' => Token::Int(self.int()?),
            _ if is_word(first) => Token::Word(self.name().to_owned()),
            '\'' => {
                let problem = "a character in `'…'` is not supported by this frontend";
                return Err(Problem::new(self.line, problem));
            }
            _ => {
                let problem = format!("unexpected `{}` in an action", first.escape_debug());
                return Err(Problem::new(self.line, problem));
            }
        }))
    }

    fn skip(&mut self, char: char) {
        self.rest = self.rest.strip_prefix(char).unwrap_or(self.rest);
    }

    /// The letters and digits that come next.
    fn name(&mut self) -> &'t str {
        let end = self.rest.find(|char| !is_word(char)).unwrap_or(self.rest.len());
        let (name, after) = self.rest.split_at(end);
        self.rest = after;
        name
    }

    fn int(&mut self) -> Result<i64, Problem> {
        let signed = self.rest;
        let end = signed
            .char_indices()
            .find(|(at, char)| !(is_word(*char) || *char == '.' || *at == 0))
            .map_or(signed.len(), |(at, _)| at);
        let (text, after) = signed.split_at(end);
        self.rest = after;
        let problem = || {
            Problem::new(
                self.line,
                format!(
                    "`{text}` is no decimal whole number: no other is supported by this frontend"
                ),
            )
        };
        text.parse().map_err(|_| problem())
    }

    fn raw(&mut self) -> Result<String, Problem> {
        let inside = self.rest.strip_prefix('`').unwrap_or_default();
        let unclosed = || Problem::new(self.line, "a string has no end");
        let (text, after) = inside.split_once('`').ok_or_else(unclosed)?;
        self.rest = after;
        self.line += lines(text);
        Ok(text.to_owned())
    }

    /// A string with Go's escapes.
    fn quoted(&mut self) -> Result<String, Problem> {
        let unclosed = Problem::new(self.line, "a string has no end");
        let mut bytes = Vec::new();
        let mut chars = self.rest.strip_prefix('"').unwrap_or_default().chars();
        loop {
            match chars.next() {
                Some('"') => break,
                Some('\\') => escape(&mut chars, &mut bytes)
                    .ok_or_else(|| Problem::new(self.line, "a string has an invalid escape"))?,
                None | Some('\n') => return Err(unclosed),
                Some(char) => bytes.extend(char.encode_utf8(&mut [0; 4]).bytes()),
            }
        }
        self.rest = chars.as_str();
        String::from_utf8(bytes).map_err(|_| Problem::new(self.line, "a string is not UTF-8"))
    }
}

fn is_word(char: char) -> bool {
    char == '_' || char.is_alphanumeric()
}

/// Reads what stands after a backslash.
fn escape(chars: &mut std::str::Chars<'_>, bytes: &mut Vec<u8>) -> Option<()> {
    let byte = match chars.next()? {
        'a' => 7,
        'b' => 8,
        'f' => 12,
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 11,
        '\\' => b'\\',
        '"' => b'"',
        'x' => u8::try_from(number(chars, 2, 16)?).ok()?,
        first @ '0'..='7' => {
            let rest = number(chars, 2, 8)?;
            u8::try_from(first.to_digit(8)? * 64 + rest).ok()?
        }
        wide @ ('u' | 'U') => {
            let char = char::from_u32(number(chars, if wide == 'u' { 4 } else { 8 }, 16)?)?;
            bytes.extend(char.encode_utf8(&mut [0; 4]).bytes());
            return Some(());
        }
        _ => return None,
    };
    bytes.push(byte);
    Some(())
}

fn number(chars: &mut std::str::Chars<'_>, digits: usize, radix: u32) -> Option<u32> {
    let mut number = 0u32;
    for _ in 0..digits {
        number = number.checked_mul(radix)?.checked_add(chars.next()?.to_digit(radix)?)?;
    }
    Some(number)
}
