//! No database in a route: neither are the drivers.

pub fn query() {
    let connection = rusqlite::Connection::open_in_memory();
}
