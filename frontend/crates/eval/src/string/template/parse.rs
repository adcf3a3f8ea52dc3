use super::Problem;
use super::lex::{Piece, Token, lex};
use super::tree::{
    Branch, Command, Function, HowSet, Node, Nodes, Operand, Operator, Pipeline, Set,
};

/// How deep actions and parentheses may be inside each other.
const MAX_DEPTH: usize = 64;

/// What Go has and this does not.
const UNSUPPORTED: [&str; 9] =
    ["define", "template", "block", "html", "js", "urlquery", "slice", "call", "nil"];

/// Parses a template.
pub fn parse(template: &str) -> Result<Nodes, Problem> {
    let mut parser = Parser {
        pieces: lex(template)?.into_iter().collect(),
        line: 1,
        depth: 0,
        ranges: 0,
        variables: vec![String::new()],
    };
    let (nodes, end) = parser.nodes()?;
    match end {
        End::Text => Ok(nodes),
        End::Closed => Err(parser.problem("`end` without what it ends")),
        End::Else(_) => Err(parser.problem("`else` without an `if`, `with` or `range`")),
    }
}

struct Parser {
    pieces: std::collections::VecDeque<Piece>,
    /// Of the action at hand.
    line: usize,
    depth: usize,
    /// How many `range`s the place is in.
    ranges: usize,
    /// Those that are declared here.
    variables: Vec<String>,
}

/// What ends a list of nodes.
enum End {
    Text,
    Closed,
    /// With what stands after the word.
    Else(Tokens),
}

/// What is left of an action.
type Tokens = std::iter::Peekable<std::vec::IntoIter<Token>>;

impl Parser {
    fn problem(&self, text: impl Into<String>) -> Problem {
        Problem::new(self.line, text)
    }

    fn nodes(&mut self) -> Result<(Nodes, End), Problem> {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.pop_front() {
            let (line, tokens) = match piece {
                Piece::Text(text) => {
                    nodes.push(Node::Text(text));
                    continue;
                }
                Piece::Action { line, tokens } => (line, tokens),
            };
            self.line = line;
            let mut tokens = tokens.into_iter().peekable();
            let word = match tokens.peek() {
                Some(Token::Word(word)) => word.clone(),
                _ => String::new(),
            };
            let node = match word.as_str() {
                "end" => {
                    tokens.next();
                    self.no_more(tokens, "end")?;
                    return Ok((nodes, End::Closed));
                }
                "else" => {
                    tokens.next();
                    return Ok((nodes, End::Else(tokens)));
                }
                "if" | "with" | "range" => {
                    tokens.next();
                    self.branch(&word, tokens)?
                }
                "break" | "continue" => {
                    tokens.next();
                    self.no_more(tokens, &word)?;
                    if self.ranges == 0 {
                        return Err(self.problem(format!("`{word}` outside of a `range`")));
                    }
                    if word == "break" { Node::Break } else { Node::Continue }
                }
                _ => Node::Pipeline(self.whole_pipeline(tokens, 1)?),
            };
            nodes.push(node);
        }
        Ok((nodes, End::Text))
    }

    /// `{{if …}} … {{end}}`, after the word.
    fn branch(&mut self, word: &str, tokens: Tokens) -> Result<Node, Problem> {
        self.deeper()?;
        let line = self.line;
        let declared = self.variables.len();
        let names = if word == "range" { 2 } else { 1 };
        let pipeline = self.whole_pipeline(tokens, names)?;
        self.ranges += usize::from(word == "range");
        let (then, end) = self.scope()?;
        self.ranges -= usize::from(word == "range");
        let otherwise = match end {
            End::Closed => Vec::new(),
            End::Text => return Err(Problem::new(line, format!("`{word}` without its `end`"))),
            End::Else(mut tokens) => match tokens.next() {
                None => {
                    let (otherwise, end) = self.scope()?;
                    match end {
                        End::Closed => otherwise,
                        End::Text => {
                            return Err(Problem::new(line, format!("`{word}` without its `end`")));
                        }
                        End::Else(_) => return Err(self.problem("a second `else`")),
                    }
                }
                // One `end` closes both.
                Some(Token::Word(next)) if next == word && word != "range" => {
                    vec![self.branch(word, tokens)?]
                }
                Some(_) => {
                    return Err(self.problem(format!("unexpected text after `else` of `{word}`")));
                }
            },
        };
        self.variables.truncate(declared);
        self.depth -= 1;
        let branch = Branch { pipeline, then, otherwise };
        Ok(match word {
            "if" => Node::If(branch),
            "with" => Node::With(branch),
            _ => Node::Range(branch),
        })
    }

    /// Nodes whose variables end with them.
    fn scope(&mut self) -> Result<(Nodes, End), Problem> {
        let declared = self.variables.len();
        let nodes = self.nodes()?;
        self.variables.truncate(declared);
        Ok(nodes)
    }

    fn deeper(&mut self) -> Result<(), Problem> {
        self.depth += 1;
        match self.depth > MAX_DEPTH {
            true => Err(self.problem(format!("actions are nested more than {MAX_DEPTH} deep"))),
            false => Ok(()),
        }
    }

