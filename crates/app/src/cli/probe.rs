//! `palisade probe`: asks the server of this environment whether it is alive, for images that have no other program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use super::context::{Failure, Invocation};

/// For connecting, for sending and for the answer, each.
const PATIENCE: Duration = Duration::from_secs(3);
/// The status line fits; the rest of the answer is not read.
const STATUS_LINE: u64 = 256;

/// Succeeds if the server answers 200.
pub(super) fn run(given: &Invocation<'_>, ready: bool) -> Result<(), Failure> {
    let config = given.load_read_only()?;
    let address = SocketAddr::new(within(config.app.host), config.app.port);
    let path = if ready { "/api/v1/health/ready" } else { "/api/v1/health/live" };
    let status = ask(address, path).map_err(|error| format!("asking {address}: {error}"))?;
    match status.split(' ').nth(1) {
        Some("200") => Ok(()),
        _ => Err(format!("{address}{path} answers \"{status}\"").into()),
    }
}

/// The address at which a server that listens here can be reached from the same machine.
fn within(host: IpAddr) -> IpAddr {
    match host {
        IpAddr::V4(host) if host.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(host) if host.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        host => host,
    }
}

/// The status line of the answer.
fn ask(address: SocketAddr, path: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let asked = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes())?;
    let mut line = Vec::new();
    BufReader::new(stream.take(STATUS_LINE)).read_until(b'\n', &mut line)?;
    Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_at_loopback() {
        for (host, asked) in
            [("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("192.0.2.7", "192.0.2.7"), ("127.0.0.2", "127.0.0.2")]
        {
            assert_eq!(within(host.parse().unwrap()), asked.parse::<IpAddr>().unwrap());
        }
    }
}
