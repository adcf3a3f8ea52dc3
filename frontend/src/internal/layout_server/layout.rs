use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use archive::Digesting;
use serde::Deserialize;

/// Most bytes that a daemon reads of a manifest and of a cache's config; what has more counts as nothing there
/// (BuildKit 0.13 to 0.33, `cache/remotecache/import.go`, `readBlob`).
const MAX_READ: u64 = 1 << 20;

/// Most bytes of the index of a layout: more tags than anybody has.
const MAX_INDEX: u64 = 4 << 20;

/// The type of a cache's config (BuildKit 0.13 to 0.33, `cache/remotecache/v1/spec.go`).
const CACHE_CONFIG: &str = "application/vnd.buildkit.cacheconfig.v0";

/// What the config of an image with a cache in it has (BuildKit 0.13 to 0.33, `cache/remotecache/import.go`).
const INLINE_CACHE: &str = "moby.buildkit.cache.v0";

/// The annotation with the tag of a manifest (OCI image spec 1.1, `annotations.md`).
const TAG: &str = "org.opencontainers.image.ref.name";

/// A build cache in an OCI layout, all of whose content is what its digests say.
pub struct Layout {
    pub manifest: Blob,
    /// Everything that the manifest names, by digest.
    pub blobs: BTreeMap<String, Blob>,
}

/// A file of a layout.
#[derive(Clone, Debug)]
pub struct Blob {
    pub digest: String,
    pub media_type: String,
    pub size: u64,
    pub path: PathBuf,
}

/// Why there is no cache in a layout that a daemon could import.
#[derive(Debug)]
pub enum Problem {
    /// It has no index.
    NoLayout,
    /// A file of it, and what is wrong.
    File(String, io::Error),
    Json(String, serde_json::Error),
    /// A file that is not what its descriptor says.
    Differs(String),
    /// A digest that can't be the name of a file.
    Digest(String),
    TooLarge {
        what: &'static str,
        size: u64,
    },
    /// The tags that there are.
    NoTag(Vec<String>),
    /// Several manifests, and their tags.
    Several(Vec<String>),
    /// An image, or an index of images.
    NoCache,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

/// A manifest or an index of a cache, which BuildKit writes in either form.
#[derive(Deserialize)]
struct Manifest {
    config: Option<Descriptor>,
    #[serde(default)]
    layers: Vec<Descriptor>,
    #[serde(default)]
    manifests: Vec<Descriptor>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor {
    #[serde(default)]
    media_type: String,
    digest: String,
    size: u64,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

impl Layout {
    /// Reads the cache of a tag, or the only one, and all of its files.
    pub fn open(directory: &Path, tag: Option<&str>) -> Result<Self, Problem> {
        let index = match read(&directory.join("index.json"), MAX_INDEX) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Problem::NoLayout),
            index => index.map_err(|error| Problem::File("index.json".to_owned(), error))?,
        };
        let index: Index = json("index.json", &index)?;
        let manifest = blob(directory, &choose(&index.manifests, tag)?)?;
        let text = small(&manifest, "manifest")?;
        let Manifest { config, layers, manifests } = json(&manifest.digest, &text)?;
        let all: Vec<_> = config.into_iter().chain(layers).chain(manifests).collect();
        let config = all.iter().find(|it| it.media_type == CACHE_CONFIG).or(all.first());
        let config = blob(directory, config.ok_or(Problem::NoCache)?)?;
        let text = small(&config, "config")?;
        let has_inline =
            || text.windows(INLINE_CACHE.len()).any(|it| it == INLINE_CACHE.as_bytes());
        if config.media_type != CACHE_CONFIG && !has_inline() {
            return Err(Problem::NoCache);
        }
        let mut blobs = BTreeMap::new();
        for descriptor in &all {
            if !blobs.contains_key(&descriptor.digest) {
                let blob = blob(directory, descriptor)?;
                check(&blob)?;
                blobs.insert(descriptor.digest.clone(), blob);
            }
        }
        Ok(Self { manifest, blobs })
    }
}

/// The manifest of a tag, or the only one.
fn choose(manifests: &[Descriptor], tag: Option<&str>) -> Result<Descriptor, Problem> {
    let tag_of = |it: &Descriptor| it.annotations.get(TAG).cloned();
    let tags =
        || manifests.iter().filter_map(tag_of).collect::<BTreeSet<_>>().into_iter().collect();
    let found: Vec<_> = match tag {
        Some(tag) => manifests.iter().filter(|it| tag_of(it).as_deref() == Some(tag)).collect(),
        None => manifests.iter().collect(),
    };
    let digests: BTreeSet<_> = found.iter().map(|it| &it.digest).collect();
    match (found.first(), digests.len()) {
        (Some(only), 1) => Ok((*only).clone()),
        (None, _) => Err(if tag.is_some() { Problem::NoTag(tags()) } else { Problem::NoCache }),
        _ => Err(Problem::Several(tags())),
    }
}

/// The file that a descriptor is about, and nothing else: a plain file, in the directory of blobs itself.
fn blob(directory: &Path, descriptor: &Descriptor) -> Result<Blob, Problem> {
    let Descriptor { media_type, digest, size, .. } = descriptor;
    let hex = digest.strip_prefix("sha256:").filter(|hex| {
        hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_digit() || (b'a'..=b'f').contains(&it))
    });
    let hex = hex.ok_or_else(|| Problem::Digest(digest.clone()))?;
    let mut path = directory.to_owned();
    for (name, is_file) in [("blobs", false), ("sha256", false), (hex, true)] {
        path.push(name);
        let metadata =
            fs::symlink_metadata(&path).map_err(|error| Problem::File(digest.clone(), error))?;
        let is_right = if is_file { metadata.is_file() } else { metadata.is_dir() };
        if !is_right || is_file && metadata.len() != *size {
            return Err(Problem::Differs(digest.clone()));
        }
    }
    let (media_type, digest) = (media_type.clone(), digest.clone());
    Ok(Blob { digest, media_type, size: *size, path })
}

