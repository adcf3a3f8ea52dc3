use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;
use hlb_syntax::tree::{Name, Path};

use super::literal::shown;
use crate::builtin::{Builtins, Kind};
use crate::program::{
    Block, Call, Declaration, Expr, Function, Module, Node, Program, StringExpr, visit_expr,
    visit_function,
};

/// A module with everything that its imports and functions evaluate, in the order of the text.
pub(super) struct Linted<'p> {
    pub program: &'p Program,
    pub builtins: &'p Builtins,
    pub module: &'p Module,
    pub calls: Vec<In<'p, Call>>,
    /// Those of kind `fs`: bodies and literals.
    pub blocks: Vec<In<'p, Block>>,
    pub strings: Vec<In<'p, StringExpr>>,
    /// The kinds of block literals as they are written.
    pub kinds: Vec<&'p Name>,
}

/// Something with the function that it is in; in the source of an import there is none.
pub(super) struct In<'p, T> {
    pub function: Option<&'p Function>,
    pub it: &'p T,
}

impl<'p> Linted<'p> {
    pub fn new(program: &'p Program, builtins: &'p Builtins, module: &'p Module) -> Self {
        let (calls, blocks, strings, kinds) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut linted = Self { program, builtins, module, calls, blocks, strings, kinds };
        for id in module.imports() {
            visit_expr(&program.import(id).source, &mut |node| linted.add(None, node));
        }
        for function in linted.functions() {
            visit_function(function, &mut |node| linted.add(Some(function), node));
        }
        linted
    }

    fn add(&mut self, function: Option<&'p Function>, node: Node<'p>) {
        match node {
            Node::Block(it) if it.kind == Kind::Fs => self.blocks.push(In { function, it }),
            Node::Call(it) => self.calls.push(In { function, it }),
            Node::Expr(Expr::String(it)) => self.strings.push(In { function, it }),
            Node::Expr(Expr::Block { written, .. }) => self.kinds.push(written),
            Node::Block(_) | Node::Expr(_) => {}
        }
    }

    /// The functions of the module, in the order of the text.
    pub fn functions(&self) -> impl Iterator<Item = &'p Function> + use<'p> {
        let program = self.program;
        self.module.functions().map(|id| program.function(id))
    }

    /// The names that the module declares: those of imports, then functions, then aliases.
    pub fn names(&self) -> impl Iterator<Item = &'p Name> {
        let (program, module) = (self.program, self.module);
        let imports = module.imports().map(|id| &program.import(id).name);
        let functions = module.functions().map(|id| &program.function(id).name);
        let aliases = module.aliases().map(|id| &program.alias(id).name);
        imports.chain(functions).chain(aliases)
    }

    /// The text of a span of the module.
    pub fn text(&self, span: Span) -> &'p str {
        self.module.text.get(span.range()).unwrap_or_default()
    }

    /// The span of a text in a literal: the same one of its occurrences as in the value.
    pub fn span_in(&self, literal: &Expr, text: &str, at: usize) -> Span {
        let span = literal.span();
        let source = self.text(span);
        let value = shown(literal).unwrap_or_default();
        let before = value.get(..at).unwrap_or_default().matches(text).count();
        let Some((at, _)) = source.match_indices(text).nth(before) else { return span };
        let start = span.start + at as u32;
        Span::new(span.file, start, start + text.len() as u32)
    }

    /// A finding about a part of a literal. In one of several lines no comment could silence it, so it is then about the
    /// call, and the part is a label.
    pub fn in_text(
        &self,
        code: &'static Code,
        call: &Path,
        literal: &Expr,
        part: Span,
        message: String,
    ) -> Diagnostic {
        let before = Span { end: part.start, ..literal.span() };
        match self.text(before).contains('\n') {
            true => code.at(call.span, message).label(part, "here"),
            false => code.at(part, message),
        }
    }
}

impl<T> In<'_, T> {
    /// The declaration of the function, which no other function has.
    pub fn function_span(&self) -> Option<Span> {
        self.function.map(|function| function.span)
    }
}

impl<'p> In<'p, Call> {
    pub fn declaration(&self, program: &'p Program) -> Declaration<'p> {
        program.declaration(&self.it.callee, self.function)
    }
}
