use std::ffi::OsString;

use lexopt::{Arg, Parser};

use super::exit::Usage;

/// An option of a command.
pub(super) struct Opt {
    /// Without the dashes.
    pub name: &'static str,
    /// The name of its value in the help; `None` if it takes none.
    pub value: Option<&'static str>,
    /// A verb phrase of at most 70 columns, without a full stop.
    pub summary: &'static str,
}

/// What follows the name of a command.
pub(super) struct Arguments {
    parser: Parser,
    options: &'static [&'static Opt],
}

/// One argument.
pub(super) enum Given {
    /// An option of the table, and its value, which is empty for one that takes none.
    Option(&'static str, String),
    /// A file, a directory, or `-`.
    Operand(OsString),
}

impl Arguments {
    pub fn new(arguments: Vec<OsString>, options: &'static [&'static Opt]) -> Self {
        Self { parser: Parser::from_args(arguments), options }
    }

    /// The next argument; what is not in the table is an error.
    pub fn next(&mut self) -> anyhow::Result<Option<Given>> {
        let name = match self.parser.next()? {
            None => return Ok(None),
            Some(Arg::Value(operand)) => return Ok(Some(Given::Operand(operand))),
            Some(Arg::Short(short)) => return Err(self.unknown(&format!("-{short}")).into()),
            Some(Arg::Long(name)) => name.to_owned(),
        };
        let Some(option) = self.options.iter().find(|option| option.name == name) else {
            return Err(self.unknown(&format!("--{name}")).into());
        };
        let value = match option.value {
            None => String::new(),
            Some(_) => {
                let not_text = |_| Usage::new(format!("value of `--{name}` is not UTF-8 text"));
                self.parser.value()?.into_string().map_err(not_text)?
            }
        };
        Ok(Some(Given::Option(option.name, value)))
    }

    fn unknown(&self, found: &str) -> Usage {
        let names = self.options.iter().map(|option| format!("--{}", option.name));
        let known: Vec<String> = names.chain(["--help".to_owned()]).collect();
        Usage::unknown("option", found, &known.iter().map(String::as_str).collect::<Vec<_>>())
    }
}
