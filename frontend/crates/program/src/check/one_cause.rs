//! Several errors in one call that have one cause: it is reported instead of them.

use std::collections::HashSet;

use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::foreign::{self, Place, logical_line};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{self, Path};

use super::lower::Lowering;
use super::rule::argument_order::argument_order;
use super::rule::arity::WRONG_ARITY;
use super::rule::kind_mismatch::KIND_MISMATCH;
use super::rule::unknown_name::UNKNOWN_NAME;
use super::rule::unquoted::{Arg, unquoted_command, unquoted_words};
use crate::builtin::{Kind, Meaning};
use crate::program::{Callee, Declaration, Expr};

impl Lowering<'_, '_> {
    /// Looks at what was found in the arguments of a statement whose callee is unknown: `mark` is where that error stands.
    ///
    /// What the words of a line are that is none of HLB is not asked.
    pub(super) fn unknown_callee(&mut self, mark: usize, path: &Path, args: &[tree::Expr]) {
        let word = path.first.text();
        let are_strings = args.iter().all(|arg| matches!(arg, tree::Expr::String(_)));
        let line = self.scope.module.text.get(path.span.start as usize..).unwrap_or_default();
        let line = logical_line(foreign::start_of(line, MAX_LINE));
        let declaration = || foreign::declaration(line).map(|help| vec![help]);
        let help = match are_strings {
            true => None,
            false => foreign::instruction(line, Place::Block).or_else(declaration),
        };
        if let (Some(help), Some(found)) = (&help, self.errors.get_mut(mark)) {
            found.help.clone_from(help);
            found.labels.clear();
        }
        if help.is_some() || foreign::statement(word).is_some() {
            self.errors.truncate(mark + 1);
            return;
        }
        if let Some(found) = self.errors.get_mut(mark)
            && found.help.is_empty()
            && !args.is_empty()
        {
            let (start, end) =
                (path.span.start, args.last().map_or(path.span, tree::Expr::span).end);
            let line = self.scope.module.text.get(start as usize..end as usize).unwrap_or_default();
            found.help.push(format!("write `{}` for a command", foreign::command("run", line)));
        }
        let bare = bare_names(args);
        self.retain(mark + 1, |it| it.code != &UNKNOWN_NAME || !is_in(it, &bare));
    }

    /// Looks at what was found in the arguments of a call of something known, from `mark` on.
    pub(super) fn wrong_args(
        &mut self,
        mark: usize,
        path: &Path,
        callee: Declaration<'_>,
        args: &[tree::Expr],
        lowered: &[Expr],
    ) {
        if self.misordered(mark, path, callee, args, lowered) {
            return;
        }
        let unknown = self.unknown_args(mark, args);
        let (Some(first), Some(last)) = (unknown.first(), unknown.last()) else { return };
        // An argument too many may be a word that is none.
        let surplus = callee.arity().1.and_then(|most| args.get(most)).map(|arg| arg.span().start);
        let is_surplus = |it: &Diagnostic| it.span.map(|span| span.start) == surplus;
        self.retain(mark, |it| it.code != &WRONG_ARITY || surplus.is_none() || !is_surplus(it));
        let Declaration::Builtin(signature) = callee else { return };
        let text = |span: Span| self.scope.module.text.get(span.range()).unwrap_or_default();
        let is_command = signature.params.first().is_some_and(|it| it.meaning == Meaning::Command);
        let found = match (args.first().map(tree::Expr::span), args.last().map(tree::Expr::span)) {
            (Some(start), Some(end)) if is_command && *first == start => {
                unquoted_command(path, start.to(end), text(start.to(end)))
            }
            _ if unknown.len() > 1 => {
                let bare: HashSet<Span> = unknown.iter().copied().collect();
                let arg = |arg: &tree::Expr| match bare.contains(&arg.span()) {
                    true => Arg::Bare(text(arg.span())),
                    false => Arg::Other(text(arg.span())),
                };
                unquoted_words(path, first.to(*last), &args.iter().map(arg).collect::<Vec<_>>())
            }
            _ => return,
        };
        let unknown: HashSet<Span> = unknown.into_iter().collect();
        self.retain(mark, |it| it.code != &UNKNOWN_NAME || !is_in(it, &unknown));
        self.errors.push(found);
    }

