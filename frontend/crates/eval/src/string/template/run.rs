use std::borrow::Cow;
use std::cmp::Ordering;

use super::tree::{Branch, Command, Function, HowSet, Node, Operand, Operator, Pipeline};
use super::value::Value;
use super::{Fields, Problem};
use crate::string::sprintf::sprintf;

/// Why a template has no text.
#[derive(Debug)]
pub enum Stopped {
    Wrong(Problem),
    TooLarge,
}

/// How much each step counts for besides what it writes, in bytes.
const STEP_BYTES: u64 = 64;

/// Fills in a template; and what that cost, in bytes, which is `max_cost` at most but for the step that goes beyond.
///
/// A short template can write much and take long, with one `range` in another.
pub fn run(
    template: &[Node],
    fields: &Fields<'_>,
    max_cost: u64,
) -> (Result<String, Stopped>, u64) {
    let mut runner = Runner {
        data: fields,
        out: String::new(),
        variables: vec![("", Value::Fields(fields))],
        cost: 0,
        max_cost,
    };
    let done = runner.nodes(template, &Value::Fields(fields));
    (done.map(|_| runner.out), runner.cost)
}

struct Runner<'t> {
    data: &'t Fields<'t>,
    out: String,
    /// The innermost last.
    variables: Vec<(&'t str, Value<'t>)>,
    cost: u64,
    max_cost: u64,
}

/// How a list of nodes ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    AtEnd,
    ByBreak,
    ByContinue,
}

impl<'t> Runner<'t> {
    fn charge(&mut self, bytes: usize) -> Result<(), Stopped> {
        self.cost = self.cost.saturating_add(STEP_BYTES).saturating_add(bytes as u64);
        if self.cost > self.max_cost { Err(Stopped::TooLarge) } else { Ok(()) }
    }

    fn nodes(&mut self, nodes: &'t [Node], dot: &Value<'t>) -> Result<Ended, Stopped> {
        let declared = self.variables.len();
        let mut ended = Ended::AtEnd;
        for node in nodes {
            ended = self.node(node, dot)?;
            if ended != Ended::AtEnd {
                break;
            }
        }
        self.variables.truncate(declared);
        Ok(ended)
    }

    fn node(&mut self, node: &'t Node, dot: &Value<'t>) -> Result<Ended, Stopped> {
        match node {
            Node::Text(text) => self.write(text)?,
            Node::Pipeline(pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                match &pipeline.set {
                    None => self.write(&value.shown())?,
                    Some(_) => self.set(pipeline, &[value]),
                }
            }
            Node::If(branch) => return self.branch(branch, dot, |_, dot| dot.clone()),
            Node::With(branch) => return self.branch(branch, dot, |value, _| value.clone()),
            Node::Range(branch) => return self.range(branch, dot),
            Node::Break => return Ok(Ended::ByBreak),
            Node::Continue => return Ok(Ended::ByContinue),
        }
        Ok(Ended::AtEnd)
    }

    fn write(&mut self, text: &str) -> Result<(), Stopped> {
        self.charge(text.len())?;
        self.out.push_str(text);
        Ok(())
    }

