//! One provider: where a sign-in begins, and what its answer proves.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::oauth::{ProviderConfig, ProviderKind, Scopes, TokenAuth};
use palisade_core::ports::Clock;
use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretString};
use url::Url;

use super::apple_user;
use super::cache::Cached;
use super::credential::proof;
use super::error::{Doing, ProviderError, Refusal, UnavailableCause};
use super::exchange::{self, Grant, Tokens};
use super::id_token::{Claims, Expected, Nonce, Signed};
use super::identity::{Profile, ProviderIdentity, Source, subject};
use super::issuer::IssuerRule;
use super::keys::Keys;
use super::metadata::{Metadata, endpoint};
use super::presets::{Endpoints, Preset, Protocol};
use super::userinfo;
use crate::outbound::{Call, Outbound};

/// The latest end of an identification, which makes up to five calls.
const WHOLE: Duration = Duration::from_secs(10);

/// The beginning of a sign-in. All texts are visible ASCII.
#[derive(Clone, Copy)]
pub struct AuthorizationRequest<'a> {
    /// Where the provider sends the browser back to, as registered there.
    pub redirect_uri: &'a str,
    /// Comes back unchanged (RFC 6749 section 10.12).
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The S256 challenge of the verifier (RFC 7636 section 4.2).
    pub code_challenge: &'a str,
}

impl fmt::Debug for AuthorizationRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("redirect_uri", &self.redirect_uri)
            .finish_non_exhaustive()
    }
}

/// The end of a sign-in.
#[derive(Clone, Copy)]
pub struct Exchange<'a> {
    /// The code of the callback.
    pub code: &'a str,
    /// The verifier of this sign-in (RFC 7636).
    pub code_verifier: &'a str,
    /// The nonce of this sign-in.
    pub nonce: &'a str,
    /// The same as at the beginning.
    pub redirect_uri: &'a str,
    /// The parameter `user` of a callback of Apple, which only the first sign-in of a person has. It comes through the
    /// browser, so it is good for a name and nothing else.
    pub user_json: Option<&'a str>,
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// One provider.
pub struct Provider {
    pub(super) config: ProviderConfig,
    pub(super) preset: Preset,
    pub(super) outbound: Outbound,
    pub(super) clock: Arc<dyn Clock>,
    metadata: Cached<Metadata>,
    keys: Cached<Keys>,
    whole: Duration,
}

impl Provider {
    pub(super) fn new(config: ProviderConfig, clock: Arc<dyn Clock>, outbound: Outbound) -> Self {
        let preset = Preset::of(&config);
        let (metadata, keys) = (Cached::new(Doing::Discovery), Cached::new(Doing::Keys));
        Self { config, preset, outbound, clock, metadata, keys, whole: WHOLE }
    }

    /// The same with another latest end.
    #[cfg(test)]
    pub(super) fn within(self, whole: Duration) -> Self {
        Self { whole, ..self }
    }

    /// Its name in addresses: lower-case letters, digits and dashes.
    pub fn name(&self) -> &str {
        self.config.name.as_str()
    }

    /// Its name for people.
    pub fn label(&self) -> &str {
        self.config.label.as_str()
    }

    /// Which provider it is.
    pub fn kind(&self) -> ProviderKind {
        self.config.kind
    }

    /// Whether it sends the browser back by a form of another site (`response_mode=form_post`), with which browsers send
    /// no `SameSite=Lax` cookie.
    pub fn answers_by_form(&self) -> bool {
        self.preset.form_post
    }

    /// The address where a sign-in begins.
    ///
    /// # Errors
    /// [`ProviderError::Unavailable`] when the provider's document cannot be read.
    pub async fn authorization_url(&self, request: &AuthorizationRequest<'_>) -> Result<Url, ProviderError> {
        let (mut url, nonce) = match &self.preset.protocol {
            Protocol::OpenIdConnect { document, rule, .. } => {
                (self.metadata(document, rule).await?.authorization.clone(), Some(request.nonce))
            }
            Protocol::OwnInterface(endpoints) => (known(&endpoints.authorization, Doing::Discovery)?, None),
        };
        let scopes = self.config.scopes.as_ref().map_or(self.preset.scopes, Scopes::as_str);
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", self.config.client_id.as_str())
            .append_pair("redirect_uri", request.redirect_uri)
            .append_pair("scope", scopes)
            .append_pair("state", request.state)
            .extend_pairs(self.preset.pkce.then_some(("code_challenge", request.code_challenge)))
            .extend_pairs(self.preset.pkce.then_some(("code_challenge_method", "S256")))
            .extend_pairs(nonce.map(|nonce| ("nonce", nonce)))
            .extend_pairs(self.preset.form_post.then_some(("response_mode", "form_post")));
        Ok(url)
    }

