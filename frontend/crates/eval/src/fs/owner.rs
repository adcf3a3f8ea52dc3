use hlb_syntax::diagnostic::Diagnostic;
use llb::{Owner, User};

use crate::{Builtin, Call};

/// Reads `USER[:GROUP]` as `chown` takes it: numbers and `root` are ids, everything else is a name (language spec,
/// section 5.2, `copy`).
pub fn owner(call: &Call, chown: &'static Builtin) -> Result<Owner, Diagnostic> {
    let Some(setting) = call.option_call(chown) else { return Ok(Owner::default()) };
    let text = setting.string("owner");
    let (user, group) = match text.split_once(':') {
        None => (text, None),
        Some((user, group)) => (user, Some(group)),
    };
    if user.is_empty() || group.is_some_and(|group| group.is_empty() || group.contains(':')) {
        return Err(
            setting.invalid("owner", format!("expected `USER` or `USER:GROUP`, found `{text}`"))
        );
    }
    Ok(Owner { user: Some(name_or_id(user)), group: group.map(name_or_id) })
}

fn name_or_id(text: &str) -> User {
    match text.parse() {
        Ok(id) => User::Id(id),
        Err(_) if text == "root" => User::Id(0),
        Err(_) => User::Name(text.to_owned()),
    }
}

/// Reads the time of `createdTime`, in nanoseconds since the epoch.
pub fn created_time(call: &Call, option: &'static Builtin) -> Result<Option<i64>, Diagnostic> {
    use time::OffsetDateTime;
    use time::format_description::well_known::Rfc3339;

    let Some(setting) = call.option_call(option) else { return Ok(None) };
    let text = setting.string("created");
    let time = OffsetDateTime::parse(text, &Rfc3339).ok();
    let nanos = time.and_then(|time| i64::try_from(time.unix_timestamp_nanos()).ok());
    match nanos {
        Some(nanos) => Ok(Some(nanos)),
        None => Err(setting.invalid(
            "created",
            format!("expected a time such as `2024-05-01T12:00:00Z`, found `{text}`"),
        )),
    }
}
