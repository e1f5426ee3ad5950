//! The name of a request is that of its header, its caller and its content.

use palisade_core::input::RequestKey;

pub fn key(sent: String) -> RequestKey {
    RequestKey { id: sent.clone(), fingerprint: sent }
}
