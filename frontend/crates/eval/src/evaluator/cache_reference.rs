use std::ptr;

use hlb_program::builtin::Meaning;
use hlb_program::program::{Call, Expr, Stmt};

use crate::fs::IMAGE;

/// What stands for an argument that is a build cache and an image alone: the reference, for the image itself is not looked up.
pub fn cache_reference(call: &Call, arg: usize) -> Option<&Expr> {
    // Nearly all arguments are something else, which is seen at once.
    let reference = reference_of_image(call.args.get(arg)?)?;
    let param = call.signature()?.param_of_arg(arg)?;
    (param.meaning == Meaning::BuildCache).then_some(reference)
}

fn reference_of_image(expr: &Expr) -> Option<&Expr> {
    let image = match expr {
        Expr::Call(image) => image,
        Expr::Block { block, .. } => match &*block.stmts {
            [Stmt::Call(image)] => image,
            [Stmt::Value(Expr::Call(image))] => image,
            _ => return None,
        },
        _ => return None,
    };
    let is_plain = ptr::eq(image.signature()?, &IMAGE.signature) && image.options.is_none();
    image.args.first().filter(|_| is_plain)
}
