use gateway_proto::caps::{Caps, EXEC_META_LINUX_RESOURCES};
use gateway_proto::limited::LinuxResources;
use hlb_syntax::diagnostic::{Code, Diagnostic};

/// Resource limits that the daemon can't hold commands to.
pub static LIMITS_WITHOUT_EFFECT: Code = Code::warning("HLB0610", "limits-without-effect");

/// The warning that a client asks for limits of resources which have no effect on this daemon.
pub fn limits_without_effect(resources: &LinuxResources, caps: &Caps) -> Option<Diagnostic> {
    let names = given(resources);
    let lacking = caps.check(EXEC_META_LINUX_RESOURCES).err()?;
    let problem = match &names[..] {
        [] => return None,
        [name] => format!("option `{name}` has no effect: {lacking}"),
        names => format!("options `{}` have no effect: {lacking}", names.join("`, `")),
    };
    Some(LIMITS_WITHOUT_EFFECT.without_span(problem).help("limit the daemon, or leave it out"))
}

/// The options of the limits that there are.
fn given(resources: &LinuxResources) -> Vec<&'static str> {
    let LinuxResources { memory, memory_swap, cpu_shares, cpu_period, cpu_quota, .. } = resources;
    let LinuxResources { cpuset_cpus, cpuset_mems, .. } = resources;
    let all = [
        ("memory", *memory != 0),
        ("memswap", *memory_swap != 0),
        ("cpushares", *cpu_shares != 0),
        ("cpuperiod", *cpu_period != 0),
        ("cpuquota", *cpu_quota != 0),
        ("cpusetcpus", !cpuset_cpus.is_empty()),
        ("cpusetmems", !cpuset_mems.is_empty()),
    ];
    all.into_iter().filter_map(|(name, is_given)| is_given.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_option_is_named_if_the_daemon_is_too_old() {
        let old = Caps::new(&[], &[]);
        let none = LinuxResources::default();
        assert_eq!(limits_without_effect(&none, &old), None);
        let memory = LinuxResources { memory: 1, ..LinuxResources::default() };
        assert_eq!(limits_without_effect(&memory, &Caps::all()), None);
        let said = |resources| limits_without_effect(&resources, &old).map(|it| it.message);
        let one = said(memory).expect("a warning");
        assert!(
            one.starts_with("option `memory` has no effect: ") && one.contains("0.31"),
            "{one}"
        );
        let both = LinuxResources {
            cpu_quota: 1,
            cpuset_mems: "0".to_owned(),
            ..LinuxResources::default()
        };
        let both = said(both).expect("a warning");
        assert!(both.starts_with("options `cpuquota`, `cpusetmems` have no effect: "), "{both}");
    }
}
