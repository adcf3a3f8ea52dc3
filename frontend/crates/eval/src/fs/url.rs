//! URLs as the daemon reads them, which is with Go's `net/url`.

use hlb_program::builtin::ArgSite;
use hlb_syntax::diagnostic::{Diagnostic, choices};

/// Checks that a URL has one of these schemes and a host, and nothing that none has.
pub fn check(url: &str, schemes: &[&str], site: &ArgSite) -> Result<(), Diagnostic> {
    let rest = url.split_once("://").filter(|(scheme, _)| schemes.contains(scheme));
    let Some((_, rest)) = rest else {
        let known: Vec<_> = schemes.iter().map(|scheme| format!("{scheme}://…")).collect();
        let known = choices(known.iter().map(String::as_str));
        return Err(site.invalid(format!("expected {known}, found `{url}`")));
    };
    if rest.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(site.invalid(format!("`{url}` has white space, which a URL writes as `%20`")));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host.rsplit_once(':') {
        // The colons of an IPv6 address are in brackets.
        Some((host, port)) if !port.ends_with(']') => (host, port),
        _ => (host, ""),
    };
    if host.is_empty() {
        return Err(site.invalid(format!("`{url}` has no host")));
    }
    if !port.is_empty() && !is_port(port) {
        return Err(site.invalid(format!("expected a port from 0 to 65535, found `{port}`")));
    }
    match bad_escape(rest) {
        Some(escape) => Err(site
            .invalid(format!("`{escape}` is no escape of a URL"))
            .help("write `%25` for a percent sign")),
        None => Ok(()),
    }
}

fn is_port(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

/// The first `%` that no two hexadecimal digits follow, with what does.
fn bad_escape(text: &str) -> Option<&str> {
    text.match_indices('%').find_map(|(at, _)| {
        let rest = text.get(at..)?;
        let end = rest.char_indices().nth(3).map_or(rest.len(), |(end, _)| end);
        let escape = rest.get(..end)?;
        let digits = escape.get(1..)?;
        let is_escape = digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_hexdigit());
        (!is_escape).then_some(escape)
    })
}

#[cfg(test)]
mod tests {
    use hlb_program::builtin::ArgSite;
    use hlb_syntax::source::{Sources, Span};

    #[test]
    fn a_url_is_one_that_go_reads() {
        let span = Span::new(Sources::default().add("a.hlb", ""), 0, 0);
        let site = ArgSite { builtin: "http", param: "url", span };
        let is_good = |url| super::check(url, &["http", "https"], &site).is_ok();
        for good in [
            "https://h",
            "http://h:80/a%20b?x=%25#y",
            "https://u:p@h/",
            "http://[::1]/",
            "http://[::1]:8080/",
            "http://h:/",
            "https://ü.example/é",
        ] {
            assert!(is_good(good), "{good}");
        }
        for bad in [
            "",
            "h/f",
            "ftp://h/f",
            "https://",
            "https://:80",
            "https://u@/f",
            "https://h:a/f",
            "https://h:65536",
            "https://h/a b",
            "https://h/%",
            "https://h/%é",
            "https://h/%4",
            "https://h/%zz",
        ] {
            assert!(!is_good(bad), "{bad}");
        }
    }
}
