//! Bodies that their sender signs: webhooks of payment providers, code hosts and others.
//!
//! A signature covers the exact bytes, so this input is the body as it was sent. The phase that reads it passes it on only
//! with the proof of the [`Verifier`] that it is authentic; a handler gets what the verifier made of it, and nothing else.

use std::error::Error;
use std::marker::PhantomData;
use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::{AnyInput, Demand, Input, InputDoc, Meets, RawInput, SignedDoc};
use crate::config::shared_secret::SharedSecret;
use crate::errors::{AppError, codes};
use crate::net::Sent;
use crate::system::time::Timestamp;
use crate::utils::crypto::hmac_key::{HmacKey, HmacTag};
use crate::values::Rules;

/// Verifies the signed bodies of one sender, and reads what they say.
///
/// ```
/// use std::time::Duration;
///
/// use palisade_core::input::{Authentic, Refusal, SignedRequest, Verifier};
/// use palisade_core::utils::crypto::hmac_key::{HmacKey, HmacTag};
///
/// /// The webhooks of a payment provider that signs `{t}.{body}` and sends `Stripe-Signature: t=…,v1=…`.
/// #[derive(Debug)]
/// struct Payments {
///     /// Two while the secret is being changed.
///     keys: Vec<HmacKey>,
/// }
///
/// impl Verifier for Payments {
///     const HEADERS: &'static [&'static str] = &["stripe-signature"];
///     const MAX_BYTES: usize = 256 * 1024;
///     type Payload = String;
///
///     fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal> {
///         let pairs = || sent.header("stripe-signature").map(|line| line.split(',').filter_map(|pair| pair.split_once('=')));
///         let at = pairs()?.find(|pair| pair.0 == "t").ok_or_else(|| Refusal::forged("names no time"))?.1;
///         let tags = pairs()?.filter(|pair| pair.0 == "v1").filter_map(|pair| HmacTag::from_hex(pair.1));
///         sent.is_of_about_now(at, Duration::from_mins(5))?;
///         sent.hmac_sha256(&self.keys, &[at.as_bytes(), b".", sent.body()], tags)
///     }
///
///     fn parse(&self, body: Vec<u8>) -> Result<String, Refusal> {
///         String::from_utf8(body).map_err(Refusal::malformed)
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not verify signed bodies",
    label = "not a `Verifier`",
    note = "say how a sender signs: `impl Verifier for {Self}`, with the headers that it reads, the most bytes of a body, `verify`, and `parse`, which is called with authentic bytes alone"
)]
pub trait Verifier: Send + Sync + 'static {
    /// The names of the headers that it reads, in lower case.
    const HEADERS: &'static [&'static str];

    /// The most bytes of a body; a longer one is answered 413 without being read. At most 32 MiB
    /// ([`MAX_SIGNED_BYTES`]). `BODY_LIMIT` does not apply.
    const MAX_BYTES: usize;

    /// What the handler gets of a body.
    type Payload: Send + 'static;

    /// Whether the sender signed this.
    ///
    /// # Errors
    /// If not, or if it cannot be known. The sender gets 401 `AUTH_401` without a reason.
    fn verify(&self, sent: &SignedRequest<'_>) -> Result<Authentic, Refusal>;

    /// Reads an authentic body.
    ///
    /// # Errors
    /// [`Refusal::malformed`] if it is not what the sender is known to send: 400 `MALFORMED_REQUEST`.
    fn parse(&self, body: Vec<u8>) -> Result<Self::Payload, Refusal>;
}

/// The most bytes that a verifier may allow: 32 MiB, as a body is held in memory. GitHub, with the longest known bodies, sends at
/// most 25 MB.
pub const MAX_SIGNED_BYTES: usize = 32 * 1024 * 1024;

/// The input of a route with signed bodies.
#[derive(Debug)]
pub struct Signed<I, P> {
    /// What the route reads besides the body: of its path and its query.
    pub input: I,
    /// What the verifier made of the authentic body.
    pub payload: P,
}

impl<I: Input, P: Send + 'static> Meets<AnyInput> for Signed<I, P> {
    fn demand(&self) -> Demand<'_> {
        Demand::Nothing
    }
}

/// Proof that a sender signed a request.
#[derive(Debug)]
pub struct Authentic(());

impl Authentic {
    /// For a signature that [`SignedRequest`] has no method for, such as Ed25519: the verifier has checked it by its own means,
    /// in constant time, and over the exact bytes.
    pub fn checked_by_own_means() -> Self {
        Self(())
    }
}

/// Why a verifier refuses a request.
#[derive(Debug)]
pub struct Refusal(AppError);

impl Refusal {
    /// The sender did not sign it, or signed it long ago: 401 `AUTH_401`. The cause goes to the log, at the level `debug`, and
    /// never to the sender.
    pub fn forged(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(AppError::new(&codes::AUTH_401).with_cause(cause))
    }

    /// It is authentic, but cannot be read: 400 `MALFORMED_REQUEST`.
    pub fn malformed(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(AppError::malformed("The signed body is not what is expected here").with_cause(cause))
    }

    pub(crate) fn into_error(self) -> AppError {
        self.0
    }
}

