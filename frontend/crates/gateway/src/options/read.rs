//! How options are read that take more than a line of their row.

use std::time::Duration;

use llb::{Platform, ProxyEnv, go_bool};

use super::row::Found;
use super::sbom::Sbom;
use super::value::is_cpu_list;
use super::{CacheMessage, ImportPolicy, Log, Options, WarningOptions};

type ProxySetting = fn(&mut ProxyEnv) -> &mut String;

/// The proxy settings that build arguments are, in whichever case; every command may use them.
///
/// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert.go`, `proxyEnvFromBuildArgs`.
const PROXIES: [(&str, ProxySetting); 5] = [
    ("http_proxy", |proxy| &mut proxy.http_proxy),
    ("https_proxy", |proxy| &mut proxy.https_proxy),
    ("ftp_proxy", |proxy| &mut proxy.ftp_proxy),
    ("no_proxy", |proxy| &mut proxy.no_proxy),
    ("all_proxy", |proxy| &mut proxy.all_proxy),
];

pub fn proxy_setting<'a>(options: &'a mut Options, name: &str) -> Option<&'a mut String> {
    let (_, setting) = PROXIES.into_iter().find(|(known, _)| name.eq_ignore_ascii_case(known))?;
    Some(setting(options.exec.proxy.get_or_insert_default()))
}

/// Whether a build argument is a proxy setting.
pub fn is_proxy(name: &str) -> bool {
    PROXIES.iter().any(|(known, _)| name.eq_ignore_ascii_case(known))
}

pub fn needed_caps(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let names = found.value.split(',').map(|cap| cap.split_once('+').map_or(cap, |(name, _)| name));
    options.needed_caps = names.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    Ok(())
}

pub fn platforms(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let host = options.build_platform().cloned().unwrap_or_default();
    for text in found.value.split(',') {
        let platform = Platform::parse(text, &host).map_err(|error| found.wrong(error))?;
        if !options.platforms.contains(&platform) {
            options.platforms.push(platform);
        }
    }
    options.multi_platform = options.platforms.len() > 1;
    Ok(())
}

pub fn multi_platform(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let overriding = found.all.get("build-arg:BUILDKIT_MULTI_PLATFORM");
    if found.key == "multi-platform" && overriding.is_some_and(|value| !value.is_empty()) {
        return Ok(());
    }
    options.multi_platform = go_bool(found.value).ok_or_else(|| {
        found.wrong(format_args!("invalid boolean value for multi-platform: {}", found.value))
    })?;
    if !options.multi_platform && options.platforms.len() > 1 {
        return Err(
            found.wrong("conflicting config: returning multiple target platforms is not allowed")
        );
    }
    Ok(())
}

pub fn log(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.log = match found.value {
        "debug" => Log::Debug,
        "off" => Log::Off,
        _ => return Err(found.expected("`debug` or `off`")),
    };
    Ok(())
}

pub fn empty_caches(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let ids = found.value.split(',').map(str::trim).filter(|id| !id.is_empty());
    options.empty_caches = ids.map(str::to_owned).collect();
    Ok(())
}

pub fn now(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let seconds = found.value.parse().map_err(|_| found.expected("seconds since 1970"))?;
    options.now = Some(seconds);
    Ok(())
}

pub fn import_policy(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.import_policy = match found.value {
        "off" => ImportPolicy::Off,
        "require" => ImportPolicy::Required,
        _ => return Err(found.expected("`off` or `require`")),
    };
    Ok(())
}

pub fn cache_message(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.cache_message = match found.value {
        "off" => CacheMessage::Off,
        _ => return Err(found.expected("`off`")),
    };
    Ok(())
}

pub fn cache_timeout(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.cache_timeout = Some(seconds(found)?);
    Ok(())
}

pub fn source_timeout(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.source_timeout = Some(seconds(found)?);
    Ok(())
}

/// A time to wait for an answer.
fn seconds(found: &Found<'_>) -> Result<Duration, String> {
    let seconds = found.value.parse().ok().filter(|seconds| *seconds > 0);
    seconds.map(Duration::from_secs).ok_or_else(|| found.expected("seconds, at least 1"))
}

pub fn warnings(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.warnings = WarningOptions::parse(found.value).map_err(|error| found.wrong(error))?;
    Ok(())
}

pub fn hostname(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    options.exec.hostname = found.owned();
    Ok(())
}

pub fn attestation(options: &mut Options, found: &Found<'_>) -> Result<(), String> {
    let kind = found.name.to_lowercase();
    if !matches!(kind.as_str(), "sbom" | "provenance") {
        return Err(found.wrong(format_args!("unknown attestation type {kind:?}")));
    }
    if kind == "sbom" {
        options.sbom = Some(Sbom::parse(found.value).map_err(|error| found.wrong(error))?);
    }
    Ok(())
}

/// A limit above zero; the text is Docker's.
pub fn positive(found: &Found<'_>) -> Result<i64, String> {
    let number = found.value.parse::<i64>().ok().filter(|number| *number > 0);
    number.ok_or_else(|| {
        found.wrong(format_args!("invalid {} value: {}: must be > 0", found.key, found.value))
    })
}

pub fn cpu_list(found: &Found<'_>) -> Result<String, String> {
    if is_cpu_list(found.value) {
        Ok(found.value.to_owned())
    } else {
        Err(found.expected("a list such as `0-3,5`"))
    }
}
