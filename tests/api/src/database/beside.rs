//! A second connection to a file of the embedded engine.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use rusqlite::Connection;

/// A second connection. The server sees its commits after at most two milliseconds, so dropping it waits for that long.
pub(super) struct Beside(Connection);

impl Deref for Beside {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        &self.0
    }
}

impl DerefMut for Beside {
    fn deref_mut(&mut self) -> &mut Connection {
        &mut self.0
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(5));
    }
}

pub(super) fn connect(url: &str) -> Beside {
    let connection = Connection::open(url.strip_prefix("sqlite://").unwrap()).unwrap();
    connection.busy_timeout(Duration::from_secs(10)).unwrap();
    Beside(connection)
}