    /// Checks the parameter `iss` of a callback (RFC 9207 section 2.4), before anything else of it is used. Without a
    /// code the callback is an error, and some providers leave the parameter out of those.
    ///
    /// # Errors
    /// [`Refusal::CallbackIssuer`] for another issuer; [`Refusal::NoCallbackIssuer`] for a code without one, from a
    /// provider that announces it. [`ProviderError::Unavailable`] when the provider's document cannot be read.
    pub async fn check_issuer(&self, issuer: Option<&str>, has_code: bool) -> Result<(), ProviderError> {
        match &self.preset.protocol {
            Protocol::OpenIdConnect { document, rule, .. } => {
                let metadata = self.metadata(document, rule).await?;
                match issuer {
                    Some(issuer) if rule.is_of_callback(&metadata.issuer, issuer) => Ok(()),
                    Some(_) => Err(Refusal::CallbackIssuer.into()),
                    None if has_code && metadata.names_itself => Err(Refusal::NoCallbackIssuer.into()),
                    None => Ok(()),
                }
            }
            Protocol::OwnInterface(endpoints) => match issuer {
                Some(issuer) if issuer != endpoints.callback_issuer => Err(Refusal::CallbackIssuer.into()),
                _ => Ok(()),
            },
        }
    }

    /// Exchanges a code and says who signed in. The tokens of the provider end with this call.
    ///
    /// # Errors
    /// When the provider cannot serve, or its answer proves nothing.
    pub async fn identify(&self, exchange: Exchange<'_>) -> Result<ProviderIdentity, ProviderError> {
        let whole = async {
            match &self.preset.protocol {
                Protocol::OpenIdConnect { document, rule, gives_nonce_back } => {
                    let nonce = if *gives_nonce_back {
                        Nonce::Needed(exchange.nonce)
                    } else {
                        Nonce::IfPresent(exchange.nonce)
                    };
                    self.identify_by_token(document, rule, nonce, &exchange).await
                }
                Protocol::OwnInterface(endpoints) => self.identify_by_interface(endpoints, &exchange).await,
            }
        };
        let too_long = |_| Err(Doing::Identify.failed(UnavailableCause::TooLong(self.whole)));
        tokio::time::timeout(self.whole, whole).await.unwrap_or_else(too_long)
    }

    async fn identify_by_token(
        &self,
        document: &str,
        rule: &IssuerRule,
        nonce: Nonce<'_>,
        exchange: &Exchange<'_>,
    ) -> Result<ProviderIdentity, ProviderError> {
        let metadata = self.metadata(document, rule).await?;
        let tokens = self
            .exchange(&metadata.token, rule.name(&metadata.issuer), metadata.is_post_only, exchange)
            .await?;
        let id_token = tokens.id.as_ref().ok_or(Refusal::NoIdToken)?;
        let signed = Signed::parse(id_token.expose_secret(), &metadata.algorithms)?;
        let body = self.verified(&signed, &metadata).await?;
        let claims = Claims::parse(&body)?;
        let issuer = rule.of_token(&metadata.issuer, &claims)?;
        claims.check(&Expected {
            client_id: self.config.client_id.as_str(),
            nonce,
            access_token: tokens.access.as_ref().map(SecretString::expose_secret),
            algorithm: signed.algorithm,
            now: self.clock.now(),
        })?;
        let subject = subject(&claims.sub)?;
        let mut profile: Profile = serde_json::from_slice(&body).map_err(|_| Refusal::Malformed)?;
        if let (false, Some(url), Some(access)) = (profile.has_address(), &metadata.userinfo, &tokens.access)
        {
            let more = self.userinfo(url.clone(), access, &metadata).await?;
            if more.sub.as_str() != Some(&claims.sub) {
                return Err(Refusal::OtherSubject.into());
            }
            profile = profile.completed_by(more);
        }
        let name =
            exchange.user_json.filter(|_| self.kind() == ProviderKind::Apple).and_then(apple_user::name);
        Ok(profile.identity(&self.source(&issuer), subject, name))
    }

    async fn identify_by_interface(
        &self,
        endpoints: &Endpoints,
        exchange: &Exchange<'_>,
    ) -> Result<ProviderIdentity, ProviderError> {
        let token = known(&endpoints.token, Doing::Exchange)?;
        let tokens = self.exchange(&token, &endpoints.issuer, true, exchange).await?;
        let access = tokens.access.ok_or(Refusal::NoTokens)?;
        let (found, profile) = match self.kind() {
            ProviderKind::Discord => userinfo::discord(&self.outbound, endpoints, &access).await?,
            _ => userinfo::github(&self.outbound, endpoints, &access).await?,
        };
        Ok(profile.identity(&self.source(&endpoints.issuer), subject(&found)?, None))
    }

    fn source<'a>(&'a self, issuer: &'a str) -> Source<'a> {
        Source { kind: self.kind(), issuer, authoritative: &self.config.authoritative }
    }

