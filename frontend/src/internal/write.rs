use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Write, stderr};
use std::path::Path;

use anyhow::{Context, bail};
use archive::{ImageName, Latest, Written, write_image, write_tar};
use hlb_eval::{Archive, ArchivedImage};
use llb::{Access, FileAction, Mkfile, Platform, State};
use serde::{Deserialize, Serialize};

use super::program::bound;
use super::{InternalMode, OwnProgram};

/// Writes an archive of one mount into another.
pub static WRITE: InternalMode = InternalMode { name: "write", run };

/// Makes the steps in which this program writes archives.
#[derive(Clone, Debug)]
pub struct ArchiveWriter {
    pub own: OwnProgram,
    /// That of the daemon, whatever the archives are for.
    pub platform: Platform,
    /// The latest time that anything in an archive has, in seconds since 1970.
    pub latest: Option<i64>,
}

/// What such a step is to do: its only argument, as JSON.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    /// Where the archive is, inside the mount that is written to.
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    latest: Option<i64>,
    format: Format,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Format {
    Tar,
    OciImage,
    /// A name with the registry and with a tag.
    DockerImage {
        name: String,
        tag: String,
    },
}

/// Where the step has what it reads, the config of the image, and what it writes.
const TREE: &str = "/tree";
const CONFIG: &str = "/config";
const OUT: &str = "/out";

/// The config's file inside its mount.
const CONFIG_FILE: &str = "config.json";

impl ArchiveWriter {
    /// The filesystem that has the archive and nothing else, once the step is done.
    pub fn state(&self, archive: &Archive) -> State {
        let Archive { of, path, image, metadata, config_metadata } = archive;
        let format = match image {
            None => Format::Tar,
            Some(ArchivedImage { name: None, .. }) => Format::OciImage,
            Some(ArchivedImage { name: Some(name), .. }) => Format::DockerImage {
                name: name.to_string(),
                tag: name.tag().unwrap_or_default().to_owned(),
            },
        };
        let order = Order { path: path.to_string(), latest: self.latest, format };
        // Strings and a number: there is nothing that JSON can't say.
        let order = serde_json::to_string(&order).unwrap_or_default();
        let mut mounts = vec![
            bound(OUT, State::Scratch, Access::Output),
            bound(TREE, of.clone(), Access::Readonly),
        ];
        if let Some(ArchivedImage { config, .. }) = image {
            let file = Mkfile {
                path: format!("/{CONFIG_FILE}"),
                mode: 0o644,
                data: config.clone(),
                ..Mkfile::default()
            };
            let actions = vec![FileAction::Mkfile(file)];
            let config = llb::file(State::Scratch, actions, config_metadata.clone());
            mounts.push(bound(CONFIG, config, Access::Readonly));
        }
        let step = self.own.vertex(&WRITE, &[&order], mounts, &self.platform, metadata.clone());
        step.mount(0).map_or(State::Scratch, State::from)
    }
}

fn run(arguments: Vec<OsString>) -> anyhow::Result<()> {
    let [order] = arguments.as_slice() else { bail!("expected one argument") };
    let order: Order = serde_json::from_slice(order.as_encoded_bytes())?;
    let written = write(&order).with_context(|| format!("can't write {}", order.path))?;
    let mut stderr = stderr().lock();
    for path in written.left_out {
        writeln!(stderr, "/{} is a socket: it is left out", path.display())?;
    }
    Ok(())
}

fn write(Order { path, latest, format }: &Order) -> anyhow::Result<Written> {
    let path = Path::new(OUT).join(path);
    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = File::create_new(path)?;
    let (tree, latest) = (Path::new(TREE), Latest(*latest));
    let name = match format {
        Format::Tar => return Ok(write_tar(tree, &mut file, latest)?),
        Format::OciImage => None,
        Format::DockerImage { name, tag } => {
            Some(ImageName { reference: name.clone(), tag: tag.clone() })
        }
    };
    let config = fs::read(Path::new(CONFIG).join(CONFIG_FILE))?;
    Ok(write_image(tree, &config, name.as_ref(), &mut file, latest)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_read_as_it_was_written() {
        let image = |name: &str| Format::DockerImage { name: name.to_owned(), tag: "1".to_owned() };
        for (format, latest, text) in [
            (Format::Tar, None, r#"{"path":"a/b.tar","format":"tar"}"#),
            (Format::OciImage, Some(-1), r#"{"path":"a/b.tar","latest":-1,"format":"oci-image"}"#),
            (
                image("a/b:1"),
                None,
                r#"{"path":"a/b.tar","format":{"docker-image":{"name":"a/b:1","tag":"1"}}}"#,
            ),
        ] {
            let order = Order { path: "a/b.tar".to_owned(), latest, format };
            assert_eq!(serde_json::to_string(&order).expect("JSON"), text);
            let read: Order = serde_json::from_str(text).expect("an order");
            assert_eq!(format!("{read:?}"), format!("{order:?}"));
        }
    }
}
