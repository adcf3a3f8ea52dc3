//! What commands get of the client and the daemon, and what file ops leave.

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[
    ("step_modes_have_twelve_bits", Graph::Same, modes),
    ("step_secrets_are_variables", Graph::First, secrets),
    ("step_a_missing_secret_is_shown_in_place", Graph::Same, missing_secret),
    ("step_a_script_is_run_by_its_interpreter", Graph::Same, script),
    ("step_a_linked_copy_outlives_its_base", Graph::First, link),
    ("step_what_a_daemon_lacks_is_named", Graph::First, lacking),
    ("step_what_the_client_sets_for_all_commands", Graph::Same, client_settings),
];

/// The program asks for a network, which the client does not allow.
fn client_settings(project: &Project) -> Tested {
    let program = "@syntax
fs made() {
	image \"@busybox\"
	run \"hostname > /seen; ulimit -n >> /seen; df -k /dev/shm | awk 'NR == 2 { print $2 }' >> /seen; ls /sys/class/net >> /seen; grep -e four -e six /etc/hosts | tr -s '\\t ' ' ' >> /seen; : @nonce\" with network(\"unset\")
}
fs default() { scratch; copy made \"/seen\" \"/seen\"; }
";
    project.write("Dockerfile", program)?;
    let hosts = ["--add-host", "four:10.1.2.3", "--add-host", "six:fd00::1"];
    let limits = ["--shm-size", "32m", "--ulimit", "nofile=333:444", "--network", "none"];
    let name = ["--build-arg", "BUILDKIT_SANDBOX_HOSTNAME=box"];
    project.build(&[&hosts[..], &limits, &name, &["-o", "out", "."]].concat())?.succeeded()?;
    project.expect("out/seen", "box\n333\n32768\nlo\n10.1.2.3 four\nfd00::1 six\n")
}

fn modes(project: &Project) -> Tested {
    let program = "@syntax
fs made() {
	image \"@busybox\"
	run \"mkdir -m 700 /there; : @nonce\"
	mkdir \"/tmp1\" 0o1777
	mkdir \"/there\" 0o2755
	mkdir \"/a/b\" 0o2750 with option { createParents; chown \"12:34\"; createdTime \"2020-01-01T00:00:00Z\" }
	mkfile \"/bin/su1\" 0o4711 \"text\"
	copy fs { mkfile \"/f\" 0o600 \"\" } \"/f\" \"/f\" with chmod(0o4755)
	run \"stat -c '%n %a %u:%g' /tmp1 /there /a/b /bin/su1 /f > /modes; stat -c %Y /a/b >> /modes; cat /bin/su1 >> /modes\"
}
fs default() { scratch; copy made \"/modes\" \"/modes\"; }
";
    project.write("Dockerfile", program)?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect(
        "out/modes",
        "/tmp1 1777 0:0\n/there 2755 0:0\n/a/b 2750 12:34\n/bin/su1 4711 0:0\n/f 4755 0:0\n1577836800\ntext",
    )
}

/// An optional secret that the client does not give leaves no file and no variable, not even an empty one.
fn secrets(project: &Project) -> Tested {
    let program = "@syntax
fs made() {
	image \"@busybox\"
	run \"env | grep -e ^GIVEN -e ^OPTIONAL -e ^SSH | sort > /seen; ls /run/secrets >> /seen; cat /file >> /seen; : @nonce\" with option {
		secret \"given\" with env(\"GIVEN\")
		secret \"optional\" with option { env \"OPTIONAL\"; optional; }
		secret \"optional\" \"/run/secrets/file\" with optional
		secret \"dir/given.txt\"
		secret \"given\" \"/file\" with mode(\"a+r\")
		ssh with optional
	}
}
fs default() { scratch; copy made \"/seen\" \"/seen\"; }
";
    project.write("Dockerfile", program)?;
    project.write("value", "@nonce\n")?;
    let given = ["--secret", "id=given,src=value", "--secret", "id=dir/given.txt,src=value"];
    project.build(&[&given[..], &["-o", "out", "."]].concat())?.succeeded()?;
    project.expect("out/seen", "GIVEN=@nonce\ngiven.txt\n@nonce\n")?;
    let optional = ["--secret", "id=optional,src=value"];
    project.build(&[&given[..], &optional, &["-o", "both", "."]].concat())?.succeeded()?;
    project.expect("both/seen", "GIVEN=@nonce\nOPTIONAL=@nonce\nfile\ngiven.txt\n@nonce\n")
}

fn missing_secret(project: &Project) -> Tested {
    let program = "@syntax
fs default() {
	image \"@busybox\"
	run \"echo @nonce\" with option {
		cacheMount \"/c\"
		secret \"npm-token\" with env(\"NPM_TOKEN\")
	}
}
fs agent() {
	image \"@busybox\"
	run \"echo @nonce\" with option { ssh; }
}
fs on_host() {
	image \"@busybox\"
	run \"echo @nonce\" with network(\"host\")
}
";
    project.write("Dockerfile", program)?;
    let said = [
        "   6 | >>> \t\tsecret \"npm-token\" with env(\"NPM_TOKEN\")",
        "Dockerfile:6:10: error[HLB0405]: the client gave the build no secret `npm-token`",
        "add `--secret id=npm-token` to the build",
    ];
    project.build(&["."])?.failed()?.says(&said)?;
    let said = ["error[HLB0405]: the client gave the build no SSH agent `default`"];
    project.build(&["--target", "agent", "."])?.failed()?.says(&said)?;
    let said = [
        "error[HLB0405]: the client does not allow entitlement `network.host`",
        "add `--allow network.host` to the build",
    ];
    project.build(&["--target", "on_host", "."])?.failed()?.says(&said)?.end()
}

fn script(project: &Project) -> Tested {
    let program = "@syntax
fs made() {
	image \"@busybox\"
	run <<-E
		#!/bin/sh -eu
		echo $0 $- > /seen
		df -k /memory | tail -1 | tr -s ' ' >> /seen
		: @nonce
	E with option { mount scratch \"/memory\" with option { tmpfs with size(\"3m\"); }; }
	run \"ls /dev/pipes 2>/dev/null || echo nothing left >> /seen\"
}
fs default() { scratch; copy made \"/seen\" \"/seen\"; }
";
    project.write("Dockerfile", program)?;
    project.build(&["-o", "out", "."])?.succeeded()?;
    project.expect("out/seen", "/dev/pipes/script ue\ntmpfs 3072 0 3072 0% /memory\nnothing left\n")
}

/// Where the daemon can lay filesystems over each other; where it can't, the copy is made again.
fn link(project: &Project) -> Tested {
    let program = "@syntax
fs base(string version) { image \"@busybox\"; run \"echo ${version} > /version; : @nonce\"; }
fs linked(string version) {
	base version
	copy local(\".\") \"/file\" \"/deep/down/file\" with option { link; chown \"5:6\"; }
}
fs default(string version) {
	linked version
	run \"stat -c '%n %u:%g' /deep/down/file > /seen; cat /version /deep/down/file >> /seen\"
}
fs out(string version) { scratch; copy default(version) \"/seen\" \"/seen\"; }
";
    project.write("Dockerfile", program)?;
    project.write("file", "@nonce\n")?;
    let words = ["--target", "out", "--build-arg", "version=1", "-o", "one", "."];
    project.build(&words)?.succeeded()?;
    project.expect("one/seen", "/deep/down/file 5:6\n1\n@nonce\n")?;
    let words = ["--target", "out", "--build-arg", "version=2", "-o", "two", "."];
    let ended = project.build(&words)?.succeeded()?;
    if ended.log.contains("[internal] link") {
        ended.cached("copy local(\".\") \"/file\"")?;
    }
    project.expect("two/seen", "/deep/down/file 5:6\n2\n@nonce\n")
}

/// A daemon that has it does it.
fn lacking(project: &Project) -> Tested {
    let program = "@syntax
fs symbolic() {
	scratch
	copy fs { mkdir \"/d\" 0o700; mkfile \"/d/f\" 0o600 \"@nonce\"; } \"/d\" \"/d\" with chmod(\"u=rwX,go=rX\")
}
fs seen() {
	image \"@busybox\"
	copy symbolic \"/d\" \"/d\"
	run \"stat -c '%n %a' /d /d/f > /modes\"
}
fs default() { scratch; copy seen \"/modes\" \"/modes\"; }
fs wanted() {
	scratch
	copy files \"/\" \"/\" with option { includePatterns \"no*\"; requiredPaths \"none\"; }
}
fs files() { scratch; mkfile \"/f\" 0o600 \"@nonce\"; }
";
    project.write("Dockerfile", program)?;
    let ended = project.build(&["-o", "out", "."])?;
    match ended.success {
        true => project.expect("out/modes", "/d 755\n/d/f 644\n")?,
        false => ended.says(&["`chmod` needs BuildKit 0.17 or later", "HLB0406"])?.end()?,
    }
    let ended = project.build(&["--target", "wanted", "."])?.failed()?;
    if ended.log.contains("HLB0406") {
        ended.says(&["`requiredPaths` needs BuildKit 0.26 or later: this daemon has no `file.copy.requiredpaths`"])?;
    }
    Ok(())
}