    /// Gives the variables of a pipeline their values; one alone gets the last.
    fn set(&mut self, pipeline: &'t Pipeline, values: &[Value<'t>]) {
        let Some(set) = &pipeline.set else { return };
        let values = values.iter().skip(values.len().saturating_sub(set.names.len()));
        for (name, value) in set.names.iter().zip(values) {
            let known = self.variables.iter_mut().rev().find(|(known, _)| known == name);
            match (set.how, known) {
                (HowSet::Assigns, Some(known)) => known.1 = value.clone(),
                _ => self.variables.push((name, value.clone())),
            }
        }
    }

    fn branch(
        &mut self,
        branch: &'t Branch,
        dot: &Value<'t>,
        inside: fn(&Value<'t>, &Value<'t>) -> Value<'t>,
    ) -> Result<Ended, Stopped> {
        let declared = self.variables.len();
        let value = self.pipeline(&branch.pipeline, dot)?;
        self.set(&branch.pipeline, std::slice::from_ref(&value));
        let ended = match value.is_true() {
            true => self.nodes(&branch.then, &inside(&value, dot)),
            false => self.nodes(&branch.otherwise, dot),
        };
        self.variables.truncate(declared);
        ended
    }

    fn range(&mut self, branch: &'t Branch, dot: &Value<'t>) -> Result<Ended, Stopped> {
        let line = branch.pipeline.line;
        let items: Box<dyn Iterator<Item = [Value<'t>; 2]>> = match self
            .pipeline(&branch.pipeline, dot)?
        {
            Value::Fields(fields) => {
                Box::new(fields.iter().map(|(name, value)| [Value::text(name), Value::text(value)]))
            }
            Value::Int(count) => Box::new((0..count).map(|it| [Value::Int(it), Value::Int(it)])),
            Value::Nothing => Box::new(std::iter::empty()),
            Value::Text(_) | Value::Bool(_) => {
                let problem = "`range` over a value that has no parts: its data is `.`";
                return Err(Stopped::Wrong(Problem::new(line, problem)));
            }
        };
        let mut is_empty = true;
        for item in items {
            is_empty = false;
            self.charge(0)?;
            let declared = self.variables.len();
            self.set(&branch.pipeline, &item);
            let [_, value] = item;
            let ended = self.nodes(&branch.then, &value)?;
            self.variables.truncate(declared);
            if ended == Ended::ByBreak {
                break;
            }
        }
        if is_empty { self.nodes(&branch.otherwise, dot) } else { Ok(Ended::AtEnd) }
    }

    fn pipeline(&mut self, pipeline: &'t Pipeline, dot: &Value<'t>) -> Result<Value<'t>, Stopped> {
        let mut piped = None;
        for command in &pipeline.commands {
            piped = Some(self.command(command, dot, piped)?);
        }
        Ok(piped.unwrap_or(Value::Nothing))
    }

    fn command(
        &mut self,
        command: &'t Command,
        dot: &Value<'t>,
        piped: Option<Value<'t>>,
    ) -> Result<Value<'t>, Stopped> {
        let Operator::Function(function) = command.head.what else {
            return self.operand(&command.head, dot);
        };
        let mut args = Vec::with_capacity(command.args.len());
        for arg in &command.args {
            let value = self.operand(arg, dot)?;
            // What decides is the result; what comes after it is not evaluated.
            let decides = match function {
                Function::And => !value.is_true(),
                Function::Or => value.is_true(),
                _ => false,
            };
            if decides {
                return Ok(value);
            }
            args.push(value);
        }
        args.extend(piped);
        let bytes = args.iter().map(|arg| arg.shown().len()).sum();
        self.charge(bytes)?;
        let left = self.max_cost.saturating_sub(self.cost);
        let value = call(function, &args, left).map_err(|wrong| match wrong {
            Wrong::TooLarge => Stopped::TooLarge,
            Wrong::Call(problem) => {
                let problem = format!("`{}`: {problem}", function.name());
                Stopped::Wrong(Problem::new(command.line, problem))
            }
        })?;
        if let Value::Text(text) = &value {
            self.charge(text.len())?;
        }
        Ok(value)
    }

    fn operand(&mut self, operand: &'t Operand, dot: &Value<'t>) -> Result<Value<'t>, Stopped> {
        self.charge(0)?;
        let value = match &operand.what {
            Operator::Dot => dot.clone(),
            Operator::Variable(name) => {
                let known = self.variables.iter().rev().find(|(known, _)| known == name);
                known.map_or(Value::Fields(self.data), |(_, value)| value.clone())
            }
            Operator::Text(text) => Value::text(text),
            Operator::Int(value) => Value::Int(*value),
            Operator::Bool(value) => Value::Bool(*value),
            Operator::Function(function) => {
                let problem = format!("`{}` has arguments: put it in parentheses", function.name());
                return Err(Stopped::Wrong(Problem::new(operand.line, problem)));
            }
            Operator::Parentheses(pipeline) => self.pipeline(pipeline, dot)?,
        };
        let found = operand.fields.iter().try_fold(value, |value, name| value.field(name));
        found.map_err(|problem| Stopped::Wrong(Problem::new(operand.line, problem)))
    }
}

enum Wrong {
    TooLarge,
    Call(String),
}

