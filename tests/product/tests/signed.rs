//! Routes with signed bodies that a product must not be able to mount.

use palisade_core::errors::AppError;
use palisade_core::identity::Visitor;
use palisade_core::input::{Authentic, Nothing, Refusal, Signed, SignedRequest, Verifier};
use palisade_core::limits::RELAXED;
use palisade_core::output::Accepted;
use palisade_core::routes::{Mount, Route, Routes, get, post};

palisade_core::text! {
    /// The name of a shop.
    pub Shop, 1..=20 characters, |text| Ok(text);
}

palisade_core::input! {
    /// A field of a body that nobody reads.
    pub struct InBody {
        body { shop: Shop }
    }
}

/// A verifier of these headers and this bound.
macro_rules! verifier {
    ($name:ident, $headers:expr, $bytes:expr) => {
        struct $name;

        impl Verifier for $name {
            const HEADERS: &'static [&'static str] = &$headers;
            const MAX_BYTES: usize = $bytes;
            type Payload = ();

            fn verify(&self, _: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
                Err(Refusal::forged("nobody signs"))
            }

            fn parse(&self, _: Vec<u8>) -> Result<(), Refusal> {
                Ok(())
            }
        }
    };
}

verifier!(Fine, ["x-signature", "authorization"], 1000);
verifier!(Greedy, ["x-signature"], 32 * 1024 * 1024 + 1);
verifier!(Empty, ["x-signature"], 0);
verifier!(Loud, ["X-Signature"], 1000);
verifier!(Nosy, ["cookie"], 1000);
verifier!(Paging, ["sec-fetch-site"], 1000);

async fn hooked<I>((): (), _: Visitor, _: Signed<I, ()>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

fn mistakes(route: Route<()>) -> Vec<String> {
    Mount::new().at("", Routes::new().add(route), ()).finish().map_or_else(|error| error.0, |_| Vec::new())
}

fn of(verifier: impl Verifier<Payload = ()>) -> Vec<String> {
    mistakes(post("/hooks").limit(RELAXED).public().no_input().signed_by(verifier).handle(hooked::<Nothing>))
}

#[test]
fn a_signed_body_is_that_of_an_unsafe_method() {
    let route = get("/hooks").limit(RELAXED).public().no_input().signed_by(Fine).handle(hooked::<Nothing>);
    let said = mistakes(route);
    assert!(said.len() == 1 && said[0].contains("GET /hooks: a signed body is that of a POST"), "{said:?}");
    assert_eq!(of(Fine), [""; 0]);
}

#[test]
fn nothing_but_the_verifier_reads_a_signed_body() {
    let route = post("/hooks").limit(RELAXED).public().input::<InBody>().signed_by(Fine).handle(hooked);
    let said = mistakes(route);
    assert!(said.len() == 1 && said[0].contains("the input reads the path and the query only"), "{said:?}");
}

#[test]
fn a_signed_body_has_a_bound() {
    for said in [of(Greedy), of(Empty)] {
        assert!(said.len() == 1 && said[0].contains("1 to 33554432 bytes"), "{said:?}");
    }
}

#[test]
fn a_verifier_reads_headers_of_senders_alone() {
    for (said, name) in [(of(Loud), "X-Signature"), (of(Nosy), "cookie"), (of(Paging), "sec-fetch-site")] {
        assert!(said.len() == 1 && said[0].contains(&format!("reads the header `{name}`")), "{said:?}");
    }
}
