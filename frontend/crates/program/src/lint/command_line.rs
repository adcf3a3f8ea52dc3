use super::literal::shown;
use super::shell::{Command, Word, commands};
use crate::builtin::Meaning;
use crate::program::{Call, Expr};

/// What a call runs in the build, as far as its text shows.
pub(super) struct CommandLine<'p> {
    /// The argument that is a text for a shell; without one, the arguments are the words of one command.
    pub script: Option<&'p Expr>,
    pub commands: Vec<Command>,
}

/// Programs whose option `-c` takes a text as the shell itself does.
const SHELLS: &[&str] = &["ash", "bash", "dash", "sh"];

impl<'p> CommandLine<'p> {
    /// `None` if the call runs nothing, or what it runs is written elsewhere.
    pub fn of(call: &'p Call) -> Option<Self> {
        call.arg(Meaning::Command)?;
        let script = script(&call.args);
        let commands = match script {
            Some(script) => commands(&shown(script)?),
            None => {
                let text = |word: &Expr| shown(word).unwrap_or_default();
                let words = call.args.iter().map(|word| Word { text: text(word), at: 0 });
                vec![Command { words: words.collect(), ..Command::default() }]
            }
        };
        Some(Self { script, commands })
    }
}

/// The argument that is a text for a shell.
fn script(args: &[Expr]) -> Option<&Expr> {
    match args {
        [line] => Some(line),
        [program, flag, line, ..] => {
            let (program, flag) = (shown(program)?, shown(flag)?);
            let shell = SHELLS.contains(&program.rsplit('/').next().unwrap_or_default());
            (shell && flag.starts_with('-') && flag.ends_with('c')).then_some(line)
        }
        _ => None,
    }
}
