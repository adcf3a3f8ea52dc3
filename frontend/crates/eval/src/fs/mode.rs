//! Permission bits, as a number or as `chmod` takes them.

use hlb_program::builtin::{ArgSite, Kind, Meaning, Param};
use hlb_syntax::diagnostic::Diagnostic;

use crate::Call;

/// The mode of a file, as a program gives it.
pub enum Mode {
    Bits(u32),
    Symbolic(Symbolic),
}

/// A mode as in `u=rwX,go=rX`: what changes, one step after another.
pub struct Symbolic {
    text: String,
    steps: Vec<Step>,
}

/// What a mode is for: where a symbolic one starts, and what `X` means in it.
#[derive(Clone, Copy)]
pub enum Of {
    /// A file that nobody but its owner can read unless the program says so.
    PrivateFile,
    /// The same of one that nobody writes.
    SecretFile,
    /// A directory that everybody can read.
    Directory,
}

struct Step {
    /// The bits of the users that are meant.
    who: u32,
    operator: char,
    change: Change,
}

enum Change {
    /// Of all users; `X` is resolved when it is applied.
    Bits { bits: u32, search: Search },
    /// What a class has; the number of its lowest bit.
    Copy(u32),
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Search {
    Absent,
    /// `X`: execution, for directories and for what somebody may execute already.
    Present,
}

/// The parameter for the mode of something that is made.
pub const BITS: Param =
    Param::new("mode", Kind::Int, "permission bits of up to four octal digits, such as `0o755`")
        .about(Meaning::Mode)
        .ints_checked_by(|bits, site| twelve_bits(bits, site).map(drop));

/// The parameter for a mode that something has already, and that changes.
pub const MODE: Param = Param::new(
    "mode",
    Kind::IntOrString,
    "permission bits such as `0o755`, or letters as `chmod` takes them, such \
     as `u=rwX,go=rX`",
)
.checked_by(|text, site| parse(text, site).map(drop))
.about(Meaning::Mode)
.ints_checked_by(|bits, site| twelve_bits(bits, site).map(drop));

/// The parameter for the mode of what a command mounts, which has nine bits: the daemon drops the others
/// (BuildKit 0.13 and 0.32, `solver/llbsolver/mounts/mount.go`, and `solver/llbsolver/file/backend.go` for a new cache).
pub const MOUNT_MODE: Param = Param::new(
    "mode",
    Kind::IntOrString,
    "permission bits such as `0o400`, or letters as `chmod` takes them, such \
     as `u=r`",
)
.checked_by(|text, site| parse(text, site).map(drop))
.about(Meaning::Mode)
.ints_checked_by(|bits, site| nine_bits(bits, site).map(drop));

/// Bits that are neither permissions nor one of the three special ones.
const ALL: u32 = 0o7777;

impl Of {
    /// The mode that it has if the program gives none.
    pub fn initial(self) -> u32 {
        match self {
            Self::PrivateFile => 0o600,
            Self::SecretFile => 0o400,
            Self::Directory => 0o755,
        }
    }
}

impl Mode {
    /// The bits of something that is made, which a call gives.
    pub fn of_new(call: &Call) -> Result<u32, Diagnostic> {
        call.read_int("mode", twelve_bits)
    }

    /// The mode that a call gives.
    pub fn of(call: &Call) -> Result<Self, Diagnostic> {
        if call.is_string("mode") {
            return call.read("mode", parse);
        }
        call.read_int("mode", twelve_bits).map(Self::Bits)
    }

    /// The mode of a mount, which has nine bits.
    pub fn of_mount(call: &Call, of: Of) -> Result<u32, Diagnostic> {
        let bits = Self::of(call)?.bits(of);
        nine_bits(bits.into(), &call.site("mode"))
    }

    /// The bits of something new.
    pub fn bits(&self, of: Of) -> u32 {
        match self {
            Self::Bits(bits) => *bits,
            Self::Symbolic(symbolic) => symbolic.bits(of),
        }
    }
}

impl Symbolic {
    /// As the program has it.
    pub fn into_text(self) -> String {
        self.text
    }

