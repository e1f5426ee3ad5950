//! A mail server that takes whatever it is told to, and remembers what was said to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

use parking_lot::Mutex;

/// Listens on a port of its own until it is dropped with the test.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    said: Receiver<String>,
    letters: Arc<Mutex<Vec<Letter>>>,
}

/// A letter that was taken.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The recipient.
    pub to: String,
    /// All of it, head and body, as it came.
    pub text: String,
}

/// How it meets those who come.
#[derive(Clone, Copy, Debug)]
struct Manner {
    recipient: &'static str,
    /// Between taking a letter and saying so.
    pause: Duration,
}

impl MailServer {
    /// Takes mail for everybody, or answers `RCPT` with this.
    pub fn start(recipient: &'static str) -> Self {
        Self::with(Manner { recipient, pause: Duration::ZERO })
    }

    /// Takes mail for everybody, and says so only this long after it has taken it.
    pub fn slow(pause: Duration) -> Self {
        Self::with(Manner { recipient: "250 ok", pause })
    }

    fn with(manner: Manner) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (say, said) = channel();
        let letters = Arc::new(Mutex::new(Vec::new()));
        let taken = Arc::clone(&letters);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let Some(conversation) = converse(&stream, manner, &taken) else { continue };
                if say.send(conversation).is_err() {
                    return;
                }
            }
        });
        Self { address, said, letters }
    }

    /// What `SMTP_URL` has to be.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// The letters that were taken, in order.
    pub fn letters(&self) -> Vec<Letter> {
        self.letters.lock().clone()
    }

    /// How many they are.
    pub fn taken(&self) -> usize {
        self.letters.lock().len()
    }

    /// All that the next client said, up to its end.
    pub fn conversation(&self) -> String {
        self.said.recv_timeout(std::time::Duration::from_secs(30)).expect("somebody comes")
    }
}

fn converse(mut stream: &TcpStream, manner: Manner, letters: &Mutex<Vec<Letter>>) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let mut said = String::new();
    let mut in_data = false;
    let mut letter = Letter { to: String::new(), text: String::new() };
    stream.write_all(b"220 mail.test ready\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        said.extend([line.as_str(), "\n"]);
        if in_data && line != "." {
            letter.text.extend([line.as_str(), "\n"]);
            continue;
        }
        if std::mem::take(&mut in_data) {
            letters.lock().push(letter.clone());
            thread::sleep(manner.pause);
        }
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250 mail.test",
            "RCPT" => {
                line.trim_start_matches("RCPT TO:<").split('>').next()?.clone_into(&mut letter.to);
                manner.recipient
            }
            "DATA" => {
                in_data = true;
                letter.text.clear();
                "354 go on"
            }
            "QUIT" => "221 bye",
            _ => "250 ok",
        };
        stream.write_all(format!("{answer}\r\n").as_bytes()).ok()?;
        if line == "QUIT" {
            break;
        }
    }
    Some(said)
}
