//! Attempts to sign in through a provider: begun here, ended by what the browser brings back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::cookies::SetCookie;
use palisade_core::errors::{AppError, codes, with_causes};
use palisade_core::net::{AppCode, AuthorizationUrl, Destination, Origin, ReturnTo, ReturnToOrigins};
use palisade_core::utils::crypto::random::{encode_base64url, sha256};
use palisade_core::values::{Violation, ViolationCode};
use palisade_lib::oauth::{
    AuthorizationRequest, Exchange, Provider, ProviderError, ProviderIdentity, Providers,
};
use palisade_lib::store::StoreError;

use crate::auth::oauth_cookies::{AttemptFor, AttemptNote, OAuthCookies};
use crate::auth::repository::Repository;
use crate::auth::types::AttemptCookies;
use crate::auth::types::oauth::{
    AppChallenge, FirstTimeUser, OAuthCallback, ProviderName, ResponseIssuer, State, WantedReturn,
};

/// The error codes in the address to which the browser returns. They are part of the interface.
pub(super) mod failure {
    /// The person, or the provider in their name, refused.
    pub(in crate::auth) const DENIED: &str = "OAUTH_DENIED";
    /// No attempt of this browser, or one that was used or has expired.
    pub(in crate::auth) const STATE_INVALID: &str = "OAUTH_STATE_INVALID";
    /// The provider's answer cannot be trusted or used.
    pub(in crate::auth) const FAILED: &str = "OAUTH_FAILED";
    /// The provider does not answer as it should.
    pub(in crate::auth) const UNAVAILABLE: &str = "PROVIDER_UNAVAILABLE";
    /// The address has to be confirmed by mail first.
    pub(in crate::auth) const CONFIRMATION_REQUIRED: &str = "EMAIL_CONFIRMATION_REQUIRED";
    /// Another user signs in with this account at the provider.
    pub(in crate::auth) const IDENTITY_TAKEN: &str = "IDENTITY_TAKEN";
    /// The account is suspended.
    pub(in crate::auth) const SUSPENDED: &str = "ACCOUNT_SUSPENDED";
}

/// Where the browser goes next, and its cookies.
#[derive(Debug)]
pub struct OAuthRedirect {
    /// The address.
    pub to: Destination,
    /// The cookies to set.
    pub cookies: Vec<SetCookie>,
}

/// The addresses to which an attempt may return.
#[derive(Clone, Debug)]
pub(in crate::auth) struct ReturnAddresses {
    pub(in crate::auth) own: Origin,
    pub(in crate::auth) allowed: ReturnToOrigins,
}

impl ReturnAddresses {
    /// # Errors
    /// 400 for an address that is not allowed.
    fn judge(&self, wanted: Option<&WantedReturn>) -> Result<Option<ReturnTo>, AppError> {
        let refused = |reason: String| {
            AppError::validation(vec![Violation::not_allowed(format!("is {reason}")).at("returnTo")])
        };
        let Some(wanted) = wanted else { return Ok(None) };
        let place = ReturnTo::parse(wanted.expose(), &self.own, &self.allowed);
        place.map(Some).map_err(|reason| refused(reason.to_string()))
    }

    fn own(&self, path: &str) -> ReturnTo {
        ReturnTo::parse(path, &self.own, &self.allowed).unwrap_or_else(|_| ReturnTo::home())
    }

    /// Where an attempt ends without a place of its own, after success.
    fn account(&self) -> ReturnTo {
        self.own("/account")
    }

    /// The same after a failure.
    fn sign_in(&self) -> ReturnTo {
        self.own("/account/sign-in")
    }
}

/// The end of a round trip: the attempt, and who the provider says it is.
#[derive(Debug)]
pub(super) struct Identified {
    pub(super) purpose: AttemptFor,
    /// The name and the label of the provider.
    pub(super) provider: (String, String),
    pub(super) identity: ProviderIdentity,
    /// The code challenge of the app that gets the session; otherwise the browser gets it.
    pub(super) app_challenge: Option<String>,
    back: Option<ReturnTo>,
    return_addresses: ReturnAddresses,
    cleared: SetCookie,
}

impl Identified {
    /// Back to where the attempt began, with these cookies.
    pub(super) fn done(self, cookies: Vec<SetCookie>) -> OAuthRedirect {
        let back = self.back.unwrap_or_else(|| self.return_addresses.account());
        OAuthRedirect { to: Destination::Back(back), cookies: [vec![self.cleared], cookies].concat() }
    }

