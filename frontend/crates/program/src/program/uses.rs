//! What is declared where, and what mentions it: for editors and for renaming.

use std::collections::HashMap;

use hlb_syntax::source::{FileId, Span};
use hlb_syntax::tree::Name;

use super::{
    Callee, Expr, Function, FunctionId, Item, Module, Node, Program, visit_expr, visit_function,
};

/// Something that a program declares and can mention by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Definition {
    Item(Item),
    /// A parameter of a function, by its position.
    Param(FunctionId, u32),
    /// An effect that a function declares, by its position.
    Effect(FunctionId, u32),
}

/// Where the definitions of a program are mentioned.
#[derive(Debug, Default)]
pub struct Uses {
    /// Invariant: each list is sorted.
    spans: HashMap<Definition, Vec<Span>>,
}

impl Uses {
    /// The names that mention a definition, sorted by file and position; the one in its declaration is none of them.
    pub fn of(&self, definition: Definition) -> &[Span] {
        self.spans.get(&definition).map_or(&[], Vec::as_slice)
    }
}

impl Program {
    /// Finds every mention of every definition, in one traversal.
    pub fn uses(&self) -> Uses {
        let mut uses = Uses::default();
        for module in self.modules() {
            self.mentions(module, &mut |span, definition| {
                uses.spans.entry(definition).or_default().push(span);
            });
        }
        #[expect(clippy::iter_over_hash_type, reason = "each list is sorted by itself")]
        for spans in uses.spans.values_mut() {
            spans.sort_unstable();
        }
        uses
    }

    /// Everything that a module declares: its imports, functions and aliases, then parameters and effects.
    pub fn definitions(&self, module: &Module) -> impl Iterator<Item = Definition> {
        let imports = module.imports().map(Item::Import);
        let items = imports.chain(module.functions().map(Item::Function));
        let items = items.chain(module.aliases().map(Item::Alias)).map(Definition::Item);
        items.chain(module.functions().flat_map(|id| {
            let Function { params, effects, .. } = self.function(id);
            let params = (0..params.len()).map(move |it| Definition::Param(id, it as u32));
            params.chain((0..effects.len()).map(move |it| Definition::Effect(id, it as u32)))
        }))
    }

    /// The definition whose name is at an offset of a file, in its declaration or in a mention.
    ///
    /// Right behind the last letter is still at the name, since that is where a cursor is after typing it.
    pub fn definition_at(&self, file: FileId, offset: u32) -> Option<Definition> {
        let module = self.modules().find(|module| module.file == file)?;
        let mut found = None;
        let mut look = |span: Span, definition| {
            if span.start <= offset && offset <= span.end {
                found = found.or(Some(definition));
            }
        };
        for definition in self.definitions(module) {
            if let Some(name) = self.definition_name(definition) {
                look(name.span, definition);
            }
        }
        self.mentions(module, &mut look);
        found
    }

    /// The name in the declaration of a definition; `None` if it is of another program.
    pub fn definition_name(&self, definition: Definition) -> Option<&Name> {
        let param = match definition {
            Definition::Item(item) => return Some(self.name_of(item)),
            Definition::Param(id, index) => self.function(id).params.get(index as usize),
            Definition::Effect(id, index) => self.function(id).effects.get(index as usize),
        };
        param.map(|param| &param.name)
    }

    /// Hands over each name of a module that mentions a definition.
    fn mentions(&self, module: &Module, found: &mut dyn FnMut(Span, Definition)) {
        for export in &module.exports {
            if let Some(item) = export.item {
                found(export.name.span, Definition::Item(item));
            }
        }
        for id in module.imports() {
            let enclosing = Enclosing { module, function: None, params: HashMap::new() };
            visit_expr(&self.import(id).source, &mut |node| enclosing.mentioned(node, found));
        }
        for id in module.functions() {
            let function = self.function(id);
            let named = function.params.iter().enumerate().rev();
            let named = named.map(|(index, param)| (param.name.text(), index as u32));
            let params = named.collect();
            let enclosing = Enclosing { module, function: Some(id), params };
            let params = function.params.iter().chain(&function.effects);
            for kind in params.map(|it| it.kind_span).chain([function.kind_span]) {
                let text = module.text.get(kind.range()).unwrap_or_default();
                enclosing.subject(text, kind, found);
            }
            visit_function(function, &mut |node| enclosing.mentioned(node, found));
        }
    }
}

/// Where names are mentioned: a module, and the function in it, if it is one.
struct Enclosing<'p> {
    module: &'p Module,
    function: Option<FunctionId>,
    /// The positions of the function's parameters; the first of a name counts.
    params: HashMap<&'p str, u32>,
}

impl Enclosing<'_> {
    fn mentioned(&self, node: Node<'_>, found: &mut dyn FnMut(Span, Definition)) {
        match node {
            Node::Call(call) => match &call.path.member {
                Some(member) => {
                    if let Some(import) = self.import(call.path.first.text()) {
                        found(call.path.first.span, Definition::Item(import));
                    }
                    if let Some(definition) = self.callee(&call.callee) {
                        found(member.span, definition);
                    }
                }
                None => {
                    if let Some(definition) = self.callee(&call.callee) {
                        found(call.path.first.span, definition);
                    }
                }
            },
            Node::Expr(Expr::Block { written, .. }) => {
                self.subject(written.text(), written.span, found);
            }
            Node::Block(_) | Node::Expr(_) => {}
        }
    }

    fn callee(&self, callee: &Callee) -> Option<Definition> {
        match callee {
            Callee::Function(id) => Some(Definition::Item(Item::Function(*id))),
            Callee::Alias(id) => Some(Definition::Item(Item::Alias(*id))),
            Callee::Param(index) => Some(Definition::Param(self.function?, *index)),
            Callee::Effect(index) => Some(Definition::Effect(self.function?, *index)),
            Callee::Builtin(_) | Callee::Breakpoint(_) | Callee::Unavailable(_) | Callee::Error => {
                None
            }
        }
    }

    /// The import that a name before a dot means.
    fn import(&self, name: &str) -> Option<Item> {
        match self.param(name) {
            Some(_) => None,
            None => self.module.lookup(name).filter(|item| matches!(item, Item::Import(_))),
        }
    }

    /// The `N` of a kind `option::N`.
    fn subject(&self, kind: &str, span: Span, found: &mut dyn FnMut(Span, Definition)) {
        let Some(name) = kind.strip_prefix("option::") else { return };
        let item = || self.module.lookup(name).map(Definition::Item);
        if let Some(definition) = self.param(name).or_else(item) {
            found(Span { start: span.end - name.len() as u32, ..span }, definition);
        }
    }

    fn param(&self, name: &str) -> Option<Definition> {
        Some(Definition::Param(self.function?, *self.params.get(name)?))
    }
}
