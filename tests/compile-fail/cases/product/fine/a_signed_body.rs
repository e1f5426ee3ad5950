//! A route with a signed body: the handler gets what the verifier made of it, beside the declared input.

use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Authentic, Nothing, Refusal, Signed, SignedRequest, Verifier};
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Route, post};
use palisade_core::utils::crypto::hmac_key::{HmacKey, HmacTag};

pub struct Payments(Vec<HmacKey>);

impl Verifier for Payments {
    const HEADERS: &'static [&'static str] = &["x-time", "x-signature"];
    const MAX_BYTES: usize = 1000;
    type Payload = String;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        let at = sent.header("x-time")?;
        sent.is_of_about_now(at, Duration::from_secs(300))?;
        let tag = HmacTag::from_hex(sent.header("x-signature")?);
        sent.hmac_sha256(&self.0, &[at.as_bytes(), sent.body()], tag)
    }

    fn parse(&self, body: Vec<u8>) -> Result<String, Refusal> {
        String::from_utf8(body).map_err(Refusal::malformed)
    }
}

pub fn declare(secrets: Vec<HmacKey>) -> Route<()> {
    post("/hooks").limit(NORMAL).public().no_input().signed_by(Payments(secrets)).handle(paid)
}

async fn paid(_: (), _: Visitor, _: Signed<Nothing, String>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
