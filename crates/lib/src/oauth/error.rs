//! Why a sign-in through a provider ended without an identity. No variant holds a code, a token, a secret or a part of
//! an answer, so all of it may be logged.

use std::time::Duration;

use crate::outbound::OutboundError;

/// Why there is no identity.
#[derive(Debug, thiserror::Error)]
pub enum ProviderError {
    /// The provider cannot serve now: slow, down, or its documents are unusable. The same sign-in may work later.
    #[error("{doing}")]
    Unavailable {
        /// What was being done.
        doing: Doing,
        /// The reason.
        #[source]
        cause: UnavailableCause,
    },
    /// The provider answered, and the answer proves nothing. This sign-in is over.
    #[error("refusing the answer of the provider: {0}")]
    Refused(Refusal),
}

impl ProviderError {
    /// A sentence for anybody.
    pub const fn public(&self) -> &'static str {
        match self {
            Self::Unavailable { .. } => "The sign-in provider cannot be reached at the moment.",
            Self::Refused(_) => "The sign-in provider's answer could not be accepted.",
        }
    }

    /// The reason of a refusal; `None` if the provider is unavailable.
    pub const fn refusal(&self) -> Option<Refusal> {
        match self {
            Self::Refused(refusal) => Some(*refusal),
            Self::Unavailable { .. } => None,
        }
    }
}

impl ProviderError {
    /// Status and error of a token endpoint that refused.
    pub(super) const fn token_error(&self) -> Option<(u16, &'static str)> {
        match self {
            Self::Refused(Refusal::TokenEndpoint { status, code }) => Some((*status, code)),
            _ => None,
        }
    }
}

impl From<Refusal> for ProviderError {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A step of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doing {
    /// Reading the document of the issuer.
    #[error("reading the provider's document")]
    Discovery,
    /// Reading the keys that verify its tokens.
    #[error("reading the provider's keys")]
    Keys,
    /// Exchanging a code.
    #[error("exchanging a code at the provider")]
    Exchange,
    /// Reading who signed in.
    #[error("reading who signed in at the provider")]
    Userinfo,
    /// All of it.
    #[error("identifying a person at the provider")]
    Identify,
}

impl Doing {
    /// The provider is unavailable while this is being done.
    pub(super) fn failed(self, cause: impl Into<UnavailableCause>) -> ProviderError {
        ProviderError::Unavailable { doing: self, cause: cause.into() }
    }
}

/// Why a provider is unavailable.
#[derive(Debug, thiserror::Error)]
pub enum UnavailableCause {
    /// There was no answer.
    #[error(transparent)]
    Outbound(#[from] OutboundError),
    /// The answer has a status that says so.
    #[error("the answer has the status {0}")]
    Status(u16),
    /// The document is not one of OpenID Connect, or not one that this server can use.
    #[error("the document {0}")]
    Document(&'static str),
    /// All steps together took too long.
    #[error("not done within {0:?}")]
    TooLong(Duration),
    /// The last attempt failed a moment ago, and it is too early for another.
    #[error("the last attempt failed a moment ago")]
    JustFailed,
    /// This server could not sign the proof of itself.
    #[error("signing this server's own proof")]
    Proof(#[source] jsonwebtoken::errors::Error),
}

/// What is wrong with the answer of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The callback names another issuer (RFC 9207): the answer is of another provider.
    #[error("the callback names another issuer")]
    CallbackIssuer,
    /// The provider announces that it names itself in callbacks, and this one names nobody.
    #[error("the callback names no issuer, although the provider announces one")]
    NoCallbackIssuer,
    /// The token endpoint refused the code (RFC 6749 section 5.2).
    #[error("the token endpoint answered {status}, {code}")]
    TokenEndpoint {
        /// The status of its answer.
        status: u16,
        /// Its error, if it is a known one.
        code: &'static str,
    },
    /// The answer of the token endpoint is not JSON, or has no access token where one is needed.
    #[error("the answer of the token endpoint has no tokens")]
    NoTokens,
    /// There is no ID token.
    #[error("there is no ID token")]
    NoIdToken,
    /// The ID token is not a signed JWT (RFC 7519), or lacks a claim that every one has.
    #[error("the ID token is malformed")]
    Malformed,
    /// The algorithm is not one that the provider lists, or not an asymmetric one.
    #[error("the algorithm of the ID token is not accepted")]
    Algorithm,
    /// No key of the provider fits, or several do.
    #[error("no one key of the provider fits the ID token")]
    Key,
    /// The signature is wrong.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// The token is of another issuer.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// The token is for another client.
    #[error("the ID token is not for this client")]
    Audience,
    /// The token was issued to another client.
    #[error("the ID token was issued to another client")]
    AuthorizedParty,
    /// The token has expired.
    #[error("the ID token has expired")]
    Expired,
    /// The token is from the future: a clock is wrong, here or there.
    #[error("the ID token is from the future")]
    NotYetValid,
    /// The token belongs to another sign-in.
    #[error("the nonce of the ID token is another one")]
    Nonce,
    /// The access token does not belong to the ID token.
    #[error("the access token does not belong to the ID token")]
    AccessTokenHash,
    /// The subject is empty, longer than 255 characters, or no text.
    #[error("the subject is not usable")]
    Subject,
    /// The provider does not say who signed in: another status than success, or no JSON.
    #[error("reading who signed in gave {0}")]
    Userinfo(u16),
    /// The answer about the person is about another one than the ID token's.
    #[error("the answer about the person is about another subject")]
    OtherSubject,
}
