//! A download is a file of a store with a name and a type that were checked, and not any bytes with any headers.

use palisade_core::output::Download;

pub fn bytes(bytes: Vec<u8>) -> Download {
    Download::attachment(bytes, "a\r\nSet-Cookie: b", "text/html")
}
