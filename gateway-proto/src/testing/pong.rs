use crate::apicaps::ApiCap;
use crate::caps::{BRIDGE_CAPS, Cap, LLB_CAPS};
use crate::frontend::PongResponse;
use crate::pb::Platform;
use crate::types::WorkerRecord;

/// What a daemon with every capability answers to `Ping`: one worker, for `linux/amd64`.
pub fn pong() -> PongResponse {
    answer(|_| true)
}

/// What a daemon of an older release answers, such as `0.8` or `0.7.2`.
pub fn pong_of(release: &str) -> PongResponse {
    let release = numbers(release);
    answer(|cap| numbers(cap.since) <= release)
}

fn answer(has: impl Fn(&Cap) -> bool) -> PongResponse {
    let list = |caps: &[Cap]| caps.iter().filter(|cap| has(cap)).map(enabled).collect();
    PongResponse {
        frontend_api_caps: list(BRIDGE_CAPS),
        llb_caps: list(LLB_CAPS),
        workers: vec![WorkerRecord {
            id: "worker".to_owned(),
            platforms: vec![Platform {
                os: "linux".to_owned(),
                architecture: "amd64".to_owned(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    }
}

fn enabled(cap: &Cap) -> ApiCap {
    ApiCap { id: cap.id.to_owned(), enabled: true, ..Default::default() }
}

/// `0.10` is later than `0.9.3`, and `0.7` is `0.7.0`.
fn numbers(release: &str) -> Vec<u32> {
    let mut numbers: Vec<_> =
        release.split('.').map(|number| number.parse().unwrap_or_default()).collect();
    numbers.resize(3, 0);
    numbers
}
