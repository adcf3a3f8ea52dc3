//! `docs/tool-caches.md`: what is known of each tool.

use hlb_eval::{ABOUT, About, Projects, TOOLS, Tool, ToolDefault, ToolDirectory};
use llb::Sharing;

/// A section for each tool.
pub fn printed() -> String {
    TOOLS.iter().zip(ABOUT).map(|(tool, about)| section(tool, about)).collect()
}

fn section(tool: &Tool, about: &About) -> String {
    let mut text = format!("\n## {}\n\n| directory | where |\n| --- | --- |\n", tool.name);
    for directory in tool.directories {
        text += &format!("| `{}` | {} |\n", directory.name, place(directory));
    }
    let sharing = match tool.sharing {
        Sharing::Shared => "`shared`: any number of commands at the same time.",
        Sharing::Locked => "`locked`: one command after another.",
        Sharing::Private => "`private`: another directory for each command.",
    };
    text += &format!("\n{sharing}");
    if tool.projects == Projects::KeepApart {
        text += " Needs a `scope` or an `id`: projects can't share it.";
    }
    for (name, value) in tool.env {
        text += &format!(" Sets `{name}={value}`.");
    }
    for file in tool.files {
        let lines: Vec<String> = file.content.lines().map(|line| format!("`{line}`")).collect();
        text += &format!(" Mounts `{}` with {}.", file.path, lines.join(" and "));
    }
    if !about.note.is_empty() {
        text += &format!(" {}", about.note);
    }
    text + &format!("\n\nWhy: {}\n", about.source)
}

fn place(directory: &ToolDirectory) -> String {
    let variables = directory.variables.iter().map(|(name, below)| format!("`${name}{below}`"));
    let set = || {
        let own = directory.variables.iter().filter(|(_, below)| below.is_empty());
        own.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(" and ")
    };
    let default = match directory.default {
        ToolDefault::At(path) => Some(format!("`{path}`")),
        ToolDefault::Home(below) => Some(format!("`~/{below}`")),
        ToolDefault::Settable(below) => Some(format!("`~/{below}`, with {} set to it", set())),
        ToolDefault::Nowhere => None,
    };
    variables.chain(default).collect::<Vec<_>>().join(", or else ")
}

#[test]
fn tools_are_sorted_and_say_why() {
    assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
    assert!(TOOLS.iter().map(|tool| tool.name).eq(ABOUT.iter().map(|about| about.tool)));
    for (Tool { name, directories, .. }, About { note, source, .. }) in TOOLS.iter().zip(ABOUT) {
        assert!(!directories.is_empty() && source.ends_with('.'), "{name}");
        assert!(note.is_empty() || note.ends_with('.'), "{name}");
    }
}