    /// The arguments that are unknown names for which nothing else was suggested.
    fn unknown_args(&self, mark: usize, args: &[tree::Expr]) -> Vec<Span> {
        let errors = self.errors.get(mark..).unwrap_or_default();
        let unknown = errors.iter().filter(|it| it.code == &UNKNOWN_NAME && it.labels.is_empty());
        let unknown: HashSet<Span> = unknown.filter_map(|it| it.span).collect();
        let args = args.iter().filter(|arg| is_bare_name(arg)).map(tree::Expr::span);
        args.filter(|span| unknown.contains(span)).collect()
    }

    /// Whether all arguments fit in another order, which is then reported.
    fn misordered(
        &mut self,
        mark: usize,
        path: &Path,
        callee: Declaration<'_>,
        args: &[tree::Expr],
        lowered: &[Expr],
    ) -> bool {
        let errors = self.errors.get(mark..).unwrap_or_default();
        let mismatches = errors.iter().filter(|it| it.code == &KIND_MISMATCH);
        let wrong: HashSet<Span> = mismatches.filter_map(|it| it.span).collect();
        if wrong.len() < 2 || lowered.len() > MAX_ORDERED {
            return false;
        }
        let Some(ordered) = self.in_order(callee, lowered) else { return false };
        let text = |span: Span| self.scope.module.text.get(span.range()).unwrap_or_default();
        let texts: Vec<&str> = ordered.iter().map(|arg| text(arg.span())).collect();
        let moved = lowered.iter().zip(&ordered).filter(|(arg, other)| arg.span() != other.span());
        let Some(span) = moved.map(|(arg, _)| arg.span()).reduce(Span::to) else { return false };
        let found = argument_order(path, span, &texts);
        let own: HashSet<Span> = args.iter().map(own_span).collect();
        self.retain(mark, |it| it.code != &KIND_MISMATCH || !is_in(it, &own));
        self.errors.push(found);
        true
    }

    /// The arguments as the parameters need them; those of one kind stay in their order. `None` if that is not possible.
    fn in_order<'e>(&self, callee: Declaration<'_>, args: &'e [Expr]) -> Option<Vec<&'e Expr>> {
        if callee.arity() != (args.len(), Some(args.len())) {
            return None;
        }
        let mut left: Vec<(&Expr, Kind)> =
            args.iter().map(|arg| Some((arg, self.kind_of(arg)?))).collect::<Option<_>>()?;
        let params = (0..args.len()).map(|index| callee.param_of_arg(index));
        let ordered = params.map(|param| {
            let (_, kind) = param?;
            let fitting = left.iter().position(|(_, it)| it == kind)?;
            Some(left.remove(fitting).0)
        });
        ordered.collect()
    }

    fn kind_of(&self, arg: &Expr) -> Option<Kind> {
        Some(match arg {
            Expr::Int(_) => Kind::Int,
            Expr::Bool(_) => Kind::Bool,
            Expr::String(_) => Kind::String,
            Expr::Block { block, .. } => block.kind.clone(),
            Expr::Call(call) => match &call.callee {
                Callee::Error => return None,
                callee => self.scope.declaration(callee).kind().clone(),
            },
            Expr::Error(_) => return None,
        })
    }

    /// Keeps of the errors from `mark` on only some.
    fn retain(&mut self, mark: usize, keep: impl FnMut(&Diagnostic) -> bool) {
        let mut tail = self.errors.split_off(mark.min(self.errors.len()));
        tail.retain(keep);
        self.errors.append(&mut tail);
    }
}

/// Longest part of a line that is looked at, in bytes.
const MAX_LINE: usize = 1000;

/// Most arguments that are put into another order.
const MAX_ORDERED: usize = 8;

/// The arguments that are a name and nothing else.
fn bare_names(args: &[tree::Expr]) -> HashSet<Span> {
    args.iter().filter(|arg| is_bare_name(arg)).map(tree::Expr::span).collect()
}

fn is_bare_name(arg: &tree::Expr) -> bool {
    matches!(arg, tree::Expr::Call(call) if call.args.is_none() && call.path.member.is_none())
}

/// What a mismatch of an argument is reported at.
fn own_span(arg: &tree::Expr) -> Span {
    match arg {
        tree::Expr::Block(literal) => literal.kind.span,
        tree::Expr::Call(call) => call.path.member.as_deref().unwrap_or(&call.path.first).span,
        _ => arg.span(),
    }
}

fn is_in(found: &Diagnostic, spans: &HashSet<Span>) -> bool {
    found.span.is_some_and(|span| spans.contains(&span))
}
