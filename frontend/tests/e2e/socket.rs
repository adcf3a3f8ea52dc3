//! Sockets of the client's.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::thread;

use super::project::Project;
use super::{Graph, Test, Tested};

pub const TESTS: &[Test] = &[("socket_is_forwarded", Graph::Same, forwarded)];

/// `docker buildx` passes on the protocol of an SSH agent alone, so an agent without keys answers. By hand, `buildctl build
/// --ssh db=SOCKET,raw=true` of BuildKit 0.32 passed on other bytes as well, with both daemons.
fn forwarded(project: &Project) -> Tested {
    let program = r#"@syntax
fs asked() {
	image "@registry/gcc:latest"
	run <<-SCRIPT
		stat -c '%F %a %u:%g' /run/db.sock > /seen
		ls /run/other.sock 2>/dev/null >> /seen || true
		echo "agent: $SSH_AUTH_SOCK" >> /seen
		perl -MIO::Socket::UNIX -e '
			$s = IO::Socket::UNIX->new(Peer => "/run/db.sock") or die "$!";
			syswrite $s, pack("H*", "000000010b");
			$answer = "";
			while (length($answer) < 9) { sysread($s, $answer, 9, length($answer)) or last }
			print unpack("H*", $answer), "\n";
		' >> /seen
		: @nonce
		SCRIPT with option {
		forward "@id" "/run/db.sock" with option { uid 7; gid 8; mode 0o660; }
		forward "other" "/run/other.sock" with optional
	}
}
fs default() { scratch; copy asked "/seen" "/seen"; }
"#;
    let socket = project.path("db.sock");
    let id = format!("unix://{}", socket.display());
    project.write("Dockerfile", &program.replace("@id", &id))?;
    let said = format!("add `--ssh {id}={}` to the build", socket.display());
    project.build(&["."])?.failed()?.says(&["error[HLB0405]", &said])?;
    let listener = UnixListener::bind(&socket)?;
    // It ends with the process: nobody waits for the last connection.
    thread::spawn(move || listener.incoming().flatten().try_for_each(without_keys));
    let given = format!("{id}={}", socket.display());
    project.build(&["--ssh", &given, "-o", "out", "."])?.succeeded()?;
    project.expect("out/seen", "socket 660 7:8\nagent: \n000000050c00000000\n")
}

/// Answers as an agent that has no keys, whatever the question.
fn without_keys(mut connection: UnixStream) -> std::io::Result<()> {
    let mut length = [0; 4];
    while connection.read_exact(&mut length).is_ok() {
        let mut question = vec![0; u32::from_be_bytes(length) as usize];
        connection.read_exact(&mut question)?;
        // SSH_AGENT_IDENTITIES_ANSWER (draft-miller-ssh-agent), of 0 keys.
        connection.write_all(&[0, 0, 0, 5, 12, 0, 0, 0, 0])?;
    }
    Ok(())
}
