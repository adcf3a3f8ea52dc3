use gateway_proto::frontend;
use hlb_eval::{Fs, ImageConfig, Product};
use hlb_gateway::bridge::{Ref, ResultPart, build_result};
use llb::Platform;

use super::failure::Failure;
use super::request::Build;
use super::sbom::scan;

/// What is returned: the ref of each platform, or of the one that was asked for, with what a scanner says of it.
pub async fn result(
    cx: &Build<'_>,
    products: &[Product],
    references: Vec<Ref>,
) -> Result<frontend::Result, Failure> {
    let parts = products.iter().zip(references).zip(&cx.platforms);
    let parts = parts.map(|((product, it), platform)| part(cx, &product.result, it, platform));
    let mut parts: Vec<_> = parts.collect();
    scan(cx, products, &mut parts).await?;
    Ok(build_result(parts, cx.options.multi_platform, cx.source_date))
}

/// What is returned of one filesystem: its ref, and the configuration that an image made from it has.
///
/// `platform` is the one that is built for. Only if the client asked for it, an image that was made for another one is
/// said to be of it: without that, it is what its base image is. If that does not say what it is, exporters refuse the
/// image, as they refuse a Dockerfile's.
fn part(cx: &Build<'_>, fs: &Fs, reference: Ref, platform: &Platform) -> ResultPart {
    let options = cx.options;
    let mut config = fs.image.clone();
    let asked = (!options.platforms.is_empty()).then(|| platform.clone());
    let known = asked.or_else(|| config.platform());
    let platform = known.clone().unwrap_or_else(|| Platform::clone(&fs.platform));
    let detailed = with_details(&platform, &config);
    if known.is_some() || config.base.is_none() {
        config.set_platform(&detailed);
    }
    config.set_labels(&options.labels);
    config.set_date(cx.source_date);
    let json = match unchanged(fs, &platform).filter(|_| options.labels.is_empty()) {
        Some(base) => base.to_vec(),
        None => config.to_json(),
    };
    ResultPart {
        // Of Windows the version is a part of what an image runs on, though not of the name that was asked for.
        exported: if platform.os == "windows" { detailed } else { platform.clone() },
        platform,
        reference,
        sbom: None,
        config: Some(json),
        base_config: config.base.as_deref().map(<[u8]>::to_vec),
    }
}

/// The configuration of the base, if the result is the base: exporters then make the same image of it.
fn unchanged<'f>(fs: &'f Fs, platform: &Platform) -> Option<&'f [u8]> {
    let base = &fs.image;
    let is_source = fs.state.edge().is_none_or(|edge| edge.vertex.inputs().is_empty());
    let is_of_platform = base.platform() == Some(with_details(platform, base));
    base.unchanged(platform).filter(|_| is_source && is_of_platform)
}

/// A platform, with what only the base image says of it.
///
/// BuildKit 0.32, `frontend/dockerfile/dockerfile2llb/convert.go`, `finalizeResultImage`.
fn with_details(platform: &Platform, base: &ImageConfig) -> Platform {
    let mut found = platform.clone();
    let Some(base) = base.platform() else { return found };
    if base.is_alike(&found) {
        let details =
            [(&mut found.variant, base.variant), (&mut found.os_version, base.os_version)];
        for (detail, of_base) in details {
            if detail.is_empty() {
                *detail = of_base;
            }
        }
        if found.os_features.is_empty() {
            found.os_features = base.os_features;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        Platform::parse(text, &Platform::default()).expect("valid")
    }

    #[test]
    fn only_an_image_of_the_same_platform_adds_to_it() {
        for (base, asked, expected) in [
            (
                r#"{"os":"linux","architecture":"amd64","variant":"v3"}"#,
                "linux/amd64",
                "linux/amd64/v3",
            ),
            (
                r#"{"os":"linux","architecture":"amd64","variant":"v3"}"#,
                "linux/amd64/v2",
                "linux/amd64/v2",
            ),
            (r#"{"os":"linux","architecture":"arm","variant":"v6"}"#, "linux/arm64", "linux/arm64"),
            (
                r#"{"os":"windows","architecture":"amd64","os.version":"10.0"}"#,
                "windows/amd64",
                "windows(10.0)/amd64",
            ),
            ("{}", "linux/arm64", "linux/arm64"),
        ] {
            let base = ImageConfig::of_base(base.as_bytes(), &platform(asked)).expect("valid");
            assert_eq!(with_details(&platform(asked), &base).to_string(), expected);
        }
    }
}