/// All of a blob that a daemon reads as a whole.
fn small(blob: &Blob, what: &'static str) -> Result<Vec<u8>, Problem> {
    if blob.size > MAX_READ {
        return Err(Problem::TooLarge { what, size: blob.size });
    }
    check(blob)?;
    read(&blob.path, MAX_READ).map_err(|error| Problem::File(blob.digest.clone(), error))
}

/// Whether a file is what its digest says.
fn check(blob: &Blob) -> Result<(), Problem> {
    let mut sum = Digesting::new(io::sink());
    File::open(&blob.path)
        .and_then(|mut file| io::copy(&mut file, &mut sum))
        .map_err(|error| Problem::File(blob.digest.clone(), error))?;
    match sum.finish().to_string() == blob.digest {
        true => Ok(()),
        false => Err(Problem::Differs(blob.digest.clone())),
    }
}

fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::other("not a file"));
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    match bytes.len() as u64 > most {
        true => Err(io::Error::other(format!("more than {most} bytes"))),
        false => Ok(bytes),
    }
}

fn json<T: for<'d> Deserialize<'d>>(file: &str, text: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(text).map_err(|error| Problem::Json(file.to_owned(), error))
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoLayout => f.write_str("there is no OCI layout in it: it has no `index.json`"),
            Self::File(file, error) => write!(f, "`{file}`: {error}"),
            Self::Json(file, error) => write!(f, "`{file}` is not what it should be: {error}"),
            Self::Differs(digest) => write!(f, "`{digest}` is not what its descriptor says"),
            Self::Digest(digest) => write!(f, "`{digest}` is no SHA-256 digest"),
            Self::TooLarge { what, size } => {
                write!(f, "its {what} has {size} bytes, and a daemon reads at most {MAX_READ}")
            }
            Self::NoTag(tags) if tags.is_empty() => f.write_str("it has no tags"),
            Self::NoTag(tags) => write!(f, "it does not have the tag, but {}", list(tags)),
            Self::Several(tags) => {
                write!(f, "it has several caches; the tag says which: {}", list(tags))
            }
            Self::NoCache => f.write_str("it is no build cache"),
        }
    }
}

