use std::fmt::Write;

use super::Tree;
use super::format::is_empty_option;
use super::tree::{BindForm, Block, Decl, Expr, Func, Params, Stmt, StringPart};

/// A tree without its places, comments and layout: what two texts of the same program share.
///
/// An empty `option` block after `with`, which means nothing, is left out. For tests.
pub fn shape(tree: &Tree) -> String {
    let mut out = String::new();
    for decl in &tree.decls {
        match decl {
            Decl::Import(import) => {
                let from = if import.from.is_some() { "from " } else { "" };
                put(&mut out, format_args!("import {} {from}", import.name));
                expr(&mut out, &import.source);
            }
            Decl::Export(export) => put(&mut out, format_args!("export {}", export.name)),
            Decl::Func(it) => func(&mut out, it),
            Decl::Error(_) => out.push_str("error"),
        }
        out.push('\n');
    }
    out
}

fn put(out: &mut String, text: std::fmt::Arguments<'_>) {
    // A string takes all that is written to it.
    let _ = out.write_fmt(text);
}

fn func(out: &mut String, func: &Func) {
    put(out, format_args!("{} {}", func.kind, func.name));
    params(out, &func.params);
    if let Some(effects) = &func.effects {
        out.push_str(" binds ");
        params(out, effects);
    }
    if let Some(body) = &func.body {
        block(out, body);
    }
}

fn params(out: &mut String, params: &Params) {
    out.push('(');
    for param in &params.params {
        let variadic = if param.variadic.is_some() { "variadic " } else { "" };
        put(out, format_args!("{variadic}{} {}", param.kind, param.name));
        if let Some(default) = &param.default {
            out.push('=');
            expr(out, default);
        }
        out.push(',');
    }
    out.push(')');
}

fn block(out: &mut String, block: &Block) {
    out.push('{');
    for stmt in &block.stmts {
        match stmt {
            Stmt::Call(call) => {
                put(out, format_args!("call {}", call.path));
                for arg in &call.args {
                    out.push(' ');
                    expr(out, arg);
                }
                if let Some(with) = &call.with
                    && !is_empty_option(&with.expr)
                {
                    out.push_str(" with ");
                    expr(out, &with.expr);
                }
                match call.binds.as_ref().map(|it| &it.form) {
                    None => {}
                    Some(BindForm::Missing) => out.push_str(" as"),
                    Some(BindForm::Single(name)) => put(out, format_args!(" as {name}")),
                    Some(BindForm::List { binds, .. }) => {
                        out.push_str(" as (");
                        for bind in binds {
                            put(out, format_args!("{} {},", bind.effect, bind.alias));
                        }
                        out.push(')');
                    }
                }
            }
            Stmt::Value(value) => expr(out, value),
            Stmt::Error(_) => out.push_str("error"),
        }
        out.push(';');
    }
    out.push('}');
}

fn expr(out: &mut String, it: &Expr) {
    match it {
        Expr::Block(lit) => {
            put(out, format_args!("{} ", lit.kind));
            block(out, &lit.block);
        }
        Expr::Call(call) => {
            put(out, format_args!("{}", call.path));
            if let Some(args) = &call.args {
                out.push('(');
                for arg in &args.args {
                    expr(out, arg);
                    out.push(',');
                }
                out.push(')');
            }
        }
        Expr::Int(lit) => put(out, format_args!("{}", lit.value)),
        Expr::Bool(lit) => put(out, format_args!("{}", lit.value)),
        Expr::String(lit) => {
            put(out, format_args!("{:?}[", lit.form));
            let heredoc = matches!(lit.form, super::tree::StringForm::Heredoc { .. });
            let last = lit.parts.len().saturating_sub(1);
            for (index, part) in lit.parts.iter().enumerate() {
                match part {
                    // What ends a heredoc's text before its word is no part of its value.
                    StringPart::Text { value, .. } if heredoc && index == last => {
                        let value = value.trim_end_matches(['\n', '\t']);
                        if !value.is_empty() {
                            put(out, format_args!("{value:?}"));
                        }
                    }
                    StringPart::Text { value, .. } => put(out, format_args!("{:?}", &**value)),
                    StringPart::Interpolation { expr: it, .. } => {
                        out.push_str("${");
                        expr(out, it);
                        out.push('}');
                    }
                }
            }
            out.push(']');
        }
        Expr::Error(_) => out.push_str("error"),
    }
}
