use hlb_gateway::options::{INVALID_OPTION, Options};

use super::Subrequest;
use super::reply::Reply;
use crate::reference::{find, json, text};
use crate::solve::Failure;

/// Of the program, nothing is read.
pub(super) static BUILTINS: Subrequest = Subrequest {
    name: "frontend.hlb.builtins",
    version: "1.0.0",
    description: "List the builtins of HLB, with their documentation",
    options: &[("target", "Name of a builtin, in place of all")],
    has_status: false,
    answer: |_, options, _| Box::pin(std::future::ready(builtins(options))),
};

fn builtins(options: &Options) -> Result<Reply, Failure> {
    let entries = find(options.target.as_deref()).map_err(|names| {
        let name = options.target.as_deref().unwrap_or_default();
        let message = format!("option `target`: no builtin is called `{name}`");
        vec![INVALID_OPTION.without_span(message).suggest(name, names)]
    })?;
    Ok(Reply { json: json(&entries), text: text(&entries), status: None })
}
