//! What daemons say of a git repository or a web server that does not have what is asked for.

use hlb_eval::AbsenceReason;

/// Whether a web server does not have something, or denies it.
///
/// BuildKit 0.13 to 0.33, `source/http/source.go`, the only text about a status.
pub fn http_absence(said: &str) -> Option<AbsenceReason> {
    let (_, status) = said.rsplit_once("invalid response status ")?;
    match status.trim_end() {
        "404" | "410" => Some(AbsenceReason::NotFound),
        "401" | "403" => Some(AbsenceReason::Denied),
        _ => None,
    }
}

/// Whether a git server does not have a repository or a reference, or denies it.
///
/// BuildKit 0.13 to 0.33 has the first two texts, in `source/git/source.go`, and otherwise passes on what git says, always in
/// English (`util/gitutil/git_cli.go` sets `LC_ALL`): git 2.30 to 2.50, `remote-curl.c`, `http.c`, `credential.c`,
/// `daemon.c`, `upload-pack.c`, and over SSH what the host says, of which GitHub, GitLab and Gitea are known.
pub fn git_absence(said: &str) -> Option<AbsenceReason> {
    const NOT_FOUND: &[&str] = &[
        "repository does not contain ref ",
        "could not find default branch for repository",
        "ERROR: Repository not found",
        "ERROR: The project you were looking for could not be found",
        "does not appear to be a git repository",
        "upload-pack: not our ref ",
        "fatal: couldn't find remote ref ",
    ];
    const DENIED: &[&str] = &[
        "fatal: could not read Username for ",
        "fatal: could not read Password for ",
        "fatal: Authentication failed for ",
        "The requested URL returned error: 401",
        "The requested URL returned error: 403",
        "access denied or repository not exported",
        "Permission denied (publickey",
    ];
    // Of a repository: `fatal: repository 'URL' not found`. What a host adds stands in lines of its own.
    let is_missing = said
        .lines()
        .filter_map(|line| line.trim_start().strip_prefix("fatal: repository '"))
        .any(|rest| rest.contains("' not found"));
    if is_missing || NOT_FOUND.iter().any(|it| said.contains(it)) {
        Some(AbsenceReason::NotFound)
    } else if DENIED.iter().any(|it| said.contains(it)) {
        Some(AbsenceReason::Denied)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOT_FOUND: Option<AbsenceReason> = Some(AbsenceReason::NotFound);
    const DENIED: Option<AbsenceReason> = Some(AbsenceReason::Denied);

    #[test]
    fn a_status_of_a_web_server_says_what_is_there() {
        for (status, absence) in [
            (404, NOT_FOUND),
            (410, NOT_FOUND),
            (401, DENIED),
            (403, DENIED),
            (500, None),
            (429, None),
        ] {
            let said = format!("failed to load cache key: invalid response status {status}");
            assert_eq!(http_absence(&said), absence, "{status}");
        }
        assert_eq!(http_absence("dial tcp 127.0.0.1:404: connect: connection refused"), None);
    }

    #[test]
    fn git_says_what_is_there() {
        let of_fetch = |said: &str| {
            git_absence(&format!(
                "failed to load cache key: failed to fetch remote https://e/x.git: git stderr:\n{said}\n: exit status 128"
            ))
        };
        for (said, absence) in [
            ("fatal: repository 'https://e/x.git/' not found", NOT_FOUND),
            (
                "remote: Repository not found.\nfatal: repository 'https://e/x/' not found",
                NOT_FOUND,
            ),
            ("fatal: could not read Username for 'https://e': terminal prompts disabled", DENIED),
            ("fatal: Authentication failed for 'https://e/x.git/'", DENIED),
            (
                "fatal: unable to access 'https://e/x/': The requested URL returned error: 403",
                DENIED,
            ),
            ("fatal: unable to access 'https://e/x/': The requested URL returned error: 500", None),
            ("fatal: unable to access 'https://e/x/': Could not resolve host: e", None),
            ("fatal: remote error: access denied or repository not exported: /x", DENIED),
            (
                "ERROR: Repository not found.\nfatal: Could not read from remote repository.",
                NOT_FOUND,
            ),
            ("git@e: Permission denied (publickey).\nfatal: Could not read from remote.", DENIED),
            ("Host key verification failed.\nfatal: Could not read from remote repository.", None),
        ] {
            assert_eq!(of_fetch(said), absence, "{said}");
        }
        let said = "failed to load cache key: repository does not contain ref deps, output: \"\"";
        assert_eq!(git_absence(said), NOT_FOUND);
    }
}
