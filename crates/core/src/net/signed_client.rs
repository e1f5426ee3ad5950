//! The client's address, signed by a server of the operator that has no fixed address: a front end that calls for its
//! visitors from wherever its platform runs it.
//!
//! `Palisade-Client: t=<Unix seconds>,a=<address>,s=<HMAC-SHA-256 in URL-safe base64 without padding>`. The text under the
//! MAC is `palisade-client`, the seconds and the address, joined by line feeds; the key is the secret's text.

use std::net::IpAddr;

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;

use super::client_ip::{ClientAddress, SIGNED_CLIENT as NAME};
use crate::system::time::Timestamp;

/// How far its time may be from the server's, in seconds: a copied header soon loses its worth.
const TOLERANCE: i64 = 30;

/// Verifies signed addresses.
#[derive(Clone, Debug)]
pub struct SignedClients(hmac::Key);

impl SignedClients {
    /// With this secret.
    pub fn new(secret: &str) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes()))
    }

    /// The client of a request, if exactly one header names it with a valid signature of about now.
    pub(crate) fn client(&self, headers: &HeaderMap, now: Timestamp) -> Option<ClientAddress> {
        let mut lines = headers.get_all(NAME).iter();
        let (line, None) = (lines.next()?.to_str().ok()?, lines.next()) else { return None };
        let (time, rest) = line.strip_prefix("t=")?.split_once(",a=")?;
        let (address, signature) = rest.split_once(",s=")?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let signed = format!("{NAME}\n{time}\n{address}");
        hmac::verify(&self.0, signed.as_bytes(), &signature).ok()?;
        let time: i64 = time.parse().ok()?;
        let is_current = (now.as_secs().checked_sub(time)?).checked_abs()? <= TOLERANCE;
        let address: IpAddr = address.parse().ok()?;
        is_current.then(|| ClientAddress::signed(address))
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    const NOW: i64 = 1_800_000_000;
    const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

    fn header(secret: &str, time: &str, address: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        let tag = hmac::sign(&key, format!("palisade-client\n{time}\n{address}").as_bytes());
        format!("t={time},a={address},s={}", URL_SAFE_NO_PAD.encode(tag))
    }

    fn named(values: &[&str]) -> Option<String> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(NAME, HeaderValue::from_str(value).unwrap());
        }
        let clients = SignedClients::new(SECRET);
        clients.client(&headers, Timestamp::from_secs(NOW)).map(|client| client.to_string())
    }

    #[test]
    fn a_signed_address_of_about_now_is_the_client() {
        for (offset, address) in [(0, "203.0.113.7"), (30, "2001:db8::1"), (-30, "::ffff:203.0.113.7")] {
            let value = header(SECRET, &(NOW + offset).to_string(), address);
            let expected = if address.starts_with("2001") { address } else { "203.0.113.7" };
            assert_eq!(named(&[&value]).as_deref(), Some(expected), "{value}");
        }
    }

    #[test]
    fn everything_else_names_nobody() {
        let now = NOW.to_string();
        let right = header(SECRET, &now, "203.0.113.7");
        let wrong = [
            String::new(),
            header("another-secret-another-secret-an", &now, "203.0.113.7"),
            header(SECRET, &(NOW - 31).to_string(), "203.0.113.7"),
            header(SECRET, &(NOW + 31).to_string(), "203.0.113.7"),
            header(SECRET, &i64::MIN.to_string(), "203.0.113.7"),
            header(SECRET, "", "203.0.113.7"),
            header(SECRET, &now, "203.0.113.7:80"),
            header(SECRET, &now, ""),
            right.replace("203.0.113.7", "203.0.113.8"),
            right.replace(&now, &(NOW + 1).to_string()),
            format!("{right}="),
            right.replace(",a=", ", a="),
            right.split(",s=").next().unwrap().to_owned(),
        ];
        for value in &wrong {
            assert_eq!(named(&[value]), None, "{value}");
        }
        assert_eq!(named(&[&right, &right]), None, "two headers");
        assert_eq!(named(&[]), None);
    }
}
