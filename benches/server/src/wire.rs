//! Just enough HTTP/1.1 to measure with: kept-alive connections, one request at a time, and no more work for an
//! answer than to find its end.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::Failure;

/// A kept-alive connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    /// Connects.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self, Failure> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::with_capacity(16 * 1024) })
    }

    /// Sends these bytes and waits for the complete answer.
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<&[u8], Failure> {
        self.stream.write_all(request).await?;
        self.received.clear();
        let mut end = None;
        while end.is_none_or(|end| self.received.len() < end) {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err("the server closed the connection".into());
            }
            if end.is_none() {
                end = end_of_answer(&self.received);
            }
        }
        Ok(&self.received)
    }
}

/// The end of the answer, once its head has arrived.
fn end_of_answer(received: &[u8]) -> Option<usize> {
    let head_end = received.windows(4).position(|four| four == b"\r\n\r\n")? + 4;
    let head = received.get(..head_end)?;
    const NAME: &[u8] = b"\r\ncontent-length: ";
    let at = head.windows(NAME.len()).position(|part| part == NAME)? + NAME.len();
    let digits = head.get(at..)?.iter().take_while(|byte| byte.is_ascii_digit());
    let length = digits.fold(0_usize, |length, digit| length * 10 + usize::from(digit - b'0'));
    Some(head_end + length)
}

/// The status of an answer.
pub(crate) fn status(answer: &[u8]) -> Option<u16> {
    std::str::from_utf8(answer.get(9..12)?).ok()?.parse().ok()
}

/// The head of an answer, and its body.
pub(crate) fn split(answer: &[u8]) -> Result<(&str, &str), Failure> {
    std::str::from_utf8(answer)?.split_once("\r\n\r\n").ok_or_else(|| "an answer without an end".into())
}

/// One request on a separate connection.
pub(crate) async fn once(address: SocketAddr, request: &[u8]) -> Result<Vec<u8>, Failure> {
    Ok(Connection::open(address).await?.exchange(request).await?.to_vec())
}

/// A GET with these additional headers, each terminated by CR LF.
pub(crate) fn get(path: &str, headers: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n{headers}\r\n")
        .into_bytes()
}

/// A POST of JSON with these additional headers.
pub(crate) fn post(path: &str, headers: &str, body: &serde_json::Value) -> Vec<u8> {
    with_body("POST", path, headers, body)
}

/// A PATCH of JSON with these additional headers.
pub(crate) fn patch(path: &str, headers: &str, body: &serde_json::Value) -> Vec<u8> {
    with_body("PATCH", path, headers, body)
}

fn with_body(method: &str, path: &str, headers: &str, body: &serde_json::Value) -> Vec<u8> {
    let body = body.to_string();
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}