    fn no_more(&self, mut tokens: Tokens, after: &str) -> Result<(), Problem> {
        match tokens.next() {
            None => Ok(()),
            Some(_) => Err(self.problem(format!("unexpected text after `{after}`"))),
        }
    }

    /// The pipeline that an action is; it may set as many variables as `names`.
    fn whole_pipeline(&mut self, mut tokens: Tokens, names: usize) -> Result<Pipeline, Problem> {
        let set = self.set(&mut tokens, names)?;
        let mut pipeline = self.pipeline(&mut tokens)?;
        if tokens.next().is_some() {
            return Err(self.problem("unexpected `)`"));
        }
        if let Some(set) = &set {
            match set.how {
                HowSet::Declares => self.variables.extend(set.names.iter().cloned()),
                HowSet::Assigns => set.names.iter().try_for_each(|name| self.declared(name))?,
            }
        }
        pipeline.set = set;
        Ok(pipeline)
    }

    /// `$a, $b :=`, if that comes next.
    fn set(&self, tokens: &mut Tokens, most: usize) -> Result<Option<Set>, Problem> {
        let mut ahead = tokens.clone();
        let mut names = Vec::new();
        while let Some(Token::Variable(name)) = ahead.next() {
            names.push(name);
            let how = match ahead.next() {
                Some(Token::Declare) => HowSet::Declares,
                Some(Token::Assign) => HowSet::Assigns,
                Some(Token::Comma) => continue,
                _ => return Ok(None),
            };
            if names.len() > most {
                return Err(self.problem("too many variables are set"));
            }
            *tokens = ahead;
            return Ok(Some(Set { names, how }));
        }
        Ok(None)
    }

    fn declared(&self, name: &str) -> Result<(), Problem> {
        match self.variables.iter().any(|it| it == name) {
            true => Ok(()),
            false => Err(self.problem(format!("variable `${name}` is not declared"))),
        }
    }

    /// Commands, up to the end or to a `)`.
    fn pipeline(&mut self, tokens: &mut Tokens) -> Result<Pipeline, Problem> {
        let mut commands = vec![self.command(tokens)?];
        while tokens.next_if_eq(&Token::Pipe).is_some() {
            let command = self.command(tokens)?;
            if !matches!(command.head.what, Operator::Function(_)) {
                return Err(self.problem("what stands after `|` is no function"));
            }
            commands.push(command);
        }
        Ok(Pipeline { line: self.line, set: None, commands })
    }

    fn command(&mut self, tokens: &mut Tokens) -> Result<Command, Problem> {
        let Some(head) = self.operand(tokens)? else {
            return Err(self.problem("a value is missing"));
        };
        let mut args = Vec::new();
        while let Some(arg) = self.operand(tokens)? {
            args.push(arg);
        }
        if !args.is_empty() && !matches!(head.what, Operator::Function(_)) {
            return Err(self.problem("a value that is no function has arguments"));
        }
        Ok(Command { line: self.line, head, args })
    }

    /// The operand that comes next; `None` at the end of a command.
    fn operand(&mut self, tokens: &mut Tokens) -> Result<Option<Operand>, Problem> {
        let mut fields = Vec::new();
        let what = match tokens.peek() {
            None | Some(Token::Pipe | Token::Close) => return Ok(None),
            Some(_) => match tokens.next() {
                Some(Token::Dot) => Operator::Dot,
                Some(Token::Field { name, .. }) => {
                    fields.push(name);
                    Operator::Dot
                }
                Some(Token::Variable(name)) => {
                    self.declared(&name)?;
                    Operator::Variable(name)
                }
                Some(Token::Text(text)) => Operator::Text(text),
                Some(Token::Int(value)) => Operator::Int(value),
                Some(Token::Word(word)) => self.word(&word)?,
                Some(Token::Open) => {
                    self.deeper()?;
                    let inside = self.pipeline(tokens)?;
                    self.depth -= 1;
                    if tokens.next() != Some(Token::Close) {
                        return Err(self.problem("`(` without its `)`"));
                    }
                    Operator::Parentheses(Box::new(inside))
                }
                _ => return Err(self.problem("unexpected `,` or `=`")),
            },
        };
        while let Some(Token::Field { glued: true, .. }) = tokens.peek() {
            if let Some(Token::Field { name, .. }) = tokens.next() {
                fields.push(name);
            }
        }
        Ok(Some(Operand { line: self.line, what, fields }))
    }

    fn word(&self, word: &str) -> Result<Operator, Problem> {
        let functions = Function::ALL.iter();
        match word {
            "true" | "false" => Ok(Operator::Bool(word == "true")),
            _ if UNSUPPORTED.contains(&word) => {
                Err(self.problem(format!("`{word}` is not supported by this frontend")))
            }
            _ => match functions.clone().find(|(name, _)| *name == word) {
                Some((_, function)) => Ok(Operator::Function(*function)),
                None => Err(self.problem(format!("function `{word}` is not known"))),
            },
        }
    }
}