    fn bits(&self, of: Of) -> u32 {
        self.steps.iter().fold(of.initial(), |mode, step| step.apply(mode))
    }
}

impl Step {
    fn apply(&self, mode: u32) -> u32 {
        let bits = match self.change {
            Change::Copy(shift) => {
                let class = mode >> shift & 0o7;
                class << 6 | class << 3 | class
            }
            Change::Bits { bits, search } => {
                let executes = search == Search::Present && mode & 0o111 != 0;
                let search = if executes { 0o111 } else { 0 };
                bits | search
            }
        };
        let bits = bits & self.who;
        match self.operator {
            '+' => mode | bits,
            '-' => mode & !bits,
            _ => mode & !self.who | bits,
        }
    }
}

fn twelve_bits(found: i64, site: &ArgSite) -> Result<u32, Diagnostic> {
    up_to(ALL, found, site)
}

fn nine_bits(found: i64, site: &ArgSite) -> Result<u32, Diagnostic> {
    up_to(0o777, found, site)
}

fn up_to(most: u32, found: i64, site: &ArgSite) -> Result<u32, Diagnostic> {
    match u32::try_from(found) {
        Ok(bits) if bits <= most => Ok(bits),
        _ => {
            // Bits that were meant to be octal and are not are seen best in octal.
            let shown = match u64::try_from(found) {
                Ok(bits) => format!("{bits:#o}"),
                Err(_) => found.to_string(),
            };
            let problem = format!("expected permission bits up to `{most:#o}`, found `{shown}`");
            let error = site.invalid(problem);
            // Perhaps it was written as if it were octal.
            let digits = found.to_string();
            let meant = u32::from_str_radix(&digits, 8).ok().filter(|meant| *meant <= most);
            Err(match meant.filter(|_| digits.len() >= 3) {
                Some(_) => error.help(format!("write `0o{digits}` for an octal number")),
                None => error,
            })
        }
    }
}

/// Reads octal digits, or a symbolic mode as POSIX has it: `[ugoa]*([-+=]([rwxXst]*|[ugo]))+`, with commas between.
fn parse(text: &str, site: &ArgSite) -> Result<Mode, Diagnostic> {
    let digits = text.strip_prefix("0o").unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7')) {
        let found = i64::from_str_radix(digits, 8).unwrap_or(i64::MAX);
        return twelve_bits(found, site).map(Mode::Bits);
    }
    let mut steps = Vec::new();
    for clause in text.split(',') {
        if read_clause(clause, &mut steps).is_none() {
            let problem =
                format!("expected a mode such as `0o755` or `u=rwX,go=rX`, found `{text}`");
            return Err(site.invalid(problem));
        }
    }
    Ok(Mode::Symbolic(Symbolic { text: text.to_owned(), steps }))
}

fn read_clause(clause: &str, steps: &mut Vec<Step>) -> Option<()> {
    let start = clause.find(['+', '-', '='])?;
    let (users, mut rest) = clause.split_at(start);
    let who = match users {
        "" => ALL,
        users => users.chars().try_fold(0, |who, user| Some(who | class(user)?))?,
    };
    while let Some(operator) = rest.chars().next() {
        let after = rest.get(1..)?;
        let end = after.find(['+', '-', '=']).unwrap_or(after.len());
        let (permissions, next) = after.split_at(end);
        steps.push(Step { who, operator, change: change(permissions)? });
        rest = next;
    }
    Some(())
}

/// The bits of a class of users, each with the special bit that goes with it.
fn class(user: char) -> Option<u32> {
    Some(match user {
        'u' => 0o4700,
        'g' => 0o2070,
        'o' => 0o1007,
        'a' => ALL,
        _ => return None,
    })
}

fn change(permissions: &str) -> Option<Change> {
    match permissions {
        "u" => return Some(Change::Copy(6)),
        "g" => return Some(Change::Copy(3)),
        "o" => return Some(Change::Copy(0)),
        _ => {}
    }
    let (mut bits, mut search) = (0, Search::Absent);
    for permission in permissions.chars() {
        match permission {
            'r' => bits |= 0o444,
            'w' => bits |= 0o222,
            'x' => bits |= 0o111,
            's' => bits |= 0o6000,
            't' => bits |= 0o1000,
            'X' => search = Search::Present,
            _ => return None,
        }
    }
    Some(Change::Bits { bits, search })
}

#[cfg(test)]
mod tests {
    use hlb_syntax::source::{Sources, Span};

    use super::*;

    fn read(text: &str) -> Result<Mode, Diagnostic> {
        let span = Span::new(Sources::default().add("a.hlb", ""), 0, 0);
        parse(text, &ArgSite { builtin: "chmod", param: "mode", span })
    }

    #[test]
    fn symbolic_modes_are_those_of_chmod() {
        for (text, bits) in [
            ("u=rwX,go=rX", 0o644),
            ("u+x,go=X", 0o711),
            ("a+x", 0o711),
            ("+t", 0o1600),
            ("u+s,g+s", 0o6600),
            ("a=rwx,go-w", 0o755),
            ("g=u,o=", 0o660),
            ("u=rw+x-r", 0o300),
            ("0755", 0o755),
            ("0o4755", 0o4755),
        ] {
            let mode = read(text).unwrap_or_else(|_| panic!("{text} is a mode"));
            assert_eq!(mode.bits(Of::PrivateFile), bits, "{text}");
        }
    }

    #[test]
    fn what_chmod_refuses_is_refused() {
        for text in ["", "u", "rwx", "u=q", "z+x", "u=ur", "u=r,", "0888", "77777"] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
