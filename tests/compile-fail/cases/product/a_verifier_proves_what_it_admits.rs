//! A verifier admits a body with a proof, which only a comparison of signatures makes.

use palisade_core::input::{Authentic, Refusal, SignedRequest, Verifier};

pub struct Trusting;

impl Verifier for Trusting {
    const HEADERS: &'static [&'static str] = &["x-signature"];
    const MAX_BYTES: usize = 1000;
    type Payload = String;

    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
        sent.header("x-signature")?;
        Ok(Authentic(()))
    }

    fn parse(&self, body: Vec<u8>) -> Result<String, Refusal> {
        String::from_utf8(body).map_err(Refusal::malformed)
    }
}
