use std::ffi::OsString;
use std::fs;
use std::io::{ErrorKind, Write, stdout};
use std::path::Path;

use anyhow::{Context, ensure};
use hlb_eval::{Fingerprint, SECRET_KEY};
use hlb_gateway::container::{ContainerMount, ContainerMountKind};
use hmac::{Hmac, KeyInit, Mac};
use llb::SecretMount;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::InternalMode;

/// Says of secrets whether they are those of another build, and nothing else. Its arguments are their ids.
pub static FINGERPRINT: InternalMode = InternalMode { name: "fingerprint", run };

/// What it prints, on a line of JSON.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Said {
    NoKey,
    WeakKey,
    /// In the order of the arguments; none of a secret that is not there.
    Fingerprints(Vec<Option<String>>),
}

/// Where the container has the key, and the secrets by their places in the arguments.
const KEY: &str = "/key";
const SECRETS: &str = "/secrets";

/// The shortest key, in bytes: at least 64 bits that nobody can guess, if it is hexadecimal.
const MIN_KEY_BYTES: usize = 16;

/// How much of a code is kept, in bytes: enough for two secrets never to have the same.
const FINGERPRINT_BYTES: usize = 16;

/// What is fingerprinted begins with this, so that the codes of another use of the key are no fingerprints.
const DOMAIN: &str = "hlb-frontend: fingerprint of a secret";

/// The mounts of a container for secrets with these ids. What the client does not give is not there.
pub fn fingerprint_mounts(ids: &[String]) -> Vec<ContainerMount> {
    let mount = |id: &str, dest: String| {
        let (id, optional) = (id.to_owned(), true);
        let secret = SecretMount { id, mode: 0o400, optional, ..SecretMount::default() };
        ContainerMount { dest, kind: ContainerMountKind::Secret(secret) }
    };
    let secrets = ids.iter().enumerate().map(|(place, id)| mount(id, secret_path(place)));
    secrets.chain([mount(SECRET_KEY, KEY.to_owned())]).collect()
}

/// What the line that the mode printed says of each of some secrets.
///
/// # Errors
/// If it is not what this version prints.
pub fn read_fingerprints(line: &str, secrets: usize) -> anyhow::Result<Vec<Fingerprint>> {
    let found = match serde_json::from_str(line)? {
        Said::NoKey => vec![Fingerprint::NoKey; secrets],
        Said::WeakKey => vec![Fingerprint::WeakKey; secrets],
        Said::Fingerprints(all) => {
            let fingerprint =
                |it: Option<String>| it.map_or(Fingerprint::NoSecret, Fingerprint::Of);
            all.into_iter().map(fingerprint).collect()
        }
    };
    ensure!(found.len() == secrets, "{} fingerprints of {secrets} secrets", found.len());
    Ok(found)
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let said = match read(Path::new(KEY))? {
        None => Said::NoKey,
        Some(key) if key.len() < MIN_KEY_BYTES => Said::WeakKey,
        Some(key) => {
            let all = arguments.iter().enumerate().map(|(place, id)| {
                let secret = read(Path::new(&secret_path(place)))?;
                Ok(secret.map(|secret| fingerprint(&key, id.as_encoded_bytes(), &secret)))
            });
            Said::Fingerprints(all.collect::<anyhow::Result<_>>()?)
        }
    };
    let mut line = serde_json::to_string(&said)?;
    line.push('\n');
    let mut stdout = stdout().lock();
    stdout.write_all(line.as_bytes())?;
    Ok(stdout.flush()?)
}

fn secret_path(place: usize) -> String {
    format!("{SECRETS}/{place}")
}

fn read(path: &Path) -> anyhow::Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("can't read {}", path.display())),
    }
}

/// The HMAC-SHA-256 of the id and the value, shortened. The id keeps equal secrets from being seen to be equal.
fn fingerprint(key: &[u8], id: &[u8], secret: &[u8]) -> String {
    // A key may have any length.
    let Ok(mut code) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
    for part in [DOMAIN.as_bytes(), id] {
        code.update(&(part.len() as u64).to_be_bytes());
        code.update(part);
    }
    code.update(secret);
    let bytes = code.finalize().into_bytes();
    bytes.iter().take(FINGERPRINT_BYTES).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_id_and_value_decide() {
        let plain = fingerprint(b"0123456789abcdef", b"token", b"value");
        // By Python's `hmac`.
        assert_eq!(plain, "3592e569ad8872a0dec22d6f3b55e078");
        assert_eq!(plain.len(), 2 * FINGERPRINT_BYTES);
        for (key, id, secret) in [
            (&b"0123456789abcdeg"[..], &b"token"[..], &b"value"[..]),
            (b"0123456789abcdef", b"tokenv", b"alue"),
            (b"0123456789abcdef", b"token", b"value\n"),
        ] {
            assert_ne!(fingerprint(key, id, secret), plain);
        }
    }

    #[test]
    fn what_is_printed_is_read() {
        let read = |line: &str| read_fingerprints(line, 2).map_err(|error| error.to_string());
        assert_eq!(read("\"no-key\""), Ok(vec![Fingerprint::NoKey; 2]));
        assert_eq!(read("\"weak-key\""), Ok(vec![Fingerprint::WeakKey; 2]));
        let said = Said::Fingerprints(vec![Some("ab".to_owned()), None]);
        let line = serde_json::to_string(&said).expect("JSON");
        assert_eq!(read(&line), Ok(vec![Fingerprint::Of("ab".to_owned()), Fingerprint::NoSecret]));
        assert!(read("{\"fingerprints\":[]}").is_err() && read("").is_err());
    }
}
