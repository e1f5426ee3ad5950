//! A provider that is right in everything, and this server beside it.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::{Config, Env};
use palisade_core::ports::{Clock, SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use serde_json::{Value, json};

use super::signer::Signer;
use crate::oauth::{Exchange, Provider, ProviderError, ProviderIdentity, Providers, Refusal};
use crate::outbound::Outbound;
use crate::outbound::test_server::{Reply, TestServer};

pub(super) const CLIENT: &str = "palisade";
pub(super) const SECRET: &str = "a-client-secret";
pub(super) const NOW: Timestamp = Timestamp::from_secs(1_800_000_000);

/// What comes back with a code.
pub(super) const EXCHANGE: Exchange<'_> = Exchange {
    code: "the-code/of=this+sign-in",
    code_verifier: "the-verifier",
    nonce: "the-nonce",
    redirect_uri: "https://app.example.org/api/v1/auth/oauth/acme/callback",
    user_json: None,
};

pub(super) struct World {
    pub(super) server: TestServer,
    pub(super) clock: Arc<TestClock>,
    pub(super) providers: Providers,
    name: &'static str,
    config: Config,
    outbound: Outbound,
}

impl World {
    /// A provider of OpenID Connect called `acme`.
    pub(super) async fn oidc(more: &[(&str, &str)]) -> Self {
        Self::with("acme", |issuer| {
            let mut variables = vec![
                ("OIDC_ACME_ISSUER".to_owned(), issuer.to_owned()),
                ("OIDC_ACME_CLIENT_ID".to_owned(), CLIENT.to_owned()),
                ("OIDC_ACME_CLIENT_SECRET".to_owned(), SECRET.to_owned()),
            ];
            variables.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
            variables
        })
        .await
    }

    /// A well-known provider, replaced by the server of this test.
    pub(super) async fn preset(name: &'static str) -> Self {
        Self::with(name, |url| {
            let prefix = name.to_uppercase();
            let set = |end: &str, value: &str| (format!("{prefix}_{end}"), value.to_owned());
            vec![set("CLIENT_ID", CLIENT), set("CLIENT_SECRET", SECRET), set("URL", url)]
        })
        .await
    }

    pub(super) async fn with(
        name: &'static str,
        variables: impl FnOnce(&str) -> Vec<(String, String)>,
    ) -> Self {
        let server = TestServer::start().await;
        let folder = tempfile::tempdir().unwrap();
        let env = Env::from_pairs(variables(&server.url()))
            .with("OUTBOUND_ALLOW", "127.0.0.1")
            .with("DATABASE_URL", format!("sqlite://{}/p.db", folder.path().display()));
        let config = Config::load_read_only(&env, &SystemRng).unwrap_or_else(|errors| panic!("{errors}"));
        let clock = Arc::new(TestClock::at(NOW));
        let shared: Arc<dyn Clock> = Arc::clone(&clock) as Arc<dyn Clock>;
        let outbound = Outbound::open(&config.outbound).unwrap();
        let providers = Providers::new(&config.oauth, &shared, &outbound);
        let world = Self { server, clock, providers, name, config, outbound };
        world.publish(&world.document(), &[named(Signer::rsa().jwk(), "one")]);
        world.answer(&Forged::right(&world));
        world
    }

    pub(super) fn provider(&self) -> &Provider {
        self.providers.get(self.name).unwrap()
    }

    /// The same provider with another latest end of an identification.
    pub(super) fn with_deadline(&self, whole: Duration) -> Provider {
        let config = self.config.oauth.providers[0].clone();
        Provider::new(config, Arc::clone(&self.clock) as Arc<dyn Clock>, self.outbound.clone()).within(whole)
    }

    /// The issuer, which is also the address of the server.
    pub(super) fn issuer(&self) -> String {
        self.server.url()
    }

    /// A document that is right.
    pub(super) fn document(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.server.url());
        json!({
            "issuer": self.issuer(),
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/keys"),
            "userinfo_endpoint": at("/userinfo"),
            "response_types_supported": ["code", "id_token"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        })
    }

    pub(super) fn publish(&self, document: &Value, keys: &[Value]) {
        self.server.reply("/.well-known/openid-configuration", Reply::json(document));
        self.publish_keys(keys);
    }

    pub(super) fn publish_keys(&self, keys: &[Value]) {
        self.server.reply("/keys", Reply::json(&json!({ "keys": keys })));
    }

    /// Answers the next exchange so.
    pub(super) fn answer(&self, forged: &Forged) {
        self.server.reply("/token", Reply::json(&forged.body()));
    }

    pub(super) async fn identify(&self) -> Result<ProviderIdentity, ProviderError> {
        self.provider().identify(EXCHANGE).await
    }

    /// The refusal of the next identification.
    pub(super) async fn refusal(&self) -> Refusal {
        let error = self.identify().await.expect_err("an identity");
        error.refusal().unwrap_or_else(|| panic!("{}", palisade_core::errors::with_causes(&error)))
    }

    /// Whether the next identification finds the provider unavailable.
    pub(super) async fn is_unavailable(&self) -> bool {
        self.identify().await.is_err_and(|error| error.refusal().is_none())
    }

    /// Long enough that keys are read again.
    pub(super) fn wait(&self) {
        self.clock.advance(Duration::from_secs(10));
    }
}

/// The same key under a name.
pub(super) fn named(mut key: Value, id: &str) -> Value {
    key["kid"] = json!(id);
    key
}

/// An answer of the token endpoint, to be changed before it is sent.
pub(super) struct Forged {
    pub(super) header: Value,
    pub(super) claims: Value,
    pub(super) signer: Signer,
    pub(super) access_token: &'static str,
    /// Instead of the token that would be signed.
    pub(super) token: Option<String>,
}

impl Forged {
    /// One that is right for the provider of this world.
    pub(super) fn right(world: &World) -> Self {
        let now = NOW.as_secs();
        Self {
            header: json!({"alg": "RS256", "kid": "one"}),
            claims: json!({
                "iss": world.issuer(),
                "sub": "ada-1815",
                "aud": CLIENT,
                "exp": now + 3600,
                "iat": now,
                "nonce": "the-nonce",
                "email": "ada@example.org",
                "email_verified": true,
                "name": "Ada Lovelace",
            }),
            signer: Signer::rsa(),
            access_token: "the-access-token",
            token: None,
        }
    }

    pub(super) fn signed(&self) -> String {
        self.token.clone().unwrap_or_else(|| self.signer.sign(&self.header, &self.claims.to_string()))
    }

    pub(super) fn body(&self) -> Value {
        json!({ "access_token": self.access_token, "token_type": "Bearer", "id_token": self.signed() })
    }

    pub(super) fn set(&mut self, claim: &str, value: Value) {
        self.claims[claim] = value;
    }

    pub(super) fn remove(&mut self, claim: &str) {
        self.claims.as_object_mut().unwrap().remove(claim);
    }
}
