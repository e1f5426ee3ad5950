//! A secret that another party signs requests with: HMAC-SHA-256, compared in constant time.

use std::fmt;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::secret::constant_time_eq;

/// The fewest bytes of a secret: with 128 bits it cannot be guessed.
const MIN_SECRET: usize = 16;

/// The length of a tag in bytes.
const TAG: usize = 32;

/// A key for HMAC-SHA-256 (RFC 2104). `Debug` shows nothing.
#[derive(Clone)]
pub struct HmacKey(hmac::Key);

/// A secret that is too short.
#[derive(Debug, thiserror::Error)]
#[error("a secret for signatures has at least {MIN_SECRET} bytes")]
pub struct ShortSecret;

impl HmacKey {
    /// The key of these bytes. A secret that is a text is usually the key as it is, and for Standard Webhooks the base64
    /// behind `whsec_` ([`WebhookSecret`](super::webhook::WebhookSecret)).
    ///
    /// # Errors
    /// If it has fewer than 16 bytes.
    pub fn new(secret: &[u8]) -> Result<Self, ShortSecret> {
        if secret.len() < MIN_SECRET {
            return Err(ShortSecret);
        }
        Ok(Self::of(secret))
    }

    /// The key of bytes whose length another type has checked.
    pub(super) fn of(secret: &[u8]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The tag of the parts, one behind the other.
    pub fn tag(&self, parts: &[&[u8]]) -> HmacTag {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut tag = [0; TAG];
        // Both have 32 bytes; a shorter one would leave zeros, which no caller presents.
        for (to, from) in tag.iter_mut().zip(context.sign().as_ref()) {
            *to = *from;
        }
        HmacTag(tag)
    }
}

impl HmacKey {
    /// The key of bytes that need not be secret: its tags are names, and prove nothing.
    pub(crate) fn of_bytes(bytes: &[u8]) -> Self {
        Self::of(bytes)
    }
}

impl fmt::Debug for HmacKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacKey(…)")
    }
}

/// A tag of HMAC-SHA-256: 32 bytes. Two are compared in constant time.
#[derive(Clone, Copy)]
pub struct HmacTag([u8; TAG]);

impl HmacTag {
    /// Parses 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: Option<Vec<u8>> = text.chars().map(|digit| digit.to_digit(16)?.try_into().ok()).collect();
        let (pairs, rest) = digits.as_deref()?.as_chunks::<2>();
        let bytes: Vec<u8> = pairs.iter().map(|[high, low]| (high << 4) | low).collect();
        rest.is_empty().then_some(bytes)?.try_into().ok().map(Self)
    }

    /// Parses base64 (RFC 4648, 4) with padding.
    pub fn from_base64(text: &str) -> Option<Self> {
        STANDARD.decode(text).ok()?.try_into().ok().map(Self)
    }

    /// As hexadecimal digits.
    pub fn to_hex(&self) -> String {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
    }

    /// As base64 with padding.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(self.0)
    }
}

impl PartialEq for HmacTag {
    fn eq(&self, other: &Self) -> bool {
        constant_time_eq(&self.0, &other.0)
    }
}

impl Eq for HmacTag {}

impl fmt::Debug for HmacTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HmacTag(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 6: a key longer than a block.
    #[test]
    fn a_tag_is_that_of_the_standard_however_the_text_is_divided() {
        let key = HmacKey::new(&[0xaa; 131]).unwrap();
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        let expected = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        assert_eq!(key.tag(&[text]).to_hex(), expected);
        let (head, rest) = text.split_at(10);
        assert_eq!(key.tag(&[head, b"", rest]), HmacTag::from_hex(expected).unwrap());
        assert_ne!(key.tag(&[head]), HmacTag::from_hex(expected).unwrap());
    }

    #[test]
    fn a_tag_has_one_length() {
        let tag = HmacKey::new(&[1; 16]).unwrap().tag(&[b"text"]);
        let (hex, base64) = (tag.to_hex(), tag.to_base64());
        assert_eq!(HmacTag::from_hex(&hex.to_uppercase()).unwrap(), tag);
        assert_eq!(HmacTag::from_base64(&base64).unwrap(), tag);
        for wrong in
            ["", "0", &hex[1..], &format!("{hex}0"), &format!("{hex}00"), &hex.replace(&hex[..1], "g")]
        {
            assert!(HmacTag::from_hex(wrong).is_none(), "{wrong}");
        }
        for wrong in
            ["", "AAAA", base64.trim_end_matches('='), &format!("{base64}AAAA"), &format!(" {base64}")]
        {
            assert!(HmacTag::from_base64(wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_secret_cannot_be_guessed_and_is_never_shown() {
        assert!(HmacKey::new(&[7; 15]).is_err() && HmacKey::new(b"").is_err());
        let key = HmacKey::new(b"0123456789abcdef").unwrap();
        assert_eq!(format!("{key:?} {:?}", key.tag(&[])), "HmacKey(…) HmacTag(…)");
    }
}
