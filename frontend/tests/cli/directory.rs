use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use expect_test::Expect;
use tempfile::TempDir;

/// A working directory with files in it.
pub struct Directory(TempDir);

/// What a run gave.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Directory {
    pub fn new(files: &[(&str, &str)]) -> Self {
        let directory = Self(TempDir::new().expect("a directory"));
        for (name, text) in files {
            let path = directory.0.path().join(name);
            fs::create_dir_all(path.parent().expect("a parent")).expect("its directory");
            fs::write(path, text).expect("a file");
        }
        directory
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.path().join(name)).expect("a file")
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "", &[])
    }

    pub fn run_with(&self, arguments: &[&str], stdin: &str, env: &[(&str, &str)]) -> Ran {
        let output = self.output_of(arguments, stdin, env);
        Ran {
            code: output.status.code().expect("no signal"),
            out: String::from_utf8(output.stdout).expect("text"),
            err: String::from_utf8(output.stderr).expect("text"),
        }
    }

    pub fn output_of(&self, arguments: &[&str], stdin: &str, env: &[(&str, &str)]) -> Output {
        let mut child = Command::new(env!("CARGO_BIN_EXE_hlb-frontend"))
            .args(arguments)
            .current_dir(self.0.path())
            .env_remove("BUILDKIT_SESSION_ID")
            .env_remove("NO_COLOR")
            .envs(env.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program");
        // One that reads nothing may be gone already.
        let _ = child.stdin.take().expect("a pipe").write_all(stdin.as_bytes());
        child.wait_with_output().expect("an end")
    }
}

impl Ran {
    #[track_caller]
    pub fn check(&self, expected: Expect) {
        let mut transcript = format!("exit {}\n", self.code);
        for (stream, text) in [("stdout", &self.out), ("stderr", &self.err)] {
            if !text.is_empty() {
                transcript += &format!("--- {stream}\n{text}");
            }
        }
        expected.assert_eq(&transcript);
    }
}
