//! A cacheable answer without the envelope is a document that a standard defines, not any bytes.

use palisade_core::output::Document;

pub fn bytes(private: Vec<u8>) -> Document {
    Document::cacheable(private)
}
