//! What another frontend gets that is asked for a part of the build.

use std::collections::BTreeMap;

use super::Options;

/// How many frontends of this project are asked by each other, as a setting in the options that each passes on.
const NESTED: &str = "HLB_NESTED";

/// Options that say what is built and for whom: the part has its own.
const OF_THE_BUILD: [&str; 10] = [
    "source",
    "cmdline",
    "requestid",
    "filename",
    "target",
    "platform",
    "multi-platform",
    "frontend.caps",
    "cache-imports",
    "cache-from",
];
const OF_THE_BUILD_PREFIXES: [&str; 4] = ["build-arg:", "label:", "attest:", "HLB_"];

/// Build arguments of BuildKit's own that say who reads the file, and for how many platforms.
const NOT_PASSED_ON: [&str; 2] = ["BUILDKIT_SYNTAX", "BUILDKIT_MULTI_PLATFORM"];

/// Options that say where the client's main context is.
const OF_THE_CONTEXT: [&str; 4] = ["context", "contextkey", "contextsubdir", "dockerfilekey"];

/// Whether a frontend reads the client's main context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MainContext {
    Client,
    /// It is given one as an input.
    Input,
}

impl Options {
    /// What a frontend for Dockerfiles gets: what the client sets for all steps and images of the build, and its contexts.
    pub fn for_dockerfile(&self, context: MainContext) -> BTreeMap<String, String> {
        let mut passed = self.given.clone();
        passed.retain(|key, _| {
            let of_build = OF_THE_BUILD.contains(&key.as_str())
                || OF_THE_BUILD_PREFIXES.iter().any(|prefix| key.starts_with(prefix));
            let of_context =
                context == MainContext::Input && OF_THE_CONTEXT.contains(&key.as_str());
            !of_build && !of_context
        });
        let of_program: Vec<_> = self.program_args().collect();
        let settings = self.build_args.iter().filter(|(name, _)| {
            let name = name.as_str();
            !of_program.contains(&name)
                && !NOT_PASSED_ON.contains(&name)
                && !name.starts_with("HLB_")
        });
        passed.extend(settings.map(|(name, value)| (format!("build-arg:{name}"), value.clone())));
        passed
    }

    /// How many frontends of this project asked for this build, one through the other.
    pub fn nesting(&self) -> u32 {
        self.settings.get(NESTED).and_then(|count| count.parse().ok()).unwrap_or(0)
    }

    /// The option by which a frontend that this one asks knows of it.
    pub fn nested(&self) -> (String, String) {
        (NESTED.to_owned(), self.nesting().saturating_add(1).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(options: &[&str], context: MainContext) -> Vec<String> {
        let numbered = options.iter().enumerate();
        let environment = numbered
            .map(|(n, it)| (format!("BUILDKIT_FRONTEND_OPT_{n}").into(), (*it).to_owned().into()));
        let options = Options::parse(environment).expect("valid options");
        options.for_dockerfile(context).keys().cloned().collect()
    }

    #[test]
    fn a_part_of_the_build_gets_what_all_of_it_has() {
        let given = [
            "source=hlb",
            "cmdline=hlb",
            "filename=build.hlb",
            "target=t",
            "label:a=b",
            "build-arg:version=1",
            "build-arg:BUILDKIT_SYNTAX=hlb",
            "build-arg:HTTP_PROXY=p",
            "build-arg:SOURCE_DATE_EPOCH=0",
            "cache-from=c",
            "HLB_LOG=debug",
            "context=https://h/a.git",
            "no-cache=",
            "add-hosts=a=127.0.0.1",
            "context:base=docker-image://b",
        ];
        let both = ["add-hosts", "build-arg:HTTP_PROXY", "build-arg:SOURCE_DATE_EPOCH"];
        let last = ["context:base", "no-cache"];
        assert_eq!(passed(&given, MainContext::Client), [&both[..], &["context"], &last].concat());
        assert_eq!(passed(&given, MainContext::Input), [&both[..], &last].concat());
    }
}
