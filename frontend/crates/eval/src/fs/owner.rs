use std::fmt::Display;

use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::Diagnostic;
use llb::{Owner, State, User};

use crate::{Builtin, Call};

/// The owner that an option `chown` gives; `base` is the filesystem in which names are looked up.
pub fn owner(call: &Call, chown: &'static Builtin, base: &State) -> Result<Owner, Diagnostic> {
    let Some(setting) = call.option_call(chown) else { return Ok(Owner::default()) };
    let owner = setting.read("owner", read_owner)?;
    let named = [&owner.user, &owner.group].into_iter().find_map(|user| match user {
        Some(User::Name(name)) => Some(name),
        _ => None,
    });
    match named {
        Some(name) if *base == State::Scratch => {
            let problem =
                format!("an empty filesystem has no users, so nothing knows the name `{name}`");
            Err(setting.invalid("owner", problem).help("write ids, as in `1000:1000`"))
        }
        _ => Ok(owner),
    }
}

/// Reads `USER[:GROUP]` as `chown` takes it: numbers and `root` are ids, everything else is a name (language spec,
/// section 5.2, `copy`).
pub fn read_owner(text: &str, site: &ArgSite) -> Result<Owner, Diagnostic> {
    let (user, group) = match text.split_once(':') {
        None => (text, None),
        Some((user, group)) => (user, Some(group)),
    };
    if user.is_empty() || group.is_some_and(|group| group.is_empty() || group.contains(':')) {
        return Err(site.invalid(format!("expected `USER` or `USER:GROUP`, found `{text}`")));
    }
    let group = group.map(|group| name_or_id(group, site)).transpose()?;
    Ok(Owner { user: Some(name_or_id(user, site)?), group })
}

fn name_or_id(text: &str, site: &ArgSite) -> Result<User, Diagnostic> {
    // What looks like a number and is out of range is no name, for no user database has one like that.
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let id = text.parse().ok().filter(|id| *id < NO_ID);
        return id.map(User::Id).ok_or_else(|| out_of_range(text, site));
    }
    match text {
        "root" => Ok(User::Id(0)),
        _ => Ok(User::Name(text.to_owned())),
    }
}

/// Reads the id of a user or a group.
pub fn id(found: i64, site: &ArgSite) -> Result<u32, Diagnostic> {
    let id = u32::try_from(found).ok().filter(|id| *id < NO_ID);
    id.ok_or_else(|| out_of_range(found, site))
}

fn out_of_range(found: impl Display, site: &ArgSite) -> Diagnostic {
    site.invalid(format!("expected an id from 0 to {}, found `{found}`", NO_ID - 1))
}

/// What means "no change" to the kernel (chown(2)).
const NO_ID: u32 = u32::MAX;

/// Checks `USER[:GROUP]` as a command runs as it; an empty text is no user.
pub fn check_user(text: &str, site: &ArgSite) -> Result<(), Diagnostic> {
    if text.is_empty() { Ok(()) } else { read_owner(text, site).map(drop) }
}

/// The time that an option `createdTime` gives.
pub fn created_time(call: &Call, option: &'static Builtin) -> Result<Option<i64>, Diagnostic> {
    call.option_call(option).map(|setting| setting.read("created", read_time)).transpose()
}

/// Reads a time of RFC 3339, in nanoseconds since the epoch.
pub fn read_time(text: &str, site: &ArgSite) -> Result<i64, Diagnostic> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    let time = OffsetDateTime::parse(text, &Rfc3339).ok();
    let nanos = time.and_then(|time| i64::try_from(time.unix_timestamp_nanos()).ok());
    nanos.ok_or_else(|| {
        site.invalid(format!("expected a time such as `2024-05-01T12:00:00Z`, found `{text}`"))
    })
}
