//! Modules from other filesystems: of the context, an image, a download, a repository, and out of each other.

use super::project::Project;
use super::server::{GitDaemon, commit, serve};
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("a_module_of_the_context", Graph::Same, context),
    ("a_module_of_an_image", Graph::First, image),
    ("a_module_of_a_download", Graph::Same, download),
    ("a_module_of_a_repository", Graph::Same, repository),
    ("a_module_that_a_build_made", Graph::First, made),
    ("a_error_in_a_module_of_the_context_is_shown_there", Graph::Same, error),
    ("an_import_whose_command_fails", Graph::Same, failing),
    ("an_import_that_is_not_there", Graph::Same, missing),
    ("an_import_that_is_no_file", Graph::Same, no_file),
    ("an_import_with_an_odd_name", Graph::Same, odd_names),
    ("a_chain_of_imports_is_read_ahead", Graph::Same, chain),
];

fn context(project: &Project) -> Tested {
    project.write(
        "ci/build.hlb",
        "@syntax
import tools from fs { local \"lib\" }
import near from \"near.hlb\"
fs default() { scratch; near.base; tools.greet near.word }
",
    )?;
    project.write(
        "ci/near.hlb",
        "export base\nexport word\nfs base() { local \"base\" }\nstring word() { \"@nonce\" }\n",
    )?;
    project.write("base/from-context", "base @nonce")?;
    // What is in the filesystem of the module is no part of the context for it.
    project.write(
        "lib/module.hlb",
        "import words from \"sub/words.hlb\"
export greet
fs greet(string word) {
	mkfile \"/greet\" 0o644 words.greeting(word)
	copy local(\"data\") \"/file\" \"/copied\"
}
",
    )?;
    project.write("lib/data/file", "data @nonce")?;
    project.write(
        "lib/sub/words.hlb",
        "import all from \"/module.hlb\"\nexport greeting\nstring greeting(string word) { \"hello ${word}\" }\n",
    )?;
    // A cycle of modules is an error, and shown with its files.
    let said =
        ["HLB0103", "import `all`: `tools:/module.hlb` leads back to `tools:/sub/words.hlb`"];
    project.build(&["-f", "ci/build.hlb", "-o", "out", "."])?.failed()?.says(&said)?;
    project.write(
        "lib/sub/words.hlb",
        "export greeting\nstring greeting(string word) { \"hello ${word}\" }\n",
    )?;
    project.build(&["-f", "ci/build.hlb", "-o", "out", "."])?.succeeded()?;
    project.expect("out/from-context", "base @nonce")?;
    project.expect("out/greet", "hello @nonce")?;
    project.expect("out/copied", "data @nonce")
}

fn image(project: &Project) -> Tested {
    let module = "export greet\nfs greet() { scratch; mkfile \"/greet\" 0o644 \"@nonce\" }\n";
    project.write("lib/module.hlb", module)?;
    project.write("lib/Dockerfile", "FROM scratch\nCOPY module.hlb /\n")?;
    let tag = "@registry/hlb-e2e/module:@nonce";
    project.build(&["--push", "-t", tag, "lib"])?.succeeded()?;
    project.write(
        "Dockerfile",
        "@syntax\nimport lib from image(\"@registry/hlb-e2e/module:@nonce\")\nfs default() { lib.greet; }\n",
    )?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/greet", "@nonce")
}

fn download(project: &Project) -> Tested {
    let module =
        project.fill("export greet\nfs greet() { scratch; mkfile \"/greet\" 0o644 \"@nonce\" }\n");
    let address = serve(module.into_bytes())?;
    project.write(
        "Dockerfile",
        &format!(
            "@syntax\nimport lib from http(\"http://{address}/@nonce/module.hlb\")\nfs default() {{ lib.greet; }}\n"
        ),
    )?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/greet", "@nonce")
}

/// The repository has a module that imports another beside it, and takes files of its own.
fn repository(project: &Project) -> Tested {
    project.write(
        "repositories/r/module.hlb",
        "import words from \"./sub/words.hlb\"\nexport greet\nfs greet() { local \"data\"; mkfile \"/greet\" 0o644 words.word }\n",
    )?;
    project.write("repositories/r/sub/words.hlb", "export word\nstring word() { \"@nonce\" }\n")?;
    project.write("repositories/r/data/file", "data @nonce")?;
    commit(project, "repositories/r")?;
    let daemon = GitDaemon::start(project)?;
    project.write(
        "Dockerfile",
        &format!(
            "@syntax\nimport lib from fs {{ git \"git://{}/r\" \"main\" }}\nfs default() {{ lib.greet; }}\n",
            daemon.address
        ),
    )?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/greet", "@nonce")?;
    project.expect("out/file", "data @nonce")
}

/// The module comes out of a command, and its place out of another module.
fn made(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax
import kit from \"kit.hlb\"
import lib from kit.generated(\"@nonce\")
import again from fs { kit.generated \"@nonce\" }
fs default() { lib.greet; again.greet }
",
    )?;
    project.write(
        "kit.hlb",
        "export generated
fs generated(string word) { copy _made(word) \"/out/module.hlb\" \"/\" }
fs _made(string word) {
	image \"@busybox\"
	run <<-`SH`
		mkdir /out
		printf 'export greet\\nfs greet() { mkfile \"/greet\" 0o644 \"%s\" }\\n' \"$WORD\" > /out/module.hlb
	SH with env(\"WORD\", word)
}
",
    )?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/greet", "@nonce")
}

fn error(project: &Project) -> Tested {
    project.write(
        "Dockerfile",
        "@syntax\nimport lib from fs { local \"lib\" }\nfs default() { lib.greet; lib.gret; }\n",
    )?;
    project.write("lib/module.hlb", "export greet\n\nfs greet() {\n\tscratc\n}\n")?;
    let said = [
        "Dockerfile:3:31: error[HLB0205]: unknown name `gret` in import `lib` (did you mean `greet`?)",
        "lib:/module.hlb:4:2: error[HLB0201]: unknown name `scratc` (did you mean `scratch`?)",
        "   4 | >>> \tscratc",
    ];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

fn failing(project: &Project) -> Tested {
    let program = "@syntax
import lib from fs {
	image \"@busybox\"
	run \"echo no-$((6 * 7)); exit 3\"
}
fs default() { lib.greet; }
";
    project.write("Dockerfile", program)?;
    let said = ["import `lib`: ", "exit code: 3", "   4 | >>> \trun \"echo no-", "no-42"];
    project.build(&["."])?.failed()?.says(&said)?;
    // Beside another error it is one line, and nothing is lost.
    project.write("Dockerfile", &program.replace("lib.greet;", "lib.greet; scratc"))?;
    let said = [
        "2 errors in Dockerfile",
        "error[HLB0404]: import `lib`: ",
        "exit code: 3",
        "unknown name `scratc`",
    ];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

fn missing(project: &Project) -> Tested {
    let program = "@syntax
import a from fs { local \"lib\" }
import b from image(\"@registry/hlb-e2e/none:@nonce\")
import c from fs { scratch }
import d from fs { local \"../up\" }
fs default() { a.x; b.x; c.x; d.x }
";
    project.write("Dockerfile", program)?;
    project.write("lib/other.hlb", "")?;
    let said = [
        "4 errors in Dockerfile",
        "import `a`: no `module.hlb` at the root of the filesystem",
        "error[HLB0320]",
        "import `c`: no `module.hlb` at the root of the filesystem",
        "`../up` leads above the build context",
    ];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

/// Reading a pipe would hang the build, and what is left of that stays in the daemon.
fn no_file(project: &Project) -> Tested {
    let program = "@syntax
import pipe from made(\"mkfifo /module.hlb\")
import linked from made(\"mkfifo /pipe; ln -s pipe /module.hlb\")
import device from made(\"mknod /module.hlb c 1 5\")
import links from made(\"ln -s module.hlb /other; ln -s other /module.hlb\")
import directory from \"./lib\"
fs made(string command) {
	image \"@busybox\"
	run command
}
fs default() { pipe.x; linked.x; device.x; links.x; directory.x }
";
    project.write("Dockerfile", program)?;
    project.write("lib/module.hlb", "")?;
    let said = [
        "5 errors in Dockerfile",
        "error[HLB0105]: import `pipe`: it is a named pipe",
        "error[HLB0105]: import `linked`: it is a named pipe",
        "error[HLB0105]: import `device`: it is a device",
        "error[HLB0105]: import `links`: it leads to too many symbolic links",
        "error[HLB0105]: import `directory`: it is a directory",
    ];
    project.build(&["."])?.failed()?.says(&said)?.end()
}

/// What a client would take for patterns are paths.
fn odd_names(project: &Project) -> Tested {
    let names = ["[x].hlb", "!x.hlb", "*.hlb", "a\\\\b.hlb", " s ", "é+(1)^$.hlb", "d/l[i]nk.hlb"];
    let numbered = || names.iter().enumerate();
    let imports = numbered().map(|(n, name)| format!("import m{n} from \"{name}\"\n"));
    let uses = numbered().map(|(n, _)| format!("m{n}.made \"{n}\"; "));
    let program = [
        "@syntax\n".to_owned(),
        imports.collect(),
        format!("fs default() {{ scratch; {} }}\n", uses.collect::<String>()),
    ];
    project.write("Dockerfile", &program.concat())?;
    let module = "export made\nfs made(string n) { mkfile \"/${n}\" 0o644 n }\n";
    for name in names {
        project.write(&name.replace("\\\\", "\\"), module)?;
    }
    // The last is a link.
    std::fs::rename(project.path("d/l[i]nk.hlb"), project.path("d/to.hlb"))?;
    std::os::unix::fs::symlink("to.hlb", project.path("d/l[i]nk.hlb"))?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    for (n, _) in numbered() {
        project.expect(&format!("out/{n}"), &n.to_string())?;
    }
    Ok(())
}

/// Not a transfer for each of the modules.
fn chain(project: &Project) -> Tested {
    const LENGTH: usize = 40;
    for n in 1..LENGTH {
        let next = format!(
            "import next from \"m{}.hlb\"\nexport made\nfs made() {{ next.made }}\n",
            n + 1
        );
        project.write(&format!("m{n}.hlb"), &next)?;
    }
    let last = "export made\nfs made() { mkfile \"/made\" 0o644 \"@nonce\" }\n";
    project.write(&format!("m{LENGTH}.hlb"), last)?;
    project.write(
        "Dockerfile",
        "@syntax\nimport next from \"m1.hlb\"\nfs default() { scratch; next.made }\n",
    )?;
    let built = project.build(&["-o", "out", "."])?.succeeded()?;
    let loads = built.log.lines().filter(|line| line.ends_with("[internal] load imported modules"));
    let count = loads.count();
    if count != 2 {
        return Err(format!("{count} transfers of modules:\n{}", built.log).into());
    }
    project.expect("out/made", "@nonce")
}
