//! A repository goes through the store, never to the driver.

pub fn open() {
    let connection = rusqlite::Connection::open_in_memory();
}
