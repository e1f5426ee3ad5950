//! Requests that a client may repeat because it did not hear the answer (`draft-ietf-httpapi-idempotency-key-header`).

use super::{AnyInput, Demand, Input, Meets};
use crate::utils::crypto::hmac_key::HmacKey;

/// The most characters of a key.
const MAX_KEY: usize = 255;

/// The input of a route whose requests can be repeated.
#[derive(Debug)]
pub struct Repeatable<I> {
    /// What the route reads.
    pub input: I,
    /// The name of the request, if the client sent an `Idempotency-Key`.
    pub key: Option<RequestKey>,
}

impl<I: Input> Meets<AnyInput> for Repeatable<I> {
    fn demand(&self) -> Demand<'_> {
        Demand::Nothing
    }
}

/// The name of one request of one caller, and what it asks. Both are hashes under the key that the client chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey {
    id: String,
    fingerprint: String,
}

impl RequestKey {
    /// `scope` is whose request of which kind it is; `asked` is everything that it asks.
    pub(crate) fn new(key: &str, scope: &[&[u8]], asked: &[&[u8]]) -> Self {
        let key = HmacKey::of_bytes(key.as_bytes());
        let hash = |kind: &[u8], parts: &[&[u8]]| {
            // With their lengths: `ab` and `c` are not `a` and `bc`.
            let lengths: Vec<u8> = parts.iter().flat_map(|part| part.len().to_be_bytes()).collect();
            let all: Vec<&[u8]> = [kind, &lengths].into_iter().chain(parts.iter().copied()).collect();
            key.tag(&all).to_hex()
        };
        Self { id: hash(b"request", scope), fingerprint: hash(b"content", asked) }
    }

    /// The name: 64 hexadecimal digits.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it asks, as 64 hexadecimal digits: the same for the same path, query and body.
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }
}

/// The text of the header: a string as RFC 9651, 3.3.3, has it, or the same without quotes, as many clients send it.
pub(crate) fn key_text(sent: &str) -> Option<String> {
    let text = match sent.trim().strip_prefix('"') {
        Some(rest) => unescaped(rest.strip_suffix('"')?)?,
        None => sent.trim().to_owned(),
    };
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    ((1..=MAX_KEY).contains(&text.len()) && is_visible).then_some(text)
}

fn unescaped(quoted: &str) -> Option<String> {
    let mut text = String::with_capacity(quoted.len());
    let mut characters = quoted.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '\\' => characters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?,
            '"' => return None,
            other => other,
        });
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_with_and_without_quotes() {
        for (sent, text) in [
            ("\"8e03978e-40d5-43dd-bc93-6894a57f9324\"", "8e03978e-40d5-43dd-bc93-6894a57f9324"),
            ("8e03978e", "8e03978e"),
            (r#" "a\"b\\c" "#, r#"a"b\c"#),
            (&"x".repeat(255), &"x".repeat(255)),
        ] {
            assert_eq!(key_text(sent).as_deref(), Some(text), "{sent}");
        }
        for wrong in [
            "",
            "\"\"",
            "\"",
            "\"a",
            "\"a\"b\"",
            "a b",
            "\"a b\"",
            "\"a\";p=1",
            r#""a\n""#,
            "é",
            &"x".repeat(256),
        ] {
            assert_eq!(key_text(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_request_is_named_by_its_key_and_its_scope_and_known_by_its_content() {
        let request = |key, scope: &[&[u8]], asked: &[&[u8]]| RequestKey::new(key, scope, asked);
        let one = request("key", &[b"POST", b"ada"], &[b"body"]);
        assert_eq!(one, request("key", &[b"POST", b"ada"], &[b"body"]));
        for other in [
            request("yek", &[b"POST", b"ada"], &[b"body"]),
            request("key", &[b"POST", b"eve"], &[b"body"]),
            request("key", &[b"POSTa", b"da"], &[b"body"]),
        ] {
            assert_ne!(one.id(), other.id());
        }
        let other = request("key", &[b"POST", b"ada"], &[b"other"]);
        assert_eq!(one.id(), other.id());
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_ne!(one.id(), one.fingerprint());
    }
}