/// Some of the tags, as there may be very many.
fn list(tags: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<_> = tags.iter().take(SHOWN).map(|tag| format!("`{tag}`")).collect();
    let more = if tags.len() > SHOWN { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

#[cfg(test)]
mod tests {
    use archive::Digest;

    use super::*;

    /// A layout in a folder of its own.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            let folder = Self(tempfile::tempdir().expect("a folder"));
            fs::create_dir_all(folder.path("blobs/sha256")).expect("a folder");
            folder
        }

        fn path(&self, name: &str) -> PathBuf {
            self.0.path().join(name)
        }

        /// Adds a blob and returns its descriptor.
        fn blob(&self, media_type: &str, content: &[u8]) -> String {
            let digest = Digest::of(content);
            let path = self.path(&format!("blobs/sha256/{}", digest.hex));
            fs::write(path, content).expect("written");
            let size = digest.size;
            format!(r#"{{"mediaType":"{media_type}","digest":"{digest}","size":{size}}}"#)
        }

        fn index(&self, manifests: &[(&str, Option<&str>)]) -> &Self {
            let all: Vec<_> = manifests
                .iter()
                .map(|(descriptor, tag)| match tag {
                    Some(tag) => {
                        let annotations = format!(r#","annotations":{{"{TAG}":"{tag}"}}}}"#);
                        format!("{}{annotations}", descriptor.trim_end_matches('}'))
                    }
                    None => (*descriptor).to_owned(),
                })
                .collect();
            let index = format!(r#"{{"manifests":[{}]}}"#, all.join(","));
            fs::write(self.path("index.json"), index).expect("written");
            self
        }

        /// A cache with one layer, in the form of an index.
        fn cache(&self, layer: &str) -> String {
            let config = self.blob(CACHE_CONFIG, b"{}");
            let text = format!(r#"{{"manifests":[{layer},{config}]}}"#);
            self.blob("application/vnd.oci.image.index.v1+json", text.as_bytes())
        }

        fn problem(&self, tag: Option<&str>) -> String {
            let opened = Layout::open(self.0.path(), tag);
            opened.err().expect("a problem").to_string()
        }
    }

    #[test]
    fn both_forms_of_a_cache_are_read() {
        let folder = Folder::new();
        let layer = folder.blob("layer", b"content");
        let cache = folder.cache(&layer);
        let layout = Layout::open(folder.index(&[(&cache, Some("latest"))]).0.path(), None);
        assert_eq!(layout.unwrap_or_else(|it| panic!("{it}")).blobs.len(), 2);
        let config = folder.blob(CACHE_CONFIG, b"{}");
        let text = format!(r#"{{"config":{config},"layers":[{layer}]}}"#);
        let manifest = folder.blob("application/vnd.oci.image.manifest.v1+json", text.as_bytes());
        let all = [(&*cache, Some("one")), (&*manifest, Some("two"))];
        let layout = Layout::open(folder.index(&all).0.path(), Some("two"));
        let layout = layout.unwrap_or_else(|it| panic!("{it}"));
        assert!(manifest.contains(&layout.manifest.digest));
        assert_eq!(folder.problem(None), "it has several caches; the tag says which: `one`, `two`");
        assert_eq!(folder.problem(Some("x")), "it does not have the tag, but `one`, `two`");
    }

    #[test]
    fn an_image_is_a_cache_if_there_is_one_in_it() {
        let folder = Folder::new();
        let image = |config: &[u8]| {
            let config = folder.blob("application/vnd.oci.image.config.v1+json", config);
            let text = format!(r#"{{"config":{config},"layers":[]}}"#);
            let manifest = folder.blob("manifest", text.as_bytes());
            folder.index(&[(&manifest, None)]);
        };
        image(b"{}");
        assert_eq!(folder.problem(None), "it is no build cache");
        image(br#"{"moby.buildkit.cache.v0":[]}"#);
        assert!(Layout::open(folder.0.path(), None).is_ok());
    }

    /// Whoever writes a layout gets nothing served but what it has, as it should be.
    #[test]
    fn what_is_wrong_is_found_before_anything_is_served() {
        let empty = Folder::new();
        assert_eq!(empty.problem(None), "there is no OCI layout in it: it has no `index.json`");
        fs::write(empty.path("index.json"), "[").expect("written");
        assert!(empty.problem(None).starts_with("`index.json` is not what it should be: "));
        assert_eq!(empty.index(&[]).problem(None), "it is no build cache");

        let folder = Folder::new();
        let name = |digest: &str, size: usize| format!(r#"{{"digest":"{digest}","size":{size}}}"#);
        for digest in ["sha256:../../../etc/passwd", "sha256:0", "md5:0", ""] {
            let cache = folder.cache(&name(digest, 1));
            let problem = folder.index(&[(&cache, None)]).problem(None);
            assert_eq!(problem, format!("`{digest}` is no SHA-256 digest"));
        }
        let absent = format!("sha256:{}", "0".repeat(64));
        let cache = folder.cache(&name(&absent, 1));
        let problem = folder.index(&[(&cache, None)]).problem(None);
        assert!(problem.starts_with(&format!("`{absent}`: No such file")), "{problem}");

        let differs = |digest: &str| format!("`{digest}` is not what its descriptor says");
        let digest = Digest::of(b"content").to_string();
        let file = folder.path(&format!("blobs/sha256/{}", &digest[7..]));
        let cache = folder.cache(&name(&digest, 7));
        folder.index(&[(&cache, None)]);
        for (content, size) in [(b"consent", 7), (b"content", 8)] {
            fs::write(&file, content).expect("written");
            let cache = folder.cache(&name(&digest, size));
            assert_eq!(folder.index(&[(&cache, None)]).problem(None), differs(&digest));
        }
        // A link leads out, even if what it leads to is right.
        let cache = folder.cache(&name(&digest, 7));
        folder.index(&[(&cache, None)]);
        assert!(Layout::open(folder.0.path(), None).is_ok());
        fs::write(folder.path("outside"), b"content").expect("written");
        fs::remove_file(&file).expect("removed");
        std::os::unix::fs::symlink(folder.path("outside"), &file).expect("a link");
        assert_eq!(folder.problem(None), differs(&digest));
    }

    #[test]
    fn what_a_daemon_would_not_read_is_said() {
        let folder = Folder::new();
        let config = folder.blob(CACHE_CONFIG, &vec![b' '; 1 << 20 | 1]);
        let text = format!(r#"{{"manifests":[{config}]}}"#);
        let cache = folder.blob("index", text.as_bytes());
        let problem = folder.index(&[(&cache, None)]).problem(None);
        assert_eq!(problem, "its config has 1048577 bytes, and a daemon reads at most 1048576");
    }

    #[test]
    fn a_thousand_layers() {
        let folder = Folder::new();
        let layers: Vec<_> =
            (0..1000).map(|it| folder.blob("layer", format!("{it}").as_bytes())).collect();
        let cache = folder.cache(&layers.join(","));
        let layout = Layout::open(folder.index(&[(&cache, None)]).0.path(), None);
        assert_eq!(layout.unwrap_or_else(|it| panic!("{it}")).blobs.len(), 1001);
    }
}
