//! What commands of package managers do, by their words.

use super::shell::{Command, Word};

/// What a command does with packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Does {
    /// Installs what its arguments name, or asks a server what there is.
    Installs,
    /// Installs what files of a project name.
    InstallsProject,
    /// Replaces what is installed by what is newest.
    Upgrades,
}

struct Manager {
    programs: &'static [&'static str],
    verbs: &'static [(Does, &'static [&'static str])],
}

use Does::{Installs, InstallsProject, Upgrades};

static MANAGERS: &[Manager] = &[
    Manager {
        programs: &["apt", "apt-get"],
        verbs: &[
            (Installs, &["install", "update"]),
            (Upgrades, &["dist-upgrade", "full-upgrade", "upgrade"]),
        ],
    },
    Manager {
        programs: &["apk"],
        verbs: &[(Installs, &["add", "update"]), (Upgrades, &["upgrade"])],
    },
    Manager {
        programs: &["dnf", "dnf5", "microdnf", "tdnf", "yum"],
        verbs: &[(Installs, &["install", "makecache"]), (Upgrades, &["update", "upgrade"])],
    },
    Manager {
        programs: &["zypper"],
        verbs: &[
            (Installs, &["in", "install", "ref", "refresh"]),
            (Upgrades, &["dist-upgrade", "dup", "patch", "up", "update"]),
        ],
    },
    Manager { programs: &["npm", "pnpm"], verbs: &[(InstallsProject, &["ci", "i", "install"])] },
    Manager { programs: &["yarn"], verbs: &[(InstallsProject, &["install"])] },
    Manager { programs: &["pip", "pip3"], verbs: &[(InstallsProject, &["install"])] },
    Manager { programs: &["go"], verbs: &[(InstallsProject, &["mod"])] },
    Manager { programs: &["cargo"], verbs: &[(InstallsProject, &["fetch"])] },
    Manager { programs: &["bundle", "composer"], verbs: &[(InstallsProject, &["install"])] },
];

/// Options of these programs that have a value as the next word.
const WITH_VALUE: &[&str] = &["-X", "-a", "-c", "-o", "-p", "-t", "-x", "--repository", "--root"];

/// A command of a package manager.
pub(super) struct Managed<'c> {
    pub does: Does,
    pub program: &'c Word,
    pub verb: &'c Word,
}

impl<'c> Managed<'c> {
    pub fn of(command: &'c Command) -> Option<Self> {
        let (program, args) = command.own_words().split_first()?;
        let is_it = |it: &&Manager| it.programs.contains(&program.file_name());
        let manager = MANAGERS.iter().find(is_it)?;
        let mut args = args.iter();
        let verb = loop {
            let word = args.next()?;
            if WITH_VALUE.contains(&&*word.text) {
                args.next();
            } else if !word.text.starts_with('-') {
                break word;
            }
        };
        let (does, _) = manager.verbs.iter().find(|(_, verbs)| verbs.contains(&&*verb.text))?;
        Some(Self { does: *does, program, verb })
    }
}

#[cfg(test)]
mod tests {
    use super::super::shell::commands;
    use super::*;

    #[test]
    fn what_commands_do() {
        for (line, expected) in [
            ("apt-get upgrade -y", Some(Upgrades)),
            ("DEBIAN_FRONTEND=noninteractive apt-get -y -o A=b dist-upgrade", Some(Upgrades)),
            ("sudo /usr/bin/apt full-upgrade", Some(Upgrades)),
            ("apk -U upgrade", Some(Upgrades)),
            ("yum -y update curl", Some(Upgrades)),
            ("apt-get install upgrade", Some(Installs)),
            ("apk add --upgrade curl", Some(Installs)),
            ("npm ci", Some(InstallsProject)),
            ("apt-get -o", None),
            ("apt-get", None),
            ("apt-get clean", None),
            ("npm upgrade", None),
            ("echo apt-get upgrade", None),
        ] {
            let commands = commands(line);
            let does = commands.first().and_then(Managed::of).map(|it| it.does);
            assert_eq!(does, expected, "{line}");
        }
    }
}
