//! The statements of other languages.

/// The help for a word that begins a statement in other languages; `None` for any other.
pub fn statement(word: &str) -> Option<&'static str> {
    STATEMENTS.iter().find(|(known, _)| *known == word).map(|(_, help)| *help)
}

const CONDITION: &str = "write a function for each case: HLB has no conditions";
const LOOP: &str = "write a statement for each case: HLB has no loops";
const RESULT: &str = "remove it: the last statement makes the result";
const VARIABLE: &str = "declare a function that returns the value: HLB has no variables";

static STATEMENTS: &[(&str, &str)] = &[
    ("if", CONDITION),
    ("elif", CONDITION),
    ("else", CONDITION),
    ("unless", CONDITION),
    ("switch", CONDITION),
    ("case", CONDITION),
    ("match", CONDITION),
    ("for", LOOP),
    ("foreach", LOOP),
    ("while", LOOP),
    ("until", LOOP),
    ("return", RESULT),
    ("yield", RESULT),
    ("let", VARIABLE),
    ("const", VARIABLE),
    ("var", VARIABLE),
    ("val", VARIABLE),
    ("export", "write `env \"NAME\" \"VALUE\"`"),
    ("pass", "remove it: an empty block is `{}`"),
    ("try", "remove it: a statement that fails ends the build"),
    ("throw", "remove it: a statement that fails ends the build"),
    ("raise", "remove it: a statement that fails ends the build"),
    ("from", "write what to copy from as the first argument, without `from`"),
];

/// Whether a word is the name of a command that is often the first of a line, and is no builtin.
pub fn is_shell_command(word: &str) -> bool {
    COMMANDS.contains(&word)
}

const COMMANDS: &[&str] = &[
    "adduser", "apk", "apt", "bash", "bundle", "cargo", "cat", "cd", "chmod", "chown", "cp",
    "curl", "dnf", "docker", "echo", "gem", "go", "gradle", "groupadd", "install", "ln", "ls",
    "make", "mv", "mvn", "node", "npm", "npx", "pip", "pip3", "pnpm", "poetry", "printf", "pwd",
    "python", "python3", "sed", "set", "sh", "source", "sudo", "tar", "touch", "unzip", "useradd",
    "wget", "yarn", "yum",
];
