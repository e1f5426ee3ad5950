//! Only Palisade opens the sealed keys of a deployment.

use palisade_modules::keys::{Service, Setup, Tokens};

pub async fn open(setup: Setup) {
    let _ = Service::open(setup).await;
}

pub fn sign(tokens: Tokens) {
    let _ = tokens.jwks();
}
