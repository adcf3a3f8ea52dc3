//! Commands that leave a copy of a mounted secret in the layer that they make.

use hlb_syntax::diagnostic::{Code, Diagnostic};
use hlb_syntax::source::Span;

use super::command_line::CommandLine;
use super::linted::Linted;
use super::literal::{HOLE, literal, shown};
use super::options::Options;
use super::rule::{Find, Rule};
use super::shell::{Command, Word};
use crate::builtin::Meaning;
use crate::program::Call;

/// A copy of a secret outside its mount, which stays in the layer.
pub static COPIED_SECRET: Code = Code::warning("HLB0541", "copied-secret");

pub(super) static RULE: Rule =
    Rule { codes: &[&COPIED_SECRET], across_modules: &[], find: Find::InModule(lint) };

/// Commands that copy files to the last of their arguments.
const COPIES: &[&str] = &["cp", "install", "mv"];
/// Commands that print what they read, as it is or in another form.
const PRINTS: &[&str] = &["base64", "cat", "head", "tail", "tee"];
/// Commands that print their arguments.
const ECHOES: &[&str] = &["echo", "printf"];
/// Commands that remove what an earlier one left; a `trap` has the command as a word.
const REMOVES: &[&str] = &["rm", "shred", "trap", "unlink"];
/// Most secrets of a command that are looked for, and most copies that it removes again: without a limit the time would
/// grow with the square of the command's length.
const MOST: usize = 64;

/// What a `run` mounts.
struct Mounted {
    /// The absolute paths of its secrets.
    secrets: Vec<(String, Span)>,
    /// Everything that is not part of the layer.
    paths: Vec<String>,
}

/// A secret that is written somewhere.
struct Copy<'c> {
    secret: &'c str,
    by: &'c str,
    to: &'c Word,
    /// Where the secret is named, in the line.
    at: usize,
}

fn lint(linted: &Linted<'_>, found: &mut Vec<Diagnostic>) {
    for call in &linted.calls {
        if call.it.arg(Meaning::Command).is_some()
            && let Some(mounted) = mounted(&Options::of(call.it))
        {
            found.extend(copied(linted, call.it, &mounted));
        }
    }
}

/// What the options mount; nothing if there is no secret, or if a path is not known.
fn mounted(options: &Options<'_>) -> Option<Mounted> {
    let mut mounted = Mounted { secrets: Vec::new(), paths: Vec::new() };
    for call in &options.calls {
        let [secret, mount, cache] =
            [Meaning::SecretMountPoint, Meaning::MountPoint, Meaning::CacheMountPoint]
                .map(|meaning| call.arg(meaning));
        let id = call.arg(Meaning::SecretId);
        let Some(arg) = secret.or(mount).or(cache).or(id) else { continue };
        let is_at_id = id.is_some() && secret.is_none();
        let path = match is_at_id {
            true => format!("/run/secrets/{}", literal(arg)?.rsplit('/').next()?),
            false => literal(arg).filter(|path| path.starts_with('/'))?,
        };
        if id.is_some() && mounted.secrets.len() < MOST {
            mounted.secrets.push((path.clone(), arg.span()));
        }
        mounted.paths.push(path);
    }
    (options.is_complete && !mounted.secrets.is_empty()).then_some(mounted)
}

/// The first copy that a command leaves.
fn copied(linted: &Linted<'_>, call: &Call, mounted: &Mounted) -> Option<Diagnostic> {
    let CommandLine { script, commands } = CommandLine::of(call)?;
    let copy = copy(&commands, mounted)?;
    let (_, mount) = mounted.secrets.iter().find(|(path, _)| path == copy.secret)?;
    let message = format!(
        "secret `{}`: `{}` leaves a copy in the layer, at `{}`",
        copy.secret, copy.by, copy.to.text
    );
    let mut words = call.args.iter();
    let named = || words.find(|word| shown(word).as_deref() == Some(copy.secret));
    let arg = script.or_else(named)?;
    let span = linted.span_in(arg, copy.secret, copy.at);
    let lint = linted.in_text(&COPIED_SECRET, &call.path, arg, span, message);
    let lint = lint.label(*mount, "mounted here");
    Some(lint.help("mount it where it is read, or remove the copy in the same command"))
}

