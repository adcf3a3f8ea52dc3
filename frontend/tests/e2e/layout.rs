use libtest_mimic::Failed;
use serde_json::Value;

use super::project::Project;

/// The first image of an OCI layout.
pub struct Layout {
    pub descriptor: Value,
    pub manifest: Value,
    pub config: Value,
}

impl Layout {
    /// Reads the one in a folder of the project.
    pub fn read(project: &Project, folder: &str) -> Result<Self, Failed> {
        let read = |path: &str| -> Result<Value, Failed> {
            Ok(serde_json::from_str(&project.read(&format!("{folder}/{path}"))?)?)
        };
        let blob = |descriptor: &Value| {
            let digest = descriptor.get("digest").and_then(Value::as_str).unwrap_or_default();
            read(&format!("blobs/{}", digest.replace(':', "/")))
        };
        let descriptor = read("index.json")?.pointer("/manifests/0").cloned().unwrap_or_default();
        let manifest = blob(&descriptor)?;
        let config = blob(manifest.get("config").unwrap_or(&Value::Null))?;
        Ok(Self { descriptor, manifest, config })
    }
}
