//! "Did you mean": the names in scope that an unknown one may have been meant for.

use hlb_syntax::diagnostic::{Diagnostic, SuggestionBudget, nearest};
use hlb_syntax::source::Span;
use hlb_syntax::tree::Name;

use super::expected::Expected;
use super::scope::Scope;
use crate::builtin::Builtins;
use crate::program::{Module, Program};

/// A name that may have been meant; of equally near ones the least is suggested.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Candidate<'c> {
    reach: Reach,
    name: &'c str,
    /// What is compared instead of the name: the instruction of a Dockerfile that does the same.
    instruction: Option<&'c str>,
    /// The name in its declaration; builtins have no text.
    span: Option<Span>,
}

/// How far away a name is declared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Function,
    Module,
    Builtin,
}

impl<'c> Candidate<'c> {
    fn new(reach: Reach, name: &'c Name) -> Self {
        Self { reach, name: name.text(), instruction: None, span: Some(name.span) }
    }
}

/// Adds the nearest candidate to the diagnostic of an unknown name; an `Err` is the diagnostic without one.
///
/// `None` is a name that does not fit: it counts against the budget as well, since looking at it takes time.
pub(super) fn suggest<'c>(
    found: Diagnostic,
    name: &str,
    candidates: impl Iterator<Item = Option<Candidate<'c>>>,
    budget: &mut SuggestionBudget,
) -> Result<Diagnostic, Diagnostic> {
    let candidates = budget.limit(candidates).flatten();
    let candidates = candidates.map(|it| (it.instruction.unwrap_or(it.name), it));
    match nearest(name, candidates) {
        None => Err(found),
        Some(Candidate { name, span, .. }) => {
            let found = match span {
                Some(span) => found.label(span, "declared here"),
                None => found,
            };
            Ok(found.did_you_mean(name))
        }
    }
}

/// Everything that may be called, and fits.
pub(super) fn callable<'c>(
    scope: &Scope<'c>,
    name: &'c str,
    expected: Expected<'c>,
) -> impl Iterator<Item = Option<Candidate<'c>>> {
    let params = scope.params().iter().map(move |it| {
        expected.accepts(&it.kind).then(|| Candidate::new(Reach::Function, &it.name))
    });
    params.chain(members(scope.program, scope.module, expected)).chain(builtins(
        scope.builtins,
        name,
        expected,
    ))
}

/// The functions and aliases of a module that fit.
pub(super) fn members<'c>(
    program: &'c Program,
    module: &'c Module,
    expected: Expected<'c>,
) -> impl Iterator<Item = Option<Candidate<'c>>> {
    let functions = module.functions().map(|id| program.function(id));
    let functions = functions.map(|it| (&it.name, &it.kind));
    let aliases = module.aliases().map(|id| program.alias(id)).map(|it| (&it.name, it.kind()));
    functions.chain(aliases).map(move |(name, kind)| {
        expected.accepts(kind).then(|| Candidate::new(Reach::Module, name))
    })
}

/// What an imported module exports, and fits.
pub(super) fn exports<'c>(
    program: &'c Program,
    module: &'c Module,
    expected: Expected<'c>,
) -> impl Iterator<Item = Option<Candidate<'c>>> {
    members(program, module, expected).map(|it| it.filter(|it| module.exports(it.name)))
}

/// The imports of a module.
pub(super) fn imports<'c>(
    program: &'c Program,
    module: &'c Module,
) -> impl Iterator<Item = Option<Candidate<'c>>> {
    let imports = module.imports().map(|id| &program.import(id).name);
    imports.map(|name| Some(Candidate::new(Reach::Module, name)))
}

fn builtins<'c>(
    builtins: &'c Builtins,
    name: &'c str,
    expected: Expected<'c>,
) -> impl Iterator<Item = Option<Candidate<'c>>> {
    let fitting = builtins.iter().filter(move |signature| expected.accepts(&signature.kind));
    fitting.flat_map(move |signature| {
        let (reach, name_of) = (Reach::Builtin, signature.name);
        let own = Candidate { reach, name: name_of, instruction: None, span: None };
        let instruction = signature.instruction().filter(|it| name.eq_ignore_ascii_case(it));
        let instruction = instruction.map(|it| Candidate { instruction: Some(it), ..own });
        [Some(own), instruction]
    })
}
