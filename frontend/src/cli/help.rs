use super::command::{COMMANDS, Command};

const NAME: &str = "hlb-frontend";

/// The name and version of the program.
pub(super) fn version() -> String {
    format!("{NAME} {}\n", env!("CARGO_PKG_VERSION"))
}

/// What the program is and which commands it has.
pub(super) fn overview() -> String {
    let mut out = format!(
        "{NAME} {}: the BuildKit frontend for HLB, and HLB's tools\n\n\
         In a build, BuildKit starts it from an image, for a file that begins with\n\
         `# syntax=REGISTRY/{NAME}`. Started by hand:\n\n\
         Usage: {NAME} COMMAND [OPTION…]\n\nCommands:\n",
        env!("CARGO_PKG_VERSION")
    );
    let rows = COMMANDS.iter().map(|it| (format!("{} {}", it.name, it.operands), it.summary));
    out += &columns(rows.collect());
    out += "\nOptions:\n";
    out += &columns(vec![
        ("--help".to_owned(), "Print this help, or with a command that command's"),
        ("--version".to_owned(), "Print the version"),
    ]);
    out += "\nExit code: 0 fine, 1 errors in the program, 2 usage or I/O error\n";
    out
}

/// What a command does and its options.
pub(super) fn of_command(command: &Command) -> String {
    let Command { name, summary, operands, options, .. } = command;
    let mut out = format!("{summary}\n\nUsage: {NAME} {name} [OPTION…] {operands}\n\nOptions:\n");
    let rows = options.iter().map(|option| match option.value {
        None => (format!("--{}", option.name), option.summary),
        Some(value) => (format!("--{} {value}", option.name), option.summary),
    });
    out += &columns(rows.chain([("--help".to_owned(), "Print this help")]).collect());
    out
}

/// Two columns, the left as wide as its widest cell.
fn columns(rows: Vec<(String, &str)>) -> String {
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or_default();
    rows.iter().map(|(left, right)| format!("  {left:width$}  {right}\n")).collect()
}
