//! Free ports.

use std::hash::{BuildHasher, RandomState};
use std::net::TcpListener;

use crate::error::ServerError;

/// Below the range of ephemeral ports, so that a server that is killed and restarted finds its port free.
const FIRST: u16 = 20_000;
const COUNT: u16 = 10_000;

/// A port of the loopback address that is free at the moment.
pub(crate) fn free() -> Result<u16, ServerError> {
    let start = RandomState::new().hash_one(std::process::id()) % u64::from(COUNT);
    let start = u16::try_from(start).unwrap_or_default();
    let mut ports = (0..COUNT).map(|step| FIRST + (start + step) % COUNT);
    let free = ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    free.ok_or_else(|| ServerError::system("finding a free port")(std::io::ErrorKind::AddrInUse.into()))
}
