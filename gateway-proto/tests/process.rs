//! The stdio channel in a process of its own, at both ends of real pipes.
//!
//! The test program starts itself again with the name of a frontend, so the harness, which would print to stdout before
//! that, is replaced.

use std::fs::File;
use std::io::Write;
use std::process::{Command, ExitCode, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gateway_proto::channel::{MAX_MESSAGE, client, stdio};
use gateway_proto::frontend::llb_bridge_client::LlbBridgeClient;
use gateway_proto::frontend::{
    self, PingRequest, ReadFileRequest, ReadFileResponse, ReturnRequest, ReturnResponse,
    SolveRequest, SolveResponse,
};
use gateway_proto::rpc::Status;
use gateway_proto::testing::{Answer, Daemon, Ended, Frontend};
use gateway_proto::{Any, status};
use libtest_mimic::{Arguments, Failed, Trial};
use tonic::transport::Channel;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    if let (Some(FRONTEND), Some(name)) = (arguments.next().as_deref(), arguments.next()) {
        return run_frontend(&name);
    }
    let trials = vec![
        Trial::test("an_error_of_1_mb_is_forwarded_byte_for_byte", forwards_a_large_error),
        Trial::test("a_daemon_that_goes_away_during_a_call_ends_it", daemon_dies_during_a_call),
        Trial::test("a_daemon_that_goes_away_between_calls_ends_it", daemon_dies_between_calls),
        Trial::test("a_daemon_that_goes_away_at_once_ends_it", daemon_dies_at_once),
        Trial::test("a_file_of_16_mib_is_one_answer", reads_a_large_file),
        Trial::test("what_is_printed_stays_out_of_the_protocol", prints_to_stdout),
        Trial::test("a_file_for_stdin_is_not_a_daemon", refuses_a_file),
        Trial::test("nothing_for_stdout_is_not_a_daemon", refuses_the_null_device),
        Trial::test("sockets_do_as_well_as_pipes", speaks_over_sockets),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Marks a start of this program that is to be a frontend.
const FRONTEND: &str = "--as-frontend";

/// Longer than anything takes on a busy machine.
const LIMIT: Duration = Duration::from_secs(60);

// ---- the frontends ----

type Client = LlbBridgeClient<Channel>;

/// What a frontend exits with if there is no channel.
const NO_CHANNEL: u8 = 2;
/// What it exits with if a call fails that it needs.
const NO_ANSWER: u8 = 3;

#[expect(clippy::print_stderr, reason = "what a frontend says of itself is for the daemon's log")]
fn run_frontend(name: &str) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = runtime.map_err(|error| (NO_CHANNEL, error.to_string())).and_then(|runtime| {
        runtime.block_on(async {
            let channel = stdio().map_err(|error| (NO_CHANNEL, error.to_string()))?;
            act(name, client(channel)).await.map_err(|error| (NO_ANSWER, error.to_string()))
        })
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((code, text)) => {
            eprintln!("{text}");
            ExitCode::from(code)
        }
    }
}

async fn act(name: &str, mut client: Client) -> Result<(), tonic::Status> {
    match name {
        "forward" => forward(&mut client).await?,
        "print" => print(&mut client).await?,
        "read" => read(&mut client).await?,
        "ping until it fails" => loop {
            client.ping(PingRequest {}).await?;
        },
        other => return Err(tonic::Status::internal(format!("no frontend is named {other}"))),
    }
    // With the channel still held: that is the rule.
    std::process::exit(0)
}

/// Solves, and returns the error that it gets.
async fn forward(client: &mut Client) -> Result<(), tonic::Status> {
    client.ping(PingRequest {}).await?;
    match client.solve(SolveRequest::default()).await {
        Ok(_) => Err(tonic::Status::internal("the solve succeeds")),
        // Nobody is there to take it.
        Err(gone) if gone.details().is_empty() => Err(gone),
        Err(failed) => {
            let error = Some(status::to_rpc(&failed));
            client.r#return(ReturnRequest { result: None, error }).await.map(drop)
        }
    }
}

#[expect(clippy::print_stdout, reason = "to see that it goes elsewhere")]
async fn print(client: &mut Client) -> Result<(), tonic::Status> {
    println!("printed before the first call");
    client.ping(PingRequest {}).await?;
    println!("printed between two calls");
    let _ = std::io::stdout().write_all(b"written to the handle\n");
    Command::new("echo").arg("printed by a child").status()?;
    return_result(client, b"intact".to_vec()).await
}

async fn read(client: &mut Client) -> Result<(), tonic::Status> {
    let answer = client.read_file(ReadFileRequest::default()).await?;
    let length = answer.into_inner().data.len();
    return_result(client, length.to_string().into_bytes()).await
}

async fn return_result(client: &mut Client, answer: Vec<u8>) -> Result<(), tonic::Status> {
    let metadata = [("answer".to_owned(), answer)].into();
    let result = Some(frontend::Result { metadata, ..Default::default() });
    client.r#return(ReturnRequest { result, error: None }).await.map(drop)
}

// ---- the daemon ----

/// Fails solves as told, has one large file, and keeps what is returned.
#[derive(Default)]
struct Fake {
    failure: Option<Status>,
    file_len_bytes: usize,
    returned: Mutex<Option<ReturnRequest>>,
}

#[tonic::async_trait]
impl Daemon for Fake {
    async fn solve(&self, _: SolveRequest) -> Answer<SolveResponse> {
        match &self.failure {
            Some(failure) => Err(status::to_tonic(failure)),
            None => std::future::pending().await,
        }
    }

    async fn read_file(&self, _: ReadFileRequest) -> Answer<ReadFileResponse> {
        Ok(ReadFileResponse { data: vec![b'x'; self.file_len_bytes] })
    }

    async fn r#return(&self, request: ReturnRequest) -> Answer<ReturnResponse> {
        let mut returned = self.returned.lock().map_err(|_| tonic::Status::internal("poisoned"))?;
        *returned = Some(request);
        Ok(ReturnResponse {})
    }
}

impl Fake {
    fn returned(&self) -> Result<ReturnRequest, Failed> {
        let mut returned = self.returned.lock().map_err(|_| "the daemon panics")?;
        Ok(returned.take().ok_or("nothing is returned")?)
    }

    fn answer(&self) -> Result<String, Failed> {
        let result = self.returned()?.result.ok_or("no result is returned")?;
        let answer = result.metadata.get("answer").ok_or("the result has no answer")?;
        Ok(String::from_utf8(answer.clone())?)
    }
}

fn command(name: &str) -> Result<Command, Failed> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args([FRONTEND, name]);
    Ok(command)
}

