use hlb_eval::ImageConfig;
use hlb_gateway::bridge::{ImageMeta, ImageRequest};
use hlb_gateway::options::Sbom;
use hlb_syntax::diagnostic::Code;
use llb::{
    Access, Bind, Edge, Exec, Image, ImageRef, Meta, Metadata, Mount, MountKind, Platform, State,
    exec, image,
};

use crate::solve::failure::Failure;
use crate::solve::request::Build;

/// An image that is to scan results and has no command.
pub static SCANNER_WITHOUT_COMMAND: Code = Code::error("HLB0432", "scanner-without-command");

/// Where a scanner finds what, and where it writes.
///
/// BuildKit 0.32, `frontend/attestations/sbom/sbom.go`, `CreateSBOMScanner`; `docs/attestations/sbom-protocol.md`.
const CORE: &str = "/run/src/core/sbom";
const EXTRAS: &str = "/run/src/extras";
const EXTRA: &str = "/run/src/extras/sbom-";
const OUT: &str = "/run/out/";

/// The image of a scanner, which runs on the platform that builds.
pub struct Scanner {
    meta: ImageMeta,
    config: ImageConfig,
    args: Vec<String>,
    platform: Platform,
    parameters: Vec<(String, String)>,
}

/// What is scanned.
pub struct Scan<'s> {
    /// That of the result.
    pub platform: &'s Platform,
    pub core: &'s Edge,
    pub extras: &'s [(String, State)],
    pub ignore_cache: bool,
}

/// Looks up the image of the scanner.
///
/// # Errors
/// If it can't be had, or has no command.
pub async fn scanner(cx: &Build<'_>, wanted: &Sbom) -> Result<Scanner, Failure> {
    let name = &wanted.generator;
    let wrong = |problem: String| {
        let message = format!("SBOM scanner `{name}`: {problem}");
        Failure::from(vec![SCANNER_WITHOUT_COMMAND.without_span(message)])
    };
    let platform = cx.settings.build_platform.clone();
    let asked = ImageRef::parse(name).map_err(|problem| wrong(problem.to_string()))?;
    let request = ImageRequest::new(asked, Some(platform.clone()), cx.options.resolve_mode);
    let meta = cx.bridge.resolve_image(request).await;
    let meta = meta.map_err(|error| error.context(&format!("SBOM scanner `{name}`")))?;
    let config = ImageConfig::of_base(&meta.config, &platform);
    let config = config.map_err(|problem| wrong(format!("configuration: {problem}")))?;
    let words = config.config.entrypoint.iter().chain(&*config.config.cmd);
    let args: Vec<_> = words.map(ToString::to_string).collect();
    if args.is_empty() {
        return Err(wrong("it has neither entrypoint nor command".to_owned()));
    }
    let parameters = wanted.parameters.clone().into_iter().collect();
    Ok(Scanner { meta, config, args, platform, parameters })
}

impl Scanner {
    /// What it writes about something.
    pub fn edge(&self, scan: Scan<'_>) -> Edge {
        let Scan { platform, core, extras, ignore_cache } = scan;
        let name = format!("[{platform}] generating sbom using {}", self.meta.image);
        let source = Image { reference: self.meta.image.to_string(), ..Image::default() };
        let root = image(&source, &self.platform, Metadata::default());
        let mut mounts = vec![
            Mount { dest: OUT.to_owned(), kind: MountKind::Bind(Bind::default()) },
            Mount { dest: "/tmp".to_owned(), kind: MountKind::Tmpfs { size_bytes: 0 } },
            readonly(CORE.to_owned(), core.clone().into()),
        ];
        let extra =
            |(name, state): &(String, State)| readonly(format!("{EXTRA}{name}"), state.clone());
        mounts.extend(extras.iter().map(extra));
        let meta = Meta {
            args: self.args.clone(),
            env: self.env(extras.is_empty()),
            cwd: self.config.config.working_dir.to_string(),
            ..Meta::default()
        };
        let root = Bind { input: root.into(), ..Bind::default() };
        let scan = Exec { meta, root, mounts, ..Exec::default() };
        let metadata = Metadata { ignore_cache, ..Metadata::named(name) };
        let outputs = exec(scan, &self.platform, metadata);
        outputs.mount(0).unwrap_or_else(|| outputs.vertex.output(0))
    }

    fn env(&self, is_alone: bool) -> Vec<String> {
        let mut env: Vec<(String, String)> = Vec::new();
        let of_image = self.config.config.env.iter();
        let of_image = of_image.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let of_scan = [
            ("DESTINATION", Some(OUT)),
            ("SOURCE", Some(CORE)),
            ("SOURCE_EXTRAS", (!is_alone).then_some(EXTRAS)),
        ];
        let of_scan = of_scan
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())));
        let of_scan = of_scan.chain(self.parameters.clone());
        let of_scan = of_scan.map(|(key, value)| (format!("BUILDKIT_SCAN_{key}"), value));
        for (key, value) in of_image.chain(of_scan) {
            env.retain(|(other, _)| *other != key);
            env.push((key, value));
        }
        env.into_iter().map(|(key, value)| format!("{key}={value}")).collect()
    }
}

fn readonly(dest: String, input: State) -> Mount {
    let bind = Bind { input, access: Access::Readonly, ..Bind::default() };
    Mount { dest, kind: MountKind::Bind(bind) }
}
