use gateway_proto::frontend;
use hlb_eval::Fs;
use hlb_gateway::bridge::{Ref, ResultPart, build_result};
use hlb_gateway::options::Options;
use llb::Platform;

/// What is returned of one filesystem: its ref, and the configuration that an image made from it has.
pub fn single(fs: &Fs, reference: Ref, platform: &Platform, options: &Options) -> frontend::Result {
    let mut config = fs.image.clone();
    if config.architecture.is_empty() || config.os.is_empty() {
        let Platform { os, architecture, variant, .. } = &fs.platform;
        config.os.clone_from(os);
        config.architecture.clone_from(architecture);
        config.variant = Some(variant.clone()).filter(|variant| !variant.is_empty());
    }
    config.config.labels.extend(options.labels.clone());
    let part = ResultPart {
        platform: platform.clone(),
        reference,
        config: Some(config.to_json()),
        base_config: None,
    };
    build_result(vec![part], false, options.source_date_epoch)
}