impl From<String> for Wrong {
    fn from(problem: String) -> Self {
        Self::Call(problem)
    }
}

fn call<'t>(function: Function, args: &[Value<'t>], max_bytes: u64) -> Result<Value<'t>, Wrong> {
    let expected = |what: &str| Err(Wrong::Call(format!("expected {what}")));
    Ok(match (function, args) {
        // What decides has been returned already.
        (Function::And | Function::Or, [.., last]) => last.clone(),
        (Function::And | Function::Or, []) => return expected("arguments"),
        (Function::Not, [value]) => Value::Bool(!value.is_true()),
        (Function::Not, _) => return expected("one argument"),
        (Function::Eq, [first, others @ ..]) if !others.is_empty() => {
            let mut is_equal = false;
            for other in others {
                is_equal |= first.compare(other)? == Some(Ordering::Equal);
            }
            Value::Bool(is_equal)
        }
        (Function::Eq, _) => return expected("two arguments or more"),
        (Function::Ne, [one, other]) => Value::Bool(one.compare(other)? != Some(Ordering::Equal)),
        (Function::Lt, [one, other]) => Value::Bool(ordered(one, other)?.is_lt()),
        (Function::Le, [one, other]) => Value::Bool(ordered(one, other)?.is_le()),
        (Function::Gt, [one, other]) => Value::Bool(ordered(one, other)?.is_gt()),
        (Function::Ge, [one, other]) => Value::Bool(ordered(one, other)?.is_ge()),
        (Function::Ne | Function::Lt | Function::Le | Function::Gt | Function::Ge, _) => {
            return expected("two arguments");
        }
        (Function::Len, [Value::Text(text)]) => int(text.len()),
        (Function::Len, [Value::Fields(fields)]) => int(fields.len()),
        (Function::Len, _) => return expected("one argument, a text or all fields"),
        (Function::Index, [value]) => value.clone(),
        (Function::Index, [value @ Value::Fields(_), Value::Text(name)]) => value.field(name)?,
        (Function::Index, [Value::Text(text), Value::Int(at)]) => {
            let byte = usize::try_from(*at).ok().and_then(|at| text.as_bytes().get(at));
            match byte {
                Some(byte) => Value::Int((*byte).into()),
                None => return Err(Wrong::Call(format!("the text has no byte {at}"))),
            }
        }
        (Function::Index, _) => return expected("all fields and a name, or a text and a number"),
        (Function::Print, args) => text(print(args)),
        (Function::Println, args) => {
            let shown: Vec<_> = args.iter().map(Value::shown).collect();
            text(shown.join(" ") + "\n")
        }
        (Function::Printf, [Value::Text(format), values @ ..]) => {
            let texts = values.iter().map(|value| match value {
                Value::Text(text) => Ok(&**text),
                _ => Err("only texts can be formatted by this frontend".to_owned()),
            });
            let texts = texts.collect::<Result<Vec<_>, _>>()?;
            let max_bytes = usize::try_from(max_bytes).unwrap_or(usize::MAX);
            text(sprintf(format, &texts, max_bytes).map_err(|_| Wrong::TooLarge)?)
        }
        (Function::Printf, _) => return expected("a text as the first argument"),
    })
}

fn text<'t>(text: String) -> Value<'t> {
    Value::Text(Cow::Owned(text))
}

fn int<'t>(len: usize) -> Value<'t> {
    Value::Int(i64::try_from(len).unwrap_or(i64::MAX))
}

fn ordered(one: &Value<'_>, other: &Value<'_>) -> Result<Ordering, String> {
    match (one, other) {
        (Value::Bool(_), _) | (Value::Nothing, Value::Nothing) => {
            Err("values of this type have no order".to_owned())
        }
        _ => one.compare(other)?.ok_or_else(|| "a field is not there".to_owned()),
    }
}

/// As Go's `fmt.Sprint`: a space goes between two values of which neither is a text.
fn print(args: &[Value<'_>]) -> String {
    let mut out = String::new();
    let mut is_text = true;
    for arg in args {
        let was_text = std::mem::replace(&mut is_text, matches!(arg, Value::Text(_)));
        if !was_text && !is_text {
            out.push(' ');
        }
        out.push_str(&arg.shown());
    }
    out
}
