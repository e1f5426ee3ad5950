//! A listener to server-sent events: reads an answer that goes on, chunk by chunk.
#![expect(clippy::indexing_slicing, reason = "a test that cannot go on stops")]

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Past any bound of the tests.
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection whose answer goes on.
#[derive(Debug)]
pub struct Listener {
    stream: TcpStream,
    /// The head of the answer.
    pub head: String,
    raw: Vec<u8>,
    text: String,
    is_whole: bool,
}

impl Listener {
    /// Asks for a path with these headers, and reads the head of the answer.
    pub async fn connect(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> Self {
        let stream = TcpStream::connect(address).await.unwrap();
        Self::on(stream, path, headers).await
    }

    /// The same on a connection that is there.
    pub async fn on(mut stream: TcpStream, path: &str, headers: &[(&str, &str)]) -> Self {
        let mut head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n");
        for (name, value) in headers {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut listener =
            Self { stream, head: String::new(), raw: Vec::new(), text: String::new(), is_whole: false };
        loop {
            if let Some(end) = listener.raw.windows(4).position(|window| window == b"\r\n\r\n") {
                listener.head = String::from_utf8(listener.raw.drain(..end + 4).collect()).unwrap();
                return listener;
            }
            assert!(listener.read().await, "closed before an answer");
        }
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap()
    }

    /// A header of the answer, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    async fn read(&mut self) -> bool {
        let mut buffer = [0; 4096];
        let count = timeout(PATIENCE, self.stream.read(&mut buffer)).await.expect("something in time");
        let count = count.unwrap_or(0);
        self.raw.extend_from_slice(&buffer[..count]);
        count > 0
    }

    /// Takes a whole chunk from what was read; false if there is none.
    fn take_chunk(&mut self) -> bool {
        let Some(line) = self.raw.windows(2).position(|window| window == b"\r\n") else { return false };
        let size = usize::from_str_radix(std::str::from_utf8(&self.raw[..line]).unwrap(), 16).unwrap();
        let (from, to) = (line + 2, line + 2 + size);
        if self.raw.len() < to + 2 {
            return false;
        }
        self.text.push_str(std::str::from_utf8(&self.raw[from..to]).unwrap());
        self.raw.drain(..to + 2);
        self.is_whole |= size == 0;
        true
    }

    /// The next block of lines: an event, a comment, or `retry`. `None` once the answer has ended.
    pub async fn block(&mut self) -> Option<String> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block = self.text.drain(..end + 2).collect::<String>();
                return Some(block.trim_end().to_owned());
            }
            if self.is_whole || !(self.take_chunk() || self.read().await) {
                assert_eq!(self.text, "", "half an event");
                return None;
            }
        }
    }

    /// The next event; comments and `retry` are skipped.
    pub async fn event(&mut self) -> Option<String> {
        loop {
            let block = self.block().await?;
            if block.contains("data: ") {
                return Some(block);
            }
        }
    }

    /// Whether the answer ended as its framing says, and not with the connection alone. Reads until its end.
    pub async fn ends(&mut self) -> bool {
        while self.block().await.is_some() {}
        self.is_whole
    }
}
