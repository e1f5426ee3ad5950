//! No database in a route: `app` does not depend on the drivers.

pub fn query() {
    let connection = rusqlite::Connection::open_in_memory();
}