    /// How the secret is shown: as the operator says, as this provider is known to want it, or as its document says.
    pub(super) fn token_auth(&self, is_post_only: bool) -> TokenAuth {
        let documented = if is_post_only { TokenAuth::Post } else { TokenAuth::Basic };
        self.config.token_auth.or(self.preset.token_auth).unwrap_or(documented)
    }

    async fn exchange(
        &self,
        endpoint: &Url,
        audience: &str,
        is_post_only: bool,
        exchange: &Exchange<'_>,
    ) -> Result<Tokens, ProviderError> {
        let Exchange { code, code_verifier, redirect_uri, .. } = *exchange;
        let code_verifier = self.preset.pkce.then_some(code_verifier);
        let grant = Grant { code, code_verifier, redirect_uri };
        let way = self.token_auth(is_post_only);
        let client_id = self.config.client_id.as_str();
        let proof = proof(&self.config.credential, client_id, way, audience, self.clock.now())
            .map_err(|error| Doing::Exchange.failed(UnavailableCause::Proof(error)))?;
        exchange::exchange(&self.outbound, exchange::call(endpoint.clone(), &grant, &proof)).await
    }

    /// How the token endpoint refuses.
    pub(super) async fn refusal_of(
        &self,
        endpoint: &Url,
        audience: &str,
        is_post_only: bool,
        exchange: &Exchange<'_>,
    ) -> Result<(), ProviderError> {
        self.exchange(endpoint, audience, is_post_only, exchange).await.map(drop)
    }

    /// The claims of a token whose signature is right. A key that is not known may be a new one, so the keys are read
    /// once more, if that is not too often.
    async fn verified(&self, signed: &Signed<'_>, metadata: &Metadata) -> Result<Vec<u8>, ProviderError> {
        let keys = self.keys.get(&*self.clock, self.read_keys(metadata)).await?;
        let refusal = match signed.verified(&keys) {
            Ok(claims) => return Ok(claims.to_vec()),
            Err(refusal) => refusal,
        };
        match self.keys.newer_than(&keys, &*self.clock, self.read_keys(metadata)).await? {
            Some(newer) => Ok(signed.verified(&newer)?.to_vec()),
            None => Err(refusal.into()),
        }
    }

    /// The answer about a person, as JSON or as a signed token (OpenID Connect Core 1.0 section 5.3.2).
    async fn userinfo(
        &self,
        url: Url,
        access: &SecretString,
        metadata: &Metadata,
    ) -> Result<Profile, ProviderError> {
        let answer =
            userinfo::ask(&self.outbound, url, "application/json, application/jwt;q=0.9", access).await?;
        if !(answer.is_success() && answer.media_type() == "application/jwt") {
            return Ok(userinfo::json_of(&answer)?);
        }
        let malformed = Refusal::Userinfo(answer.status());
        let token = std::str::from_utf8(answer.body()).map_err(|_| malformed)?;
        let signed = Signed::parse(token.trim(), &metadata.algorithms)?;
        let body = self.verified(&signed, metadata).await?;
        Ok(serde_json::from_slice(&body).map_err(|_| malformed)?)
    }

    async fn metadata(&self, document: &str, rule: &IssuerRule) -> Result<Arc<Metadata>, ProviderError> {
        self.metadata.get(&*self.clock, self.read_metadata(document, rule)).await
    }

    pub(super) async fn read_metadata(
        &self,
        document: &str,
        rule: &IssuerRule,
    ) -> Result<Metadata, ProviderError> {
        let answer = self.outbound.send(Call::get(known(document, Doing::Discovery)?)).await;
        let answer = answer.map_err(|error| Doing::Discovery.failed(error))?;
        if !answer.is_success() {
            return Err(Doing::Discovery.failed(UnavailableCause::Status(answer.status())));
        }
        Metadata::parse(answer.body(), rule).map_err(|cause| Doing::Discovery.failed(cause))
    }

    pub(super) async fn read_keys(&self, metadata: &Metadata) -> Result<Keys, ProviderError> {
        let call = Call::get(metadata.keys.clone()).accept("application/jwk-set+json, application/json");
        let answer = self.outbound.send(call).await.map_err(|error| Doing::Keys.failed(error))?;
        if !answer.is_success() {
            return Err(Doing::Keys.failed(UnavailableCause::Status(answer.status())));
        }
        Keys::parse(answer.body())
            .ok_or_else(|| Doing::Keys.failed(UnavailableCause::Document("is no set of keys")))
    }
}

/// An address that does not come from a document.
pub(super) fn known(text: &str, doing: Doing) -> Result<Url, ProviderError> {
    endpoint(text).ok_or_else(|| doing.failed(UnavailableCause::Document("has no usable address")))
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name())
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}
