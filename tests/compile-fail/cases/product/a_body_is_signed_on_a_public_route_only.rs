//! A signature says who sent a request: a session or a permission beside it would be that of somebody else.

use palisade_core::errors::AppError;
use palisade_core::identity::AuthenticatedUser;
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

pub fn declare() {
    post("/hooks").limit(NORMAL).session().no_input().signed_by(Payments).handle(paid);
}

async fn paid(_: (), _: AuthenticatedUser, _: Signed<Nothing, String>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
