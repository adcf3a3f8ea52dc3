use std::net::IpAddr;

use llb::{HostIp, NetMode, ResolveMode, Ulimit, csv_record};

/// Docker's names of resource limits (`docker/go-units` 0.5, `ulimit.go`).
const ULIMIT_NAMES: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// Reads `default`, `pull` or `local`.
pub(super) fn resolve_mode(text: &str) -> Option<ResolveMode> {
    match text {
        "default" => Some(ResolveMode::Default),
        "pull" => Some(ResolveMode::ForcePull),
        "local" => Some(ResolveMode::PreferLocal),
        _ => None,
    }
}

/// Reads `sandbox`, `host` or `none`.
pub(super) fn net_mode(text: &str) -> Option<NetMode> {
    match text {
        "sandbox" => Some(NetMode::Unset),
        "host" => Some(NetMode::Host),
        "none" => Some(NetMode::None),
        _ => None,
    }
}

/// Reads a CSV record of `host=ip`; case does not matter, and a host may have several addresses.
pub(super) fn hosts(text: &str) -> Result<Vec<HostIp>, String> {
    let fields = csv_record(text).ok_or("expected comma-separated `host=ip`")?;
    fields.iter().map(|field| host(&field.to_lowercase())).collect()
}

fn host(text: &str) -> Result<HostIp, String> {
    let (host, ip) =
        text.split_once('=').ok_or_else(|| format!("expected `host=ip`, found `{text}`"))?;
    let address: IpAddr =
        ip.parse().map_err(|_| format!("invalid IP address `{ip}` of host `{host}`"))?;
    Ok(HostIp { host: host.to_owned(), ip: address.to_string() })
}

/// Reads a CSV record of `name=soft[:hard]`.
///
/// `docker/go-units` 0.5, `ulimit.go`, `ParseUlimit`.
pub(super) fn ulimits(text: &str) -> Result<Vec<Ulimit>, String> {
    let fields = csv_record(text).ok_or("expected comma-separated `name=soft:hard`")?;
    fields.iter().map(|field| ulimit(field)).collect()
}

fn ulimit(text: &str) -> Result<Ulimit, String> {
    let (name, limits) =
        text.split_once('=').ok_or_else(|| format!("expected `name=soft:hard`, found `{text}`"))?;
    if !ULIMIT_NAMES.contains(&name) {
        return Err(format!("unknown limit `{name}`"));
    }
    let number = |text: &str| {
        let parsed: Result<i64, _> = text.trim().parse();
        parsed.map_err(|_| format!("expected a number for limit `{name}`, found `{text}`"))
    };
    let (soft, hard) = match limits.split_once(':') {
        Some((soft, hard)) => (number(soft)?, number(hard)?),
        None => (number(limits)?, number(limits)?),
    };
    let unlimited = -1;
    if hard != unlimited && (soft == unlimited || soft > hard) {
        return Err(format!("the soft limit of `{name}` is above its hard limit"));
    }
    Ok(Ulimit { name: name.to_owned(), soft, hard })
}

/// Reads a list of CPUs or memory nodes such as `0-3,5`.
pub(super) fn is_cpu_list(text: &str) -> bool {
    let number = |text: &str| text.parse::<u32>().ok();
    text.split(',').all(|range| match range.split_once('-') {
        Some((first, last)) => {
            number(first).is_some_and(|first| number(last).is_some_and(|last| first <= last))
        }
        None => number(range).is_some(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_have_addresses_of_both_kinds() {
        let found = hosts("DB=10.0.0.1,db=FE80::1").expect("valid");
        let text: Vec<_> = found.iter().map(|it| format!("{} {}", it.host, it.ip)).collect();
        assert_eq!(text, ["db 10.0.0.1", "db fe80::1"]);
        assert_eq!(hosts("db").map_err(|it| it.contains("`db`")), Err(true));
        assert_eq!(hosts("db=here").map_err(|it| it.contains("`here`")), Err(true));
    }

    #[test]
    fn limits_are_ordered() {
        let limit = |text| {
            let limits = ulimits(text)?;
            Ok::<_, String>(
                limits.into_iter().map(|it| (it.name, it.soft, it.hard)).collect::<Vec<_>>(),
            )
        };
        let row = |name: &str, soft, hard| (name.to_owned(), soft, hard);
        assert_eq!(limit("nofile=5:9,core=0"), Ok(vec![row("nofile", 5, 9), row("core", 0, 0)]));
        assert_eq!(limit("nproc=-1"), Ok(vec![row("nproc", -1, -1)]));
        assert_eq!(limit("nproc=5:-1"), Ok(vec![row("nproc", 5, -1)]));
        for wrong in
            ["nofile", "nofile=", "nofile=a", "nofile=9:5", "nofile=-1:5", "files=1", "core=1:2:3"]
        {
            assert!(limit(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn cpu_lists() {
        assert!(["0", "0-3,5", "7,2-2"].into_iter().all(is_cpu_list));
        assert!(!["", "a", "3-0", "1,,2", "1-", "-1"].into_iter().any(is_cpu_list));
    }
}
