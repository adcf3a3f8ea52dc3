//! What is attested of a result: its bill of materials and its provenance.

use serde_json::Value;

use super::graph::ATTESTATIONS;
use super::project::Project;
use super::{Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_scanner_sees_the_result_and_what_went_into_it", ATTESTATIONS, sbom),
    ("provenance_names_frontend_modules_and_images", ATTESTATIONS, provenance),
];

const SCANNER: &str = "#!/bin/sh
set -e
cd /run/src
find . -type f | cut -c3- | sort > /tmp/seen
seen=$(tr '\\n' ' ' < /tmp/seen)
cat > \"$BUILDKIT_SCAN_DESTINATION/sbom.spdx.json\" <<END
{\"_type\":\"https://in-toto.io/Statement/v0.1\",\"predicateType\":\"https://spdx.dev/Document\",\"predicate\":{
\"spdxVersion\":\"SPDX-2.3\",\"SPDXID\":\"SPDXRef-DOCUMENT\",\"dataLicense\":\"CC0-1.0\",\"name\":\"hlb\",
\"documentNamespace\":\"https://example.org/hlb\",\"comment\":\"$seen\",
\"creationInfo\":{\"created\":\"2024-01-01T00:00:00Z\",\"creators\":[\"Tool: hlb\"]}}}
END
";

const SCANNED: &str = "@syntax
fs deps() {
	image \"@busybox\"
	run \"mkdir /deps && echo @nonce > /deps/lib\"
}
fs default() {
	scratch
	copy deps \"/deps/lib\" \"/app\"
	copy local(\"src\") \"/\" \"/\"
}
";

/// Each file that the scanner sees is one that it says.
fn sbom(project: &Project) -> Tested {
    project.write("scanner/scan", SCANNER)?;
    let dockerfile = "FROM @busybox\nCOPY --chmod=755 scan /scan\nENTRYPOINT [\"/scan\"]\n";
    project.write("scanner/Dockerfile", dockerfile)?;
    let scanner = "@registry/hlb-e2e/scanner:@nonce";
    project.build(&["--push", "-t", scanner, "scanner"])?.succeeded()?;
    project.write("context/build.hlb", SCANNED)?;
    project.write("context/src/own", "own")?;
    let build = |more: &[&str]| {
        let wanted = format!("--sbom=generator={scanner}");
        let words = ["-f", "context/build.hlb", "--provenance=false", &wanted, "-o", "out"];
        project.build(&[&words[..], more, &["context"]].concat())?.succeeded()?;
        let statement: Value = serde_json::from_str(&project.read("out/sbom.spdx.json")?)?;
        let seen = statement.pointer("/predicate/comment").and_then(Value::as_str);
        Ok::<_, libtest_mimic::Failed>(seen.unwrap_or_default().trim().to_owned())
    };
    let seen = build(&[])?;
    if seen != "core/sbom/app core/sbom/own" {
        return Err(format!("the scanner saw {seen:?}").into());
    }
    let more = ["BUILDKIT_SBOM_SCAN_STAGE=deps", "BUILDKIT_SBOM_SCAN_CONTEXT=1"];
    let seen = build(&["--build-arg", more[0], "--build-arg", more[1]])?;
    let expected = ["core/sbom/app", "extras/sbom-context/src/own", "extras/sbom-deps/deps/lib"];
    match expected.iter().find(|it| !seen.contains(*it)) {
        None => Ok(()),
        Some(missing) => Err(format!("the scanner did not see {missing}: {seen:?}").into()),
    }
}

const NAMED: &str = "@syntax
import lib from \"./lib.hlb\"
fs default() { lib.app; }
";

const MODULE: &str = "export app
fs app() {
	image \"@busybox\"
	run \"echo @nonce > /app\"
}
";

fn provenance(project: &Project) -> Tested {
    project.write("build.hlb", NAMED)?;
    project.write("lib.hlb", MODULE)?;
    let words = ["-f", "build.hlb", "--attest", "type=provenance,mode=max", "-o", "out", "."];
    project.build(&words)?.succeeded()?;
    let statement: Value = serde_json::from_str(&project.read("out/provenance.json")?)?;
    let mut texts = Vec::new();
    collect(&statement, &mut texts);
    // Older versions escape what is no letter in a name.
    let texts: Vec<String> = texts.iter().map(|text| text.replace("%3A", ":")).collect();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let frontend = project.fill("@frontend");
    let repository = frontend.rsplit_once(':').map_or(frontend.as_str(), |(name, _)| name);
    let (of_frontend, of_base) =
        (format!("pkg:docker/{repository}@"), project.fill("pkg:docker/@registry/busybox@"));
    for (what, is_there) in [
        ("the image of the frontend", has(&texts, &of_frontend)),
        ("the base image", has(&texts, &of_base)),
        ("the program", texts.contains(&"build.hlb")),
        ("the module", texts.contains(&"lib.hlb")),
    ] {
        if !is_there {
            return Err(format!("{what} is not in {statement}").into());
        }
    }
    Ok(())
}

fn has(texts: &[&str], start: &str) -> bool {
    texts.iter().any(|text| text.starts_with(start))
}

fn collect<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(values) => values.iter().for_each(|it| collect(it, texts)),
        Value::Object(entries) => entries.values().for_each(|it| collect(it, texts)),
        _ => {}
    }
}
