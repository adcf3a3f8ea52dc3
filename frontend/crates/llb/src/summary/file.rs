use gateway_proto::pb;

use super::{Lines, Names, switches, word};
use crate::vertex::{SKIP_OUTPUT, digest};

/// Longer contents stand as length and digest.
const MAX_SHOWN_BYTES: usize = 200;

pub fn describe(file: &pb::FileOp, op: &pb::Op, names: &Names) -> Lines {
    let base = file.actions.first().map_or_else(String::new, |first| names.input(op, first.input));
    let mut lines = Lines::new(format!("file <- {base}"));
    for (position, action) in file.actions.iter().enumerate() {
        let mut words = action.action.as_ref().map_or_else(
            || vec!["unknown action".to_owned()],
            |it| describe_action(it, action, op, names),
        );
        // What a chain does anyway goes without saying.
        let chained = (op.inputs.len() + position) as i64 - 1;
        if position > 0 && action.input != chained {
            words.push(format!("on {}", names.input(op, action.input)));
        }
        let last = position + 1 == file.actions.len();
        if action.output != if last { 0 } else { SKIP_OUTPUT } {
            words.push(format!("(output {})", action.output));
        }
        lines.details.push(words.join(" "));
    }
    lines
}

fn describe_action(
    kind: &pb::file_action::Action,
    action: &pb::FileAction,
    op: &pb::Op,
    names: &Names,
) -> Vec<String> {
    use pb::file_action::Action;
    match kind {
        Action::Mkdir(mkdir) => {
            let mut words = vec![format!("mkdir {} {}", word(&mkdir.path), mode(mkdir.mode))];
            words.extend(switches([(mkdir.make_parents, "parents")]));
            words.extend(owner(mkdir.owner.as_ref(), op, names));
            words.extend(timestamp(mkdir.timestamp));
            words
        }
        Action::Mkfile(mkfile) => {
            let mut words = vec![format!("mkfile {} {}", word(&mkfile.path), mode(mkfile.mode))];
            words.push(contents(&mkfile.data));
            words.extend(owner(mkfile.owner.as_ref(), op, names));
            words.extend(timestamp(mkfile.timestamp));
            words
        }
        Action::Rm(rm) => {
            let mut words = vec![format!("rm {}", word(&rm.path))];
            words.extend(switches([
                (rm.allow_not_found, "allow-not-found"),
                (rm.allow_wildcard, "allow-wildcard"),
            ]));
            words
        }
        Action::Copy(copy) => {
            let from = names.input(op, action.secondary_input);
            let mut words = vec![format!("copy {from} {} {}", word(&copy.src), word(&copy.dest))];
            words.extend(copy_options(copy));
            words.extend(owner(copy.owner.as_ref(), op, names));
            words.extend(timestamp(copy.timestamp));
            words
        }
        Action::Symlink(symlink) => {
            let mut words =
                vec![format!("symlink {} -> {}", word(&symlink.newpath), word(&symlink.oldpath))];
            words.extend(owner(symlink.owner.as_ref(), op, names));
            words.extend(timestamp(symlink.timestamp));
            words
        }
    }
}

fn copy_options(copy: &pb::FileActionCopy) -> Vec<String> {
    let mut words = switches([
        (copy.follow_symlink, "follow-symlink"),
        (copy.dir_copy_contents, "contents"),
        (copy.attempt_unpack_docker_compatibility, "unpack"),
        (copy.create_dest_path, "create-dest-path"),
        (copy.allow_wildcard, "allow-wildcard"),
        (copy.allow_empty_wildcard, "allow-empty-wildcard"),
        (copy.always_replace_existing_dest_paths, "replace"),
    ]);
    for (what, patterns) in [
        ("include", &copy.include_patterns),
        ("exclude", &copy.exclude_patterns),
        ("required", &copy.required_paths),
    ] {
        words.extend((!patterns.is_empty()).then(|| format!("{what} {patterns:?}")));
    }
    match (copy.mode_str.as_str(), copy.mode) {
        ("", -1) => {}
        ("", bits) => words.push(format!("mode {}", mode(bits))),
        (expression, _) => words.push(format!("mode {}", word(expression))),
    }
    words
}

fn mode(bits: i32) -> String {
    format!("{bits:04o}")
}

fn contents(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) if data.len() <= MAX_SHOWN_BYTES => format!("{text:?}"),
        _ => format!("{} bytes {}", data.len(), digest(data)),
    }
}

fn owner(owner: Option<&pb::ChownOpt>, op: &pb::Op, names: &Names) -> Option<String> {
    let owner = owner?;
    let [user, group] = [&owner.user, &owner.group].map(|it| user(it.as_ref(), op, names));
    Some(format!("owner {user}:{group}"))
}

/// A number, or a name with the filesystem that it is looked up in; nothing if the action decides.
fn user(user: Option<&pb::UserOpt>, op: &pb::Op, names: &Names) -> String {
    use pb::user_opt::User;
    match user.and_then(|user| user.user.as_ref()) {
        None => String::new(),
        Some(User::ById(id)) => id.to_string(),
        Some(User::ByName(it)) => format!("{}({})", word(&it.name), names.input(op, it.input)),
    }
}

fn timestamp(nanoseconds: i64) -> Option<String> {
    (nanoseconds != -1).then(|| format!("timestamp {nanoseconds}"))
}