/// The first copy that stays.
fn copy<'c>(commands: &'c [Command], mounted: &'c Mounted) -> Option<Copy<'c>> {
    // The secret that the command before prints, and where it is named.
    let mut printed = None::<(&str, usize)>;
    let mut copies = 0;
    for (index, command) in commands.iter().enumerate() {
        let words = command.own_words();
        let Some((name, args)) = words.split_first() else { continue };
        let by = name.file_name();
        let is = |names: &[&str]| names.contains(&by);
        let piped = printed.filter(|_| command.piped);
        let reads = || {
            let mut read = args.iter().chain(&command.inputs);
            read.find_map(|word| mounted.named(word).filter(|_| is(PRINTS)))
        };
        let echoes = || {
            let mut echoed = args.iter().filter(|_| is(ECHOES));
            echoed.find_map(|word| mounted.substituted(word))
        };
        printed = reads().or_else(echoes).or(piped.filter(|_| is(PRINTS)));
        let (source, targets) = match printed {
            Some(source) => {
                let files = args.iter().filter(|word| by == "tee" && !word.text.starts_with('-'));
                (source, command.outputs.iter().chain(files).collect::<Vec<_>>())
            }
            None if is(COPIES) => {
                let Some((to, from)) = args.split_last() else { continue };
                let Some(source) = from.iter().find_map(|word| mounted.named(word)) else {
                    continue;
                };
                (source, vec![to])
            }
            None => continue,
        };
        let later = commands.get(index + 1..).unwrap_or_default();
        let earlier = commands.get(..index).unwrap_or_default();
        let stays =
            |to: &&&Word| mounted.is_in_layer(&to.text) && !is_removed(earlier, later, &to.text);
        if let Some(to) = targets.iter().take(MOST).find(stays) {
            return Some(Copy { secret: source.0, by, to, at: source.1 });
        }
        copies += 1;
        if copies == MOST {
            return None;
        }
    }
    None
}

/// Whether the file, or a directory that it is in, is removed again, or a `trap` before it will do so.
fn is_removed(earlier: &[Command], later: &[Command], to: &str) -> bool {
    let removes = |command: &&Command, names: &[&str]| {
        command.own_words().first().is_some_and(|name| names.contains(&name.text.as_str()))
    };
    let traps = earlier.iter().filter(|command| removes(command, &["trap"]));
    let removals = traps.chain(later.iter().filter(|command| removes(command, REMOVES)));
    let to = to.trim_end_matches('/');
    removals.flat_map(|command| &command.words).any(|word| {
        let removed = word.text.trim_end_matches('/');
        removed.contains(to) || !removed.is_empty() && to.starts_with(&format!("{removed}/"))
    })
}

impl Mounted {
    /// The secret whose path a word is.
    fn named(&self, word: &Word) -> Option<(&str, usize)> {
        let secret = self.secrets.iter().find(|(path, _)| *path == word.text);
        secret.map(|(path, _)| (path.as_str(), word.at))
    }

    /// The secret that a substitution in a word prints.
    fn substituted(&self, word: &Word) -> Option<(&str, usize)> {
        let secret = self.secrets.iter().find(|(path, _)| {
            let mut named = word.text.match_indices(path.as_str());
            named.any(|(at, _)| {
                let before = word.text.get(..at).unwrap_or_default();
                let before = before.trim_end_matches([' ', '"', '\'']);
                ["$(cat", "`cat", "$(<"].iter().any(|start| before.ends_with(start))
            })
        });
        secret.map(|(path, _)| (path.as_str(), word.at))
    }

    /// Whether a path is certainly part of the layer; with a variable in it that is not known.
    fn is_in_layer(&self, path: &str) -> bool {
        let home = path.strip_prefix("$HOME").or_else(|| path.strip_prefix('~'));
        let path = home.unwrap_or(path);
        let known = path.starts_with('/') && !path.contains(['$', '`', HOLE]);
        let below = |mount: &str| {
            let mount = mount.trim_end_matches('/');
            path.strip_prefix(mount).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        known
            && (home.is_some()
                || !self.paths.iter().map(String::as_str).chain(["/dev", "/proc"]).any(below))
    }
}