/// A request whose sender is not known yet: its exact body, and the headers that the verifier declares.
#[derive(Debug)]
pub struct SignedRequest<'a> {
    headers: &'a HeaderMap,
    declared: &'static [&'static str],
    body: &'a [u8],
    now: Timestamp,
}

impl<'a> SignedRequest<'a> {
    pub(crate) fn new<V: Verifier>(headers: &'a HeaderMap, body: &'a [u8], now: Timestamp) -> Self {
        Self { headers, declared: V::HEADERS, body, now }
    }

    /// The exact bytes of the body.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// A header, in lower case. It must be sent exactly once, as UTF-8.
    ///
    /// # Errors
    /// 401 without it; 500 for a header that the verifier does not declare, which is a bug.
    pub fn header(&self, name: &str) -> Result<&'a str, Refusal> {
        let Some(declared) = self.declared.iter().find(|declared| **declared == name) else {
            let cause = format!("a verifier reads the header `{name}`, which it does not declare");
            return Err(Refusal(AppError::internal(cause)));
        };
        let sent = match HeaderName::from_bytes(declared.as_bytes()) {
            Ok(name) => Sent::of(self.headers, &name),
            Err(_) => Sent::Absent,
        };
        match sent {
            Sent::Once(text) => std::str::from_utf8(text).map_err(Refusal::forged),
            Sent::Absent => Err(Refusal::forged(format!("the header `{name}` is missing"))),
            Sent::Several => Err(Refusal::forged(format!("the header `{name}` is sent several times"))),
        }
    }

    /// The time of the request, on the clock of the server.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// That it was signed at about this time, against requests that are copied and sent again: `seconds` since 1970, in digits,
    /// no further from now than the tolerance, before or after. Standard Webhooks and Stripe use five minutes.
    ///
    /// Until then a copy passes. A sender names each message, so a handler that must not do it twice remembers its name.
    ///
    /// # Errors
    /// 401 otherwise.
    pub fn is_of_about_now(&self, seconds: &str, tolerance: Duration) -> Result<(), Refusal> {
        let signed: i64 = seconds.parse().map_err(Refusal::forged)?;
        let apart = self.now.as_secs().abs_diff(signed);
        if apart > tolerance.as_secs() {
            return Err(Refusal::forged(format!("it was signed {apart} s from now")));
        }
        Ok(())
    }

    /// That one of the tags is that of the parts under one of the keys: HMAC-SHA-256, compared in constant time. Several keys are
    /// for a secret that is being changed; several tags are what its sender then sends.
    ///
    /// # Errors
    /// 401 otherwise.
    pub fn hmac_sha256(
        &self,
        keys: &[HmacKey],
        parts: &[&[u8]],
        tags: impl IntoIterator<Item = HmacTag>,
    ) -> Result<Authentic, Refusal> {
        let right: Vec<HmacTag> = keys.iter().map(|key| key.tag(parts)).collect();
        if tags.into_iter().any(|tag| right.contains(&tag)) {
            return Ok(Authentic(()));
        }
        Err(Refusal::forged("no signature is that of a known secret"))
    }

    /// That a header is this secret, for a sender that signs nothing and only presents one, such as GitLab
    /// (`X-Gitlab-Token`). Whoever reads such a request once can send any other.
    ///
    /// # Errors
    /// 401 otherwise.
    pub fn presents(&self, name: &str, secret: &SharedSecret) -> Result<Authentic, Refusal> {
        if secret.is(self.header(name)?.as_bytes()) {
            return Ok(Authentic(()));
        }
        Err(Refusal::forged(format!("the header `{name}` is not the secret")))
    }
}

/// Reads the input of a route with signed bodies.
pub(crate) trait ReadSigned<T>: Send + Sync {
    /// The most bytes of a body.
    fn max_bytes(&self) -> usize;

    /// Reads it: first the proof, then everything else.
    fn read(
        &self,
        sent: (&HeaderMap, Vec<u8>, Timestamp),
        raw: RawInput,
        rules: &Rules,
    ) -> Result<T, AppError>;
}

/// A verifier, and the input beside the body.
pub(crate) struct SignedReader<I, V> {
    verifier: V,
    input: PhantomData<fn() -> I>,
}

impl<I: Input, V: Verifier> SignedReader<I, V> {
    pub(crate) fn new(verifier: V) -> Self {
        Self { verifier, input: PhantomData }
    }

    pub(crate) fn describe() -> InputDoc {
        InputDoc { signed: Some(SignedDoc { headers: V::HEADERS, max_bytes: V::MAX_BYTES }), ..I::describe() }
    }
}

impl<I: Input, V: Verifier> ReadSigned<Signed<I, V::Payload>> for SignedReader<I, V> {
    fn max_bytes(&self) -> usize {
        V::MAX_BYTES
    }

    fn read(
        &self,
        (headers, body, now): (&HeaderMap, Vec<u8>, Timestamp),
        raw: RawInput,
        rules: &Rules,
    ) -> Result<Signed<I, V::Payload>, AppError> {
        let sent = SignedRequest::new::<V>(headers, &body, now);
        let Authentic(()) = self.verifier.verify(&sent).map_err(Refusal::into_error)?;
        let payload = self.verifier.parse(body).map_err(Refusal::into_error)?;
        let input = I::read(raw, rules).map_err(AppError::validation)?;
        Ok(Signed { input, payload })
    }
}
