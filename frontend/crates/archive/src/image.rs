use std::fs::File;
use std::io::{BufWriter, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Map, Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::digest::{Digest, Digesting};
use super::error::Error;
use super::header::{BLOCK, EntryType, Header};
use super::pax::Pax;
use super::tar::Tar;
use super::tree::{Latest, Layout, Written, write_tree};

/// What an image is called, for `docker load`.
#[derive(Clone, Debug)]
pub struct ImageName {
    /// Such as `docker.io/library/app:1`.
    pub reference: String,
    /// Such as `1`.
    pub tag: String,
}

/// Writes an OCI image layout as a tar file, whose image has one layer: everything in a directory.
///
/// `config` is the image's configuration as JSON, to which the layer and, where they are missing, times are added: the
/// latest of the image and its history is that of the newest entry. An image with a name can also be loaded by a Docker
/// that knows only its own format: `manifest.json` is for that one (`docker save` since Engine 25 writes both, too).
///
/// OCI image specification 1.1, `image-layout.md`; Docker image specification 1.3, "Combined Image JSON + Filesystem
/// Changeset Format".
///
/// # Errors
/// What can't be read or written, a name that no layer can have, a config that is no object.
pub fn write_image(
    root: &Path,
    config: &[u8],
    name: Option<&ImageName>,
    to: &mut File,
    latest: Latest,
) -> Result<Written, Error> {
    let mut config: Map<String, Value> = serde_json::from_slice(config).map_err(Error::Config)?;
    let mut tar = Tar::new(BufWriter::new(to));
    for path in ["blobs/", "blobs/sha256/"] {
        let directory = Header { entry_type: EntryType::Directory, mode: 0o755, ..file(path) };
        tar.entry(&directory, Pax::default())?;
    }
    let (layer, written) = write_layer(root, &mut tar, latest)?;
    complete(&mut config, &layer, latest.0.unwrap_or(written.newest));
    let config = write_blob(&mut tar, &json!(config))?;
    let manifest = write_blob(
        &mut tar,
        &json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &layer)],
        }),
    )?;
    let mut manifest = descriptor(MANIFEST, &manifest);
    if let Some(ImageName { reference, tag }) = name {
        // Under the first, containerd keeps the image; the second is the layout's own.
        let annotations = json!({
            "io.containerd.image.name": reference,
            "org.opencontainers.image.ref.name": tag,
        });
        manifest.insert("annotations".to_owned(), annotations);
    }
    let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [manifest] });
    tar.file(&file("index.json"), index.to_string().as_bytes())?;
    if let Some(ImageName { reference, .. }) = name {
        let images = json!([{
            "Config": blob_path(&config),
            "RepoTags": [reference],
            "Layers": [blob_path(&layer)],
        }]);
        tar.file(&file("manifest.json"), images.to_string().as_bytes())?;
    }
    let version = json!({ "imageLayoutVersion": "1.0.0" });
    tar.file(&file("oci-layout"), version.to_string().as_bytes())?;
    tar.finish()?.flush()?;
    Ok(written)
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Writes the layer. Its name and size are known once it is there, so its header is written last.
fn write_layer<W: Write + Seek>(
    root: &Path,
    tar: &mut Tar<W>,
    latest: Latest,
) -> Result<(Digest, Written), Error> {
    let start = tar.inner().stream_position()?;
    tar.inner().write_all(&[0; BLOCK])?;
    let mut layer = Tar::new(Digesting::new(tar.inner()));
    let written = write_tree(root, &mut layer, Layout::Layer, latest)?;
    let layer = layer.finish()?.finish();
    tar.pad(layer.size)?;
    let path = blob_path(&layer);
    let header = Header { size: layer.size, ..file(&path) };
    tar.inner().seek(SeekFrom::Start(start))?;
    tar.inner().write_all(&header.to_block())?;
    tar.inner().seek(SeekFrom::End(0))?;
    Ok((layer, written))
}

fn write_blob<W: Write>(tar: &mut Tar<W>, json: &Value) -> Result<Digest, Error> {
    let bytes = json.to_string().into_bytes();
    let digest = Digest::of(&bytes);
    tar.file(&file(&blob_path(&digest)), &bytes)?;
    Ok(digest)
}

/// The header of a file of the layout: the same for everyone.
fn file(path: &str) -> Header<'_> {
    Header {
        entry_type: EntryType::File,
        path: path.as_bytes(),
        link: b"",
        mode: 0o644,
        uid: 0,
        gid: 0,
        mtime: 0,
        size: 0,
    }
}

fn blob_path(blob: &Digest) -> String {
    format!("blobs/sha256/{}", blob.hex)
}

fn descriptor(media_type: &str, blob: &Digest) -> Map<String, Value> {
    let fields = [
        ("mediaType", json!(media_type)),
        ("digest", json!(blob.to_string())),
        ("size", json!(blob.size)),
    ];
    fields.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Adds to a config what is known once the layer is there.
fn complete(config: &mut Map<String, Value>, layer: &Digest, seconds: i64) {
    let layers = json!({ "type": "layers", "diff_ids": [layer.to_string()] });
    config.insert("rootfs".to_owned(), layers);
    let created = json!(date(seconds));
    for entry in config.get_mut("history").and_then(Value::as_array_mut).into_iter().flatten() {
        if let Some(entry) = entry.as_object_mut() {
            entry.entry("created").or_insert_with(|| created.clone());
        }
    }
    config.entry("created").or_insert(created);
}

/// A time as configs have it; one beyond all calendars is that of the first second.
fn date(seconds: i64) -> String {
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    time.format(&Rfc3339).unwrap_or_else(|_| "1970-01-01T00:00:00Z".to_owned())
}
