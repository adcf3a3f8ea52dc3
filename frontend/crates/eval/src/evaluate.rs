//! What can be asked of a checked program; each answer is made on a stack of its own.

use hlb_plan::{Import, Preparation, Section};
use hlb_program::module::ImportRequest;
use hlb_program::program::Program;
use hlb_syntax::diagnostic::Diagnostic;
use hlb_syntax::source::Sources;

use super::evaluator::{Evaluator, TOO_DEEP};
use super::target::{self, Parameter};
use super::{Choice, ClientNeed, EvalSettings, Host, Product, Registry, Resolver, Value, import};

/// A program that the checker found right, with what it is evaluated by.
#[derive(Clone, Copy)]
pub struct Evaluation<'p> {
    pub program: &'p Program,
    pub sources: &'p Sources,
    pub registry: &'p Registry,
    pub settings: &'p EvalSettings,
}

/// One round of an evaluation.
#[derive(Debug)]
pub enum Round<T> {
    /// An answer is outstanding: the same is to be evaluated again once everything is there that was asked for.
    Pending(Pending),
    /// What was made, or what is wrong.
    Done(Result<Evaluated<T>, Rejected>),
}

/// What an evaluation ends with that makes nothing.
#[derive(Clone, Debug)]
pub struct Rejected {
    /// Every error.
    pub errors: Vec<Diagnostic>,
    /// What deserves one besides, as far as it was evaluated.
    pub warnings: Vec<Diagnostic>,
}

/// What a round leaves behind in which an answer is outstanding.
#[derive(Debug, Default)]
pub struct Pending {
    /// The sections of what is evaluated so far: their caches serve the filesystems that are asked about.
    pub sections: Vec<Section>,
    /// The caches of sections that wait for an answer themselves.
    pub early_imports: Vec<Import>,
    /// What is to be done before the steps so far may run.
    pub preparations: Vec<Preparation>,
    /// What the steps so far need of the client.
    pub client_needs: Vec<ClientNeed>,
    /// What is wrong whatever the answers are.
    pub errors: Vec<Diagnostic>,
    /// What deserves a warning whatever they are.
    pub warnings: Vec<Diagnostic>,
}

impl<T> Round<T> {
    /// What it ended with.
    ///
    /// # Errors
    /// If an answer is outstanding.
    pub fn done(self) -> Result<Result<Evaluated<T>, Rejected>, Box<Pending>> {
        match self {
            Self::Pending(pending) => Err(Box::new(pending)),
            Self::Done(done) => Ok(done),
        }
    }
}

impl Pending {
    /// The values of several rounds.
    ///
    /// # Errors
    /// If an answer is outstanding in one of them, with all that they leave behind.
    pub fn all<T>(rounds: Vec<Result<T, Box<Self>>>) -> Result<Vec<T>, Box<Self>> {
        let mut all = Box::<Self>::default();
        let mut values = Vec::with_capacity(rounds.len());
        let count = rounds.len();
        for round in rounds {
            match round {
                Ok(value) => values.push(value),
                Err(pending) => all.add(*pending),
            }
        }
        if values.len() == count { Ok(values) } else { Err(all) }
    }

    /// Adds what another round leaves behind.
    pub fn add(&mut self, other: Self) {
        let Self { sections, early_imports, preparations, client_needs, errors, warnings } = other;
        self.sections.extend(sections);
        self.early_imports.extend(early_imports);
        self.preparations.extend(preparations);
        self.client_needs.extend(client_needs);
        self.errors.extend(errors);
        self.warnings.extend(warnings);
    }
}

/// What an evaluation made.
#[derive(Debug)]
pub struct Evaluated<T> {
    pub value: T,
    pub sections: Vec<Section>,
    /// What is to be done before steps may run.
    pub preparations: Vec<Preparation>,
    /// What deserves one; [`shown`](hlb_program::lint::shown) says which of them are for the user.
    pub warnings: Vec<Diagnostic>,
    /// What the client must give to the steps, used or not.
    pub client_needs: Vec<ClientNeed>,
    /// What was taken where the program leaves it to what is there.
    pub choices: Vec<Choice>,
}

/// Room for the deepest calls that are allowed.
const STACK_BYTES: usize = 128 << 20;

impl<'p> Evaluation<'p> {
    /// Evaluates a target of the program's first module: a function or an alias.
    pub fn target(self, name: &str, resolver: &mut dyn Resolver) -> Round<Product> {
        self.run(resolver, |evaluator| target::evaluate(evaluator, name))
    }

    /// Evaluates what the parameters of a target are given: build arguments, else defaults.
    pub fn parameters(
        self,
        target: &str,
        resolver: &mut dyn Resolver,
    ) -> Round<Vec<Parameter<'p>>> {
        let program = self.program;
        self.run(resolver, |evaluator| target::parameters(evaluator, program, target))
    }

    /// Evaluates where a module is imported from: to its filesystem, or to the string that names it.
    ///
    /// What the expression reaches must have no errors; the rest of the program may.
    pub fn import(self, request: &ImportRequest, resolver: &mut dyn Resolver) -> Round<Value> {
        self.run(resolver, |evaluator| import::evaluate(evaluator, request))
    }

    /// Runs on a stack of its own, since calls nest as deep as the program likes, up to a limit.
    fn run<T: Send>(
        self,
        resolver: &mut dyn Resolver,
        value: impl FnOnce(&mut Evaluator<'_>) -> T + Send,
    ) -> Round<T> {
        let Self { program, sources, registry, settings } = self;
        std::thread::scope(|scope| {
            let body = || {
                let host = Host::new(program, sources, settings);
                let mut evaluator = Evaluator::new(program, registry, &host, resolver);
                let value = value(&mut evaluator);
                evaluator.output.into_round(value)
            };
            match std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, body) {
                Ok(thread) => {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                }
                Err(error) => {
                    let message = format!("no memory for the evaluation: {error}");
                    let errors = vec![TOO_DEEP.without_span(message)];
                    Round::Done(Err(Rejected { errors, warnings: Vec::new() }))
                }
            }
        })
    }
}