    /// To the app that gets the session for this code. Its browser gets no session.
    pub(super) fn handed_on(self, code: AppCode) -> OAuthRedirect {
        let back = self.back.unwrap_or_else(|| self.return_addresses.account());
        OAuthRedirect { to: Destination::App(back, code), cookies: vec![self.cleared] }
    }

    /// The same with an error.
    pub(super) fn failed(self, code: &'static str, cookies: Vec<SetCookie>) -> OAuthRedirect {
        let back = self.back.unwrap_or_else(|| self.return_addresses.sign_in());
        OAuthRedirect { to: Destination::Failed(back, code), cookies: [vec![self.cleared], cookies].concat() }
    }
}

/// Begins and ends attempts.
pub(in crate::auth) struct OAuthAttempts {
    pub(in crate::auth) repository: Arc<Repository>,
    pub(in crate::auth) providers: Providers,
    pub(in crate::auth) cookies: Arc<OAuthCookies>,
    pub(in crate::auth) return_addresses: ReturnAddresses,
    pub(in crate::auth) lifetime: Duration,
}

impl fmt::Debug for OAuthAttempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthAttempts")
            .field("return_addresses", &self.return_addresses)
            .finish_non_exhaustive()
    }
}

impl OAuthAttempts {
    /// The configured providers: name and label.
    pub(super) fn providers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.providers.iter().map(|provider| (provider.name(), provider.label()))
    }

    /// The label of a provider that may no longer be configured.
    pub(super) fn label<'a>(&'a self, provider: &'a str) -> &'a str {
        self.providers.get(provider).map_or(provider, Provider::label)
    }

    /// A configured provider.
    ///
    /// # Errors
    /// 404 for an unknown one.
    pub(super) fn known(&self, provider: &ProviderName) -> Result<&Provider, AppError> {
        self.providers.get(provider.expose()).ok_or_else(|| AppError::new(&codes::NOT_FOUND))
    }

    /// Whether a provider is configured.
    pub(super) fn is_known(&self, provider: &str) -> bool {
        self.providers.get(provider).is_some()
    }

    /// Begins an attempt.
    ///
    /// # Errors
    /// 404 for an unknown provider; 400 for a place that is not allowed. A provider that does not answer is a destination.
    pub(super) async fn begin(
        &self,
        provider: &ProviderName,
        purpose: AttemptFor,
        wanted: Option<&WantedReturn>,
        app_challenge: Option<&AppChallenge>,
        earlier: Option<&AttemptCookies>,
    ) -> Result<OAuthRedirect, AppError> {
        let provider = self.known(provider)?;
        let back = self.return_addresses.judge(wanted)?;
        let is_for_an_app = back.as_ref().is_some_and(ReturnTo::is_an_app);
        let refused =
            |field: &'static str, violation: Violation| AppError::validation(vec![violation.at(field)]);
        match (&purpose, is_for_an_app, app_challenge) {
            (AttemptFor::Link { .. }, true, _) => {
                let reason = "is the address of an app: link in a browser that is signed in";
                return Err(refused("returnTo", Violation::not_allowed(reason)));
            }
            (_, true, None) => {
                let reason = "is required where `returnTo` is the address of an app";
                return Err(refused("codeChallenge", Violation::new(ViolationCode::Required, reason)));
            }
            (_, false, Some(_)) => {
                let reason = "is only for a `returnTo` that is the address of an app";
                return Err(refused("codeChallenge", Violation::not_allowed(reason)));
            }
            (_, true, Some(_)) | (_, false, None) => {}
        }
        let return_to = back.as_ref().map(|place| place.as_str().to_owned());
        let app = app_challenge.map(|challenge| challenge.as_str().to_owned());
        let (note, cookies) =
            self.cookies.begin(earlier, provider.name(), purpose, (return_to, app), self.lifetime)?;
        let challenge = encode_base64url(sha256(&[note.verifier.as_bytes()]));
        let asked = AuthorizationRequest {
            redirect_uri: &redirect_uri(&self.return_addresses.own, provider.name()),
            state: &note.state,
            nonce: &note.nonce,
            code_challenge: &challenge,
        };
        let url = provider.authorization_url(&asked).await;
        match url.map(|url| AuthorizationUrl::new(&url)) {
            Ok(Some(url)) => Ok(OAuthRedirect { to: Destination::Provider(url), cookies }),
            Ok(None) => Err(AppError::internal("an authorization endpoint without TLS")),
            Err(error) => {
                report(provider.name(), &error);
                let back = back.unwrap_or_else(|| self.return_addresses.sign_in());
                Ok(OAuthRedirect { to: Destination::Failed(back, failure::UNAVAILABLE), cookies: Vec::new() })
            }
        }
    }

    /// Ends an attempt: the `state` names one of this browser, which works once, and only then is the code sent to the
    /// provider that the attempt began at (RFC 9700, 2.1 and 4.4).
    ///
    /// # Errors
    /// 503 when the store is down. Everything else is a destination.
    pub(super) async fn end(
        &self,
        input: &OAuthCallback,
    ) -> Result<Result<Identified, OAuthRedirect>, AppError> {
        let state = input.state.as_ref().map(State::expose).unwrap_or_default();
        let known = self.cookies.attempt(input.attempts.as_ref(), input.provider.expose(), state);
        let provider = known.as_ref().and_then(|note| self.providers.get(&note.provider));
        let (Some(note), Some(provider)) = (known, provider) else {
            let to = Destination::Failed(self.return_addresses.sign_in(), failure::STATE_INVALID);
            return Ok(Err(OAuthRedirect { to, cookies: Vec::new() }));
        };
        let back = self.back(&note);
        let cleared = SetCookie::clear_attempt(note.name.clone());
        let failed = |code: &'static str| {
            let place = back.clone().unwrap_or_else(|| self.return_addresses.sign_in());
            Ok(Err(OAuthRedirect { to: Destination::Failed(place, code), cookies: vec![cleared.clone()] }))
        };
        match self.repository.use_attempt(state, note.expires_at).await {
            Ok(()) => {}
            Err(StoreError::Duplicate { .. }) => return failed(failure::STATE_INVALID),
            Err(error) => return Err(error.into()),
        }
        match self.identify(provider, input, &note).await {
            Ok(identity) => Ok(Ok(Identified {
                purpose: note.purpose,
                provider: (provider.name().to_owned(), provider.label().to_owned()),
                identity,
                app_challenge: note.app_challenge,
                back,
                return_addresses: self.return_addresses.clone(),
                cleared,
            })),
            Err(code) => failed(code),
        }
    }

    /// Who the provider says it is, or the error code of the attempt.
    async fn identify(
        &self,
        provider: &Provider,
        input: &OAuthCallback,
        note: &AttemptNote,
    ) -> Result<ProviderIdentity, &'static str> {
        let issuer = input.iss.as_ref().map(ResponseIssuer::expose);
        if let Some(error) = &input.error {
            // Never more than an error, so a missing `iss` is no reason to doubt it (RFC 9207, 2.4).
            let code = match error.expose() {
                // Nothing asks for a sign-in without pages, so `consent_required` is a person who said no (LemonLDAP::NG).
                "access_denied"
                | "consent_required"
                | "user_cancelled_authorize"
                | "user_cancelled_login" => failure::DENIED,
                "server_error" | "temporarily_unavailable" => failure::UNAVAILABLE,
                _ => failure::FAILED,
            };
            tracing::info!(provider = provider.name(), code, "a provider answered with an error");
            return Err(code);
        }
        let known = provider.check_issuer(issuer, input.code.is_some()).await;
        known.map_err(|error| report(provider.name(), &error))?;
        let Some(code) = &input.code else {
            tracing::info!(provider = provider.name(), "a provider answered without a code");
            return Err(failure::FAILED);
        };
        let exchange = Exchange {
            code: code.expose(),
            code_verifier: &note.verifier,
            nonce: &note.nonce,
            redirect_uri: &redirect_uri(&self.return_addresses.own, provider.name()),
            user_json: input.user.as_ref().map(FirstTimeUser::expose),
        };
        provider.identify(exchange).await.map_err(|error| report(provider.name(), &error))
    }

    /// The place that an attempt began with, if it is still allowed.
    fn back(&self, note: &AttemptNote) -> Option<ReturnTo> {
        ReturnTo::parse(
            note.return_to.as_deref()?,
            &self.return_addresses.own,
            &self.return_addresses.allowed,
        )
        .ok()
    }
}

/// The one address at this server that is registered at a provider. No request changes it.
pub(crate) fn redirect_uri(own: &Origin, provider: &str) -> String {
    format!("{}{}", own.as_str(), callback_path(provider))
}

/// The path of the callback of a provider.
pub(super) fn callback_path(provider: &str) -> String {
    format!("/api/v1/auth/oauth/{provider}/callback")
}

/// Writes the error to the log and returns the code for the browser.
fn report(provider: &str, error: &ProviderError) -> &'static str {
    let code = match error {
        ProviderError::Unavailable { .. } => failure::UNAVAILABLE,
        ProviderError::Refused(_) => failure::FAILED,
    };
    tracing::warn!(provider, code, cause = with_causes(error), "a sign-in through a provider failed");
    code
}
