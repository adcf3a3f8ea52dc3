//! The flags of a Dockerfile's instructions.

use std::fmt;

use super::shown::quoted;

/// What a flag is here.
#[derive(Debug, PartialEq)]
pub enum Flag {
    Option(OptionCall),
    /// The first argument of a `copy`.
    Input(String),
    /// What to do instead, or that there is nothing to do.
    Advice(String),
}

/// An option with its arguments as they are written.
#[derive(Debug, PartialEq)]
pub struct OptionCall {
    name: &'static str,
    args: Vec<String>,
    /// The option of this option.
    with: Option<&'static str>,
}

impl Flag {
    /// Reads a flag such as `--chown=1:1`; `None` if no instruction has it.
    pub fn parse(flag: &str) -> Option<Self> {
        let flag = flag.strip_prefix("--")?;
        let (name, value) = flag.split_once('=').unwrap_or((flag, ""));
        let (_, meant) = FLAGS.iter().find(|(known, _)| *known == name)?;
        Some(meant(value.trim_matches(['"', '\''])))
    }

    /// The help for a flag where no statement with it can be shown.
    pub fn help(&self) -> String {
        match self {
            Self::Option(option) => {
                let with = with_clause(std::slice::from_ref(&option));
                format!("write an option at the end of the statement: `{with}`")
            }
            Self::Input(input) => format!("write `{input}` as the first argument"),
            Self::Advice(advice) => advice.clone(),
        }
    }
}

/// The clause that gives a call some options; the empty text for none.
pub(super) fn with_clause(options: &[&OptionCall]) -> String {
    match options {
        [] => String::new(),
        [OptionCall { name, args, with: None }] if args.is_empty() => format!("with {name}"),
        [OptionCall { name, args, with: None }] => format!("with {name}({})", args.join(", ")),
        options => {
            let options: Vec<String> = options.iter().map(|it| it.to_string()).collect();
            format!("with option {{ {} }}", options.join("; "))
        }
    }
}

impl fmt::Display for OptionCall {
    /// Writes it as a statement.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)?;
        self.args.iter().try_for_each(|arg| write!(f, " {arg}"))?;
        self.with.map_or(Ok(()), |option| write!(f, " with {option}"))
    }
}

/// What a flag means, given its value.
type Meaning = fn(&str) -> Flag;

static FLAGS: &[(&str, Meaning)] = &[
    ("mount", mount),
    ("from", |from| Flag::Input(input(from))),
    ("network", |mode| match mode {
        "default" => Flag::Advice("remove `--network`: this is the default".to_owned()),
        mode => option("network", [quoted(mode)]),
    }),
    ("security", |mode| option("security", [quoted(mode)])),
    ("chown", |owner| option("chown", [quoted(owner)])),
    ("chmod", |mode| match mode.trim_start_matches('0') {
        bits if !bits.is_empty() && bits.bytes().all(|it| matches!(it, b'0'..=b'7')) => {
            option("chmod", [format!("0o{bits}")])
        }
        _ => option("chmod", ["0o…".to_owned()]),
    }),
    ("platform", |platform| match platform.split_once('/') {
        Some((os, arch)) => option("platform", [quoted(os), quoted(arch)]),
        None => {
            Flag::Advice("remove `--platform`: it is the platform that is built for".to_owned())
        }
    }),
    ("checksum", |digest| {
        Flag::Advice(format!("give the source `http` the option `checksum {}`", quoted(digest)))
    }),
    ("keep-git-dir", |_| Flag::Advice("give the source `git` the option `keepGitDir`".to_owned())),
    ("unpack", |_| option("unpack", [])),
    ("exclude", |pattern| option("excludePatterns", [quoted(pattern)])),
    ("parents", |_| option("createDestPath", [])),
    ("link", |_| {
        let advice = "remove `--link`, or `merge` a filesystem that has only the files";
        Flag::Advice(advice.to_owned())
    }),
];

fn option<const N: usize>(name: &'static str, args: [String; N]) -> Flag {
    Flag::Option(OptionCall { name, args: args.into(), with: None })
}

/// The option for a `--mount=type=…`.
fn mount(value: &str) -> Flag {
    let field = |names: &[&str]| {
        let fields = value.split(',').filter_map(|field| field.split_once('='));
        fields.filter(|(name, _)| names.contains(name)).map(|(_, value)| value).next_back()
    };
    let target = field(&["target", "dst", "destination"]);
    let path = quoted(target.unwrap_or("/…"));
    match field(&["type"]) {
        Some("cache") => option("cacheMount", [path]),
        Some("tmpfs") => {
            let args = vec!["scratch".to_owned(), path];
            Flag::Option(OptionCall { name: "mount", args, with: Some("tmpfs") })
        }
        Some("ssh") => option("ssh", []),
        Some("secret") => {
            let id = field(&["id"]).unwrap_or("…");
            let file = target.map_or_else(|| format!("/run/secrets/{id}"), str::to_owned);
            option("secret", [quoted(id), quoted(&file)])
        }
        _ => option("mount", [field(&["from"]).map_or_else(context, input), path]),
    }
}

/// The build context.
pub(super) fn context() -> String {
    "local(\".\")".to_owned()
}

/// What a `from` names: a stage, which is a function, or an image.
fn input(from: &str) -> String {
    if is_name(from) { from.to_owned() } else { format!("image({})", quoted(from)) }
}

/// Whether a text can be the name of a function.
pub(super) fn is_name(text: &str) -> bool {
    let is_word = |it: u8| it.is_ascii_alphanumeric() || it == b'_';
    let is_number = text.starts_with(|it: char| it.is_ascii_digit());
    !text.is_empty() && text.bytes().all(is_word) && !is_number
}
