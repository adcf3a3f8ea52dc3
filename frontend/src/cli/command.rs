use super::arguments::{Arguments, Opt};
use super::{Exit, builtins, check, fmt, llb, summary};

/// What a person can ask for.
pub(super) struct Command {
    pub name: &'static str,
    /// A verb phrase of at most 70 columns, without a full stop.
    pub summary: &'static str,
    /// What may follow the name, such as `FILE…`.
    pub operands: &'static str,
    pub options: &'static [&'static Opt],
    pub run: fn(Arguments) -> anyhow::Result<Exit>,
}

/// All commands, in the order of their help.
pub(super) static COMMANDS: &[&Command] =
    &[&check::CHECK, &check::LINT, &fmt::FMT, &llb::LLB, &builtins::BUILTINS, &summary::SUMMARY];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_fit_the_help() {
        for command in COMMANDS {
            let summaries = command.options.iter().map(|option| option.summary);
            for summary in summaries.chain([command.summary]) {
                assert!(summary.chars().count() <= 70, "{summary}");
                assert!(!summary.ends_with('.'), "{summary}");
                assert!(summary.starts_with(char::is_uppercase), "{summary}");
            }
        }
    }
}
