//! A mail server that takes whatever it is told to, and remembers what was said to it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

/// Listens on a port of its own until it is dropped with the test.
#[derive(Debug)]
pub struct MailServer {
    address: SocketAddr,
    said: Receiver<String>,
}

impl MailServer {
    /// Takes mail for everybody, or answers `RCPT` with this.
    pub fn start(recipient: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (say, said) = channel();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let Some(conversation) = converse(&stream, recipient) else { continue };
                if say.send(conversation).is_err() {
                    return;
                }
            }
        });
        Self { address, said }
    }

    /// What `SMTP_URL` has to be.
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// All that the next client said, up to its end.
    pub fn conversation(&self) -> String {
        self.said.recv_timeout(std::time::Duration::from_secs(30)).expect("somebody comes")
    }
}

fn converse(mut stream: &TcpStream, recipient: &str) -> Option<String> {
    let mut lines = BufReader::new(stream).lines();
    let mut said = String::new();
    let mut in_data = false;
    stream.write_all(b"220 mail.test ready\r\n").ok()?;
    while let Some(Ok(line)) = lines.next() {
        said.extend([line.as_str(), "\n"]);
        if in_data && line != "." {
            continue;
        }
        in_data = false;
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250 mail.test",
            "RCPT" => recipient,
            "DATA" => {
                in_data = true;
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
