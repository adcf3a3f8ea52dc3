use std::sync::Arc;

use gateway_proto::frontend;
use hlb_eval::Fs;
use hlb_gateway::bridge::{Ref, ResultPart, build_result};
use hlb_gateway::options::Options;
use llb::Platform;

/// What is returned of one filesystem: its ref, and the configuration that an image made from it has.
pub fn single(fs: &Fs, reference: Ref, platform: &Platform, options: &Options) -> frontend::Result {
    let mut config = fs.image.clone();
    if config.architecture.is_empty() || config.os.is_empty() {
        let Platform { os, architecture, variant, .. } = &*fs.platform;
        config.os = os.as_str().into();
        config.architecture = architecture.as_str().into();
        config.variant = Some(variant.as_str()).filter(|it| !it.is_empty()).map(Into::into);
    }
    let labels = &mut Arc::make_mut(&mut config.config).labels;
    for (key, value) in &options.labels {
        labels.insert_mut(key.clone(), value.clone());
    }
    let part = ResultPart {
        platform: platform.clone(),
        reference,
        config: Some(config.to_json()),
        base_config: None,
    };
    build_result(vec![part], false, options.source_date_epoch)
}
