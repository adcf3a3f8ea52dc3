//! A registry of the tests' own with images that are made by hand, of a file each. It counts who asks it at once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use libtest_mimic::Failed;
use serde_json::{Value, json};

use super::project::Project;
use super::registry::{self, digest};
use super::server::request;

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";

/// How long each answer takes, so that those who ask at once are seen to.
const TAKES: Duration = Duration::from_millis(30);

/// Serves as long as this process lives, under every name of a repository, where engines on this machine take plain HTTP for
/// granted.
pub struct Images {
    pub address: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// By digest: media type and bytes, which need not be those of the digest.
    blobs: BTreeMap<String, (&'static str, Vec<u8>)>,
    /// The digests of tags.
    tags: BTreeMap<String, String>,
    /// What every other tag is, but the first ones that are asked for.
    others: Option<(String, usize)>,
    asked: BTreeSet<String>,
    running: usize,
    most: usize,
}

impl Images {
    pub fn serve() -> Result<Self, Failed> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let (address, state) = (listener.local_addr()?.to_string(), Arc::<Mutex<State>>::default());
        let served = state.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = served.clone();
                // Who does not wait for its answer is not owed one.
                thread::spawn(move || answer(stream, &state));
            }
        });
        Ok(Self { address, state })
    }

    /// Makes an image of one file for a platform of linux, and gives its descriptor.
    pub fn image(
        &self,
        project: &Project,
        arch: &str,
        (name, text): (&str, &str),
    ) -> Result<Value, Failed> {
        project.write(&format!("layer/{name}"), text)?;
        project
            .run(&["tar", "--create", "--file", "layer.tar", "-C", "layer", name])?
            .succeeded()?;
        let layer = std::fs::read(project.path("layer.tar"))?;
        let layer = self.add(LAYER, layer);
        let config = json!({
            "architecture": arch,
            "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": [layer.get("digest")] },
            "config": { "Env": ["PATH=/bin", format!("TAKEN={arch}")] },
        });
        let config = self.add(CONFIG, config.to_string().into());
        let manifest = json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [layer] });
        let mut image = self.add(MANIFEST, manifest.to_string().into());
        insert(&mut image, "platform", json!({ "architecture": arch, "os": "linux" }));
        Ok(image)
    }

    /// What a client that makes attestations adds to an index, here an empty one of an image.
    pub fn attestation(&self, image: &Value) -> Value {
        let config = self
            .add(CONFIG, json!({ "architecture": "unknown", "os": "unknown" }).to_string().into());
        let manifest =
            json!({ "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [] });
        let mut attestation = self.add(MANIFEST, manifest.to_string().into());
        insert(&mut attestation, "platform", json!({ "architecture": "unknown", "os": "unknown" }));
        let kind = "attestation-manifest";
        insert(
            &mut attestation,
            "annotations",
            json!({ "vnd.docker.reference.type": kind, "vnd.docker.reference.digest": image.get("digest") }),
        );
        attestation
    }

    pub fn index(&self, images: &[Value]) -> Value {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": images });
        self.add(INDEX, index.to_string().into())
    }

    /// Names an image or an index.
    pub fn tag(&self, tag: &str, image: &Value) {
        self.state().tags.insert(tag.to_owned(), text(image, "digest"));
    }

    /// Gives every tag an image but the first `missing` that are asked for.
    pub fn tag_others(&self, image: &Value, missing: usize) {
        self.state().others = Some((text(image, "digest"), missing));
    }

    /// Changes the last byte of something that it has by a digest, which stays what it is.
    pub fn tamper(&self, of: &str) {
        if let Some((_, bytes)) = self.state().blobs.get_mut(of)
            && let Some(last) = bytes.last_mut()
        {
            *last ^= 1;
        }
    }

    /// Something that a manifest names.
    pub fn part(&self, image: &Value, pointer: &str) -> Result<String, Failed> {
        let state = self.state();
        let (_, manifest) =
            state.blobs.get(&text(image, "digest")).ok_or("there is no such manifest")?;
        let manifest: Value = serde_json::from_slice(manifest)?;
        let digest = manifest.pointer(pointer).and_then(Value::as_str);
        Ok(digest.ok_or("the manifest has no such part")?.to_owned())
    }

    /// How many requests there were at once at most.
    pub fn most(&self) -> usize {
        self.state().most
    }

    /// The tags that were asked for.
    pub fn asked(&self) -> BTreeSet<String> {
        self.state().asked.clone()
    }

    fn add(&self, kind: &'static str, bytes: Vec<u8>) -> Value {
        let (digest, size) = (digest(&bytes), bytes.len());
        self.state().blobs.insert(digest.clone(), (kind, bytes));
        json!({ "mediaType": kind, "digest": digest, "size": size })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.state)
    }
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

fn text(object: &Value, key: &str) -> String {
    object.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn answer(stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let request = request(&stream)?;
    {
        let mut state = locked(state);
        state.running += 1;
        state.most = state.most.max(state.running);
    }
    thread::sleep(TAKES);
    let path = request.split(' ').nth(1).unwrap_or_default();
    let found = locked(state).found(path.rsplit('/').next().unwrap_or_default());
    locked(state).running -= 1;
    let reply = match found {
        Some((digest, kind, body)) => {
            let header = format!("Content-Type: {kind}\r\nDocker-Content-Digest: {digest}\r\n");
            registry::found(header, body)
        }
        None => registry::status("404 Not Found", String::new()),
    };
    reply.send(stream, &request)
}

impl State {
    /// What is there by a tag or a digest, with the digest that it is said to have.
    fn found(&mut self, name: &str) -> Option<(String, &'static str, Vec<u8>)> {
        let digest = if name.starts_with("sha256:") {
            name.to_owned()
        } else {
            if self.asked.insert(name.to_owned())
                && let Some((other, missing)) = &mut self.others
            {
                match missing.checked_sub(1) {
                    Some(left) => *missing = left,
                    None => {
                        self.tags.entry(name.to_owned()).or_insert_with(|| other.clone());
                    }
                }
            }
            self.tags.get(name)?.clone()
        };
        let (kind, bytes) = self.blobs.get(&digest)?.clone();
        Some((digest, kind, bytes))
    }
}
