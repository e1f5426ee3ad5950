//! A route with a signed body has a limit, an access rule and an input like any other.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Authentic, Nothing, Refusal, Signed, SignedRequest, Verifier};
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

pub struct Payments;

impl Verifier for Payments {
    const HEADERS: &'static [&'static str] = &["x-signature"];
    const MAX_BYTES: usize = 1000;
    type Payload = String;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        sent.hmac_sha256(&[], &[sent.body()], [])
    }

    fn parse(&self, body: Vec<u8>) -> Result<String, Refusal> {
        String::from_utf8(body).map_err(Refusal::malformed)
    }
}

pub fn without_input() {
    post("/hooks").limit(NORMAL).public().signed_by(Payments).handle(paid);
}

pub fn without_limit() {
    post("/hooks").public().no_input().signed_by(Payments).handle(paid);
}

async fn paid(_: (), _: Visitor, _: Signed<Nothing, String>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