fn run(name: &str, daemon: &Arc<Fake>) -> Result<Ended, Failed> {
    Ok(Frontend::start(command(name)?, Arc::clone(daemon))?.wait(LIMIT)?)
}

fn expect_success(ended: &Ended) -> Result<(), Failed> {
    match ended.status.success() {
        true => Ok(()),
        false => Err(format!("{ended:?}").into()),
    }
}

// ---- the tests ----

fn forwards_a_large_error() -> Result<(), Failed> {
    let detail = |type_url: &str, value| Any { type_url: type_url.to_owned(), value };
    let failure = Status {
        code: status::UNKNOWN,
        message: "process \"/bin/sh -c false\" did not complete successfully: exit code: 1".into(),
        details: vec![
            detail("github.com/moby/buildkit/stack.Stack+json", br#"{"frames":[]}"#.to_vec()),
            detail("example.com/nobody.Knows+json", (0..=255).cycle().take(1 << 20).collect()),
            detail("github.com/moby/buildkit/errdefs.Vertex+json", b"not even JSON".to_vec()),
            detail("", Vec::new()),
        ],
    };
    let daemon = Arc::new(Fake { failure: Some(failure.clone()), ..Default::default() });
    let ended = run("forward", &daemon)?;
    expect_success(&ended)?;
    assert_eq!(ended.stderr, "");
    let returned = daemon.returned()?;
    assert_eq!(returned.result, None);
    assert!(returned.error == Some(failure), "the error is another than that of the solve");
    Ok(())
}

fn daemon_dies_during_a_call() -> Result<(), Failed> {
    // A solve that never ends.
    expect_end_of(Frontend::start(command("forward")?, Arc::new(Fake::default()))?)
}

fn daemon_dies_between_calls() -> Result<(), Failed> {
    expect_end_of(Frontend::start(command("ping until it fails")?, Arc::new(Fake::default()))?)
}

/// Lets a frontend get under way, hangs up and expects that it notices.
fn expect_end_of(frontend: Frontend) -> Result<(), Failed> {
    std::thread::sleep(Duration::from_millis(200));
    let hung_up = Instant::now();
    let ended = frontend.hang_up(LIMIT)?;
    expect_quiet_failure(&ended)?;
    assert!(hung_up.elapsed() < Duration::from_secs(5), "took {:?}", hung_up.elapsed());
    Ok(())
}

fn daemon_dies_at_once() -> Result<(), Failed> {
    let ended = Frontend::start(command("forward")?, Arc::new(Fake::default()))?.hang_up(LIMIT)?;
    expect_quiet_failure(&ended)
}

fn expect_quiet_failure(ended: &Ended) -> Result<(), Failed> {
    assert_eq!(ended.status.code(), Some(NO_ANSWER.into()), "{ended:?}");
    assert!(!ended.stderr.contains("panic"), "{ended:?}");
    Ok(())
}

fn reads_a_large_file() -> Result<(), Failed> {
    // The field's tag and its length, which takes four bytes.
    const OVERHEAD: usize = 5;
    let file_len_bytes = MAX_MESSAGE - OVERHEAD;
    let daemon = Arc::new(Fake { file_len_bytes, ..Default::default() });
    expect_success(&run("read", &daemon)?)?;
    assert_eq!(daemon.answer()?, file_len_bytes.to_string());
    Ok(())
}

fn prints_to_stdout() -> Result<(), Failed> {
    let daemon = Arc::new(Fake::default());
    let ended = run("print", &daemon)?;
    expect_success(&ended)?;
    assert_eq!(daemon.answer()?, "intact");
    assert_eq!(
        ended.stderr,
        "printed before the first call\nprinted between two calls\nwritten to the handle\nprinted by a child\n"
    );
    Ok(())
}

fn refuses_a_file() -> Result<(), Failed> {
    let stdin = File::open(std::env::current_exe()?)?;
    let output = command("forward")?.stdin(stdin).output()?;
    assert_eq!(output.status.code(), Some(NO_CHANNEL.into()));
    assert_eq!(output.stdout, b"");
    let text = "stdin is not a pipe, so there is no BuildKit daemon at its other end\n";
    assert_eq!(String::from_utf8(output.stderr)?, text);
    Ok(())
}

fn refuses_the_null_device() -> Result<(), Failed> {
    let mut command = command("forward")?;
    let child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    let output = child.wait_with_output()?;
    assert_eq!(output.status.code(), Some(NO_CHANNEL.into()));
    let text = "stdout is not a pipe, so there is no BuildKit daemon at its other end\n";
    assert_eq!(String::from_utf8(output.stderr)?, text);
    Ok(())
}

/// One socket for both streams, as some supervisors give.
fn speaks_over_sockets() -> Result<(), Failed> {
    let (ours, theirs) = std::os::unix::net::UnixStream::pair()?;
    let daemon = Arc::new(Fake { file_len_bytes: 1 << 20, ..Default::default() });
    let mut child = command("read")?
        .stdin(std::os::fd::OwnedFd::from(theirs.try_clone()?))
        .stdout(std::os::fd::OwnedFd::from(theirs))
        .spawn()?;
    ours.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let served = runtime.block_on(async {
        let stream = tokio::net::UnixStream::from_std(ours)?;
        let serving = gateway_proto::testing::serve(Arc::clone(&daemon), stream);
        tokio::time::timeout(LIMIT, serving).await?.map_err(std::io::Error::other)
    });
    if served.is_err() {
        child.kill()?;
    }
    assert!(child.wait()?.success());
    served?;
    assert_eq!(daemon.answer()?, (1 << 20).to_string());
    Ok(())
}
