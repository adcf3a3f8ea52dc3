//! Which names an expression or a function mentions, for whatever follows calls without checking them.

use hlb_syntax::tree::{Expr, Func, Params, Path, Visitor, walk_func};

/// Hands over every path of an expression, in the order of the text.
pub fn paths_of_expr<'a>(expr: &'a Expr, found: &mut dyn FnMut(&'a Path)) {
    Paths { found }.visit_expr(expr);
}

/// Hands over every path of a function's defaults and body, in the order of the text.
pub(super) fn paths_of_func<'a>(func: &'a Func, found: &mut dyn FnMut(&'a Path)) {
    walk_func(&mut Paths { found }, func);
}

struct Paths<'f, 'a> {
    found: &'f mut dyn FnMut(&'a Path),
}

impl<'a> Visitor<'a> for Paths<'_, 'a> {
    fn visit_path(&mut self, path: &'a Path) {
        (self.found)(path);
    }

    /// An effect has no default: one that is written is an error, which the checker reports.
    fn visit_effects(&mut self, _effects: &'a Params) {}
}
