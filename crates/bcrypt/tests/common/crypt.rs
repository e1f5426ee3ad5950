//! The C implementation of this system.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// Answers lines of setting and password, both in hexadecimal.
const PROGRAM: &str = r#"$| = 1; while (<STDIN>) { chomp; my ($setting, $password) = map { pack "H*", $_ } split / /, $_, 2; print crypt($password, $setting), "\n" }"#;

/// `crypt(3)`, in a separate process, since calling it is unsafe. Ended when dropped.
pub(crate) struct C {
    pub(crate) process: Child,
    questions: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl C {
    /// # Panics
    /// Without perl, or if its `crypt` does not support bcrypt.
    pub(crate) fn start() -> Self {
        let needs = "the C implementation is asked through perl, where `crypt` is that of libxcrypt (Debian: `apt-get \
                     install perl libcrypt1`)";
        let mut process = Command::new("perl")
            .args(["-e", PROGRAM])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{needs}: {error}"));
        let (questions, answers) = (process.stdin.take(), process.stdout.take().map(BufReader::new));
        let mut c = Self { process, questions, answers: answers.expect("the output was asked for") };
        // The first of the published vectors.
        let known = "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW";
        c.ask(known, b"U*U");
        assert_eq!(c.answer(), known, "{needs}");
        c
    }

    /// Starts a hash of `password` under `setting`: a hash, or the first 29 characters of one.
    pub(crate) fn ask(&mut self, setting: &str, password: &[u8]) {
        let questions = self.questions.as_mut().expect("asked until dropped");
        writeln!(questions, "{} {}", hexadecimal(setting.as_bytes()), hexadecimal(password))
            .expect("the process takes questions");
    }

    /// The answer to the oldest open question.
    pub(crate) fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("the process answers");
        line.truncate(line.trim_end().len());
        line
    }
}

impl Drop for C {
    fn drop(&mut self) {
        // Without questions it ends by itself.
        drop(self.questions.take());
        let _ = self.process.wait();
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
