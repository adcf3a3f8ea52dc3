//! The machine that the program runs on, as a daemon on it would describe it.

use llb::Platform;

/// What a daemon on this machine says of its workers: one, of Linux, whatever the machine's own system is.
pub(super) fn workers() -> String {
    let Platform { os, architecture, variant, .. } = host(std::env::consts::ARCH);
    // None of the names has anything that JSON would escape.
    format!(
        r#"[{{"platforms":[{{"os":"{os}","architecture":"{architecture}","variant":"{variant}"}}]}}]"#
    )
}

/// Linux on an architecture, which has the name that Rust knows it by.
fn host(architecture: &str) -> Platform {
    let architecture = match architecture {
        "x86" => "386",
        "loongarch64" => "loong64",
        "powerpc64" if cfg!(target_endian = "little") => "ppc64le",
        "powerpc64" => "ppc64",
        same => same,
    };
    let (os, architecture) = ("linux".to_owned(), architecture.to_owned());
    Platform { os, architecture, ..Platform::default() }.normalized()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn architectures_have_the_names_of_images() {
        let named = ["x86_64", "aarch64", "arm", "x86", "riscv64", "s390x"];
        let platforms = named.map(|it| host(it).to_string());
        let expected = ["amd64", "arm64", "arm/v7", "386", "riscv64", "s390x"];
        assert_eq!(platforms, expected.map(|it| format!("linux/{it}")));
    }
}
