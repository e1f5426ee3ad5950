//! Secrets, and trust: sealing keys, allowed origins, proxies in front.

use super::origin::{AppUrl, Origins};
use super::passphrase::DEVELOPMENT_PREFIX;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use super::shared_secret::SharedSecret;
use crate::net::{Origin, TrustedProxies, TrustedProxiesError};
use crate::utils::crypto::seal::SecretKeys;

impl Setting for SecretKeys {
    const SECRET: bool = true;

    fn expects() -> String {
        "`id:base64` pairs separated by commas, each key 32 random bytes (`openssl rand -base64 32`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse(text).map_err(|error| error.to_string().into())
    }

    fn show(&self) -> String {
        self.ids().map(|id| format!("{id}:…")).collect::<Vec<_>>().join(",")
    }
}

fn are_from_development(keys: &SecretKeys) -> bool {
    keys.ids().any(|id| id.starts_with(DEVELOPMENT_PREFIX))
}

impl Setting for TrustedProxies {
    fn expects() -> String {
        "networks (`10.0.0.0/8,2001:db8::/32,192.0.2.7`) and names of such (`loopback`, `private`, `cloudflare`) separated by \
         commas, or `vercel`"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error: TrustedProxiesError| error.to_string().into())
    }

    fn show(&self) -> String {
        self.to_string()
    }
}

settings! {
    /// The settings of secrets and trust as the environment gives them.
    pub(super) struct SecuritySettings in "Security" {
        /// The keys that seal secrets in the store: signing keys, the password pepper, mailed tokens. The first key
        /// seals, all keys open; put a new one in front to rotate.
        secret_keys: SecretKeys = SECRET_KEYS required("development creates one, beside the embedded store") like "2026a:…";
        /// Other origins whose pages may call this server and read its answers. Browsers send the cookies only from
        /// the site of `APP_URL`; docs/browsers.md says what else works.
        cors_origins: Origins = CORS_ORIGINS optional("only pages of `APP_URL`") like "https://www.example.org";
        /// Proxies whose headers about the client's address are trusted.
        trusted_proxies: TrustedProxies = TRUSTED_PROXIES optional("no proxy is trusted") like "10.0.0.0/8";
        /// The secret of a front end that calls for its visitors and has no fixed address, such as Next.js on a serverless
        /// platform. With it the front end signs the visitor's address (`Palisade-Client`), and limits count the visitor.
        /// Whoever knows it can name any address.
        proxy_secret: SharedSecret = PROXY_SECRET optional("only `TRUSTED_PROXIES` decides who may name a client");
    }
}

/// Secrets and trust.
#[derive(Clone, Debug)]
pub struct SecurityConfig {
    /// The keys that seal secrets in the store.
    pub secret_keys: SecretKeys,
    /// Other origins whose pages may call this server.
    pub cors_origins: Origins,
    /// Proxies whose headers about the client's address are trusted.
    pub trusted_proxies: TrustedProxies,
    /// The secret under which a front end signs the address of its visitor.
    pub proxy_secret: Option<SharedSecret>,
}

impl SecuritySettings {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        for key in self.secret_keys.iter().flat_map(SecretKeys::encoded) {
            reader.keep(Self::SECRET_KEYS, &key);
        }
        if let Some(secret) = &self.proxy_secret {
            secret.check(Self::PROXY_SECRET, reader);
        }
        if self.trusted_proxies == Some(TrustedProxies::Vercel) && !reader.env().is_set("VERCEL") {
            reader.warn("TRUSTED_PROXIES: is `vercel`, but nothing else says that this is Vercel; elsewhere anyone can send its headers");
        }
        if reader.is_production() {
            self.check_production(reader);
        }
    }

    /// The platform connects from this machine: without its headers all clients are one.
    fn check_platform(&self, reader: &mut Reader<'_>) {
        let is_read = self.trusted_proxies == Some(TrustedProxies::Vercel);
        if reader.env().is_set("VERCEL") && !is_read && !reader.failed(Self::TRUSTED_PROXIES) {
            reader.refuse_for(
                Self::TRUSTED_PROXIES,
                "is not `vercel`, so all clients of this function would share their limits",
                "`vercel`",
            );
        }
    }

    /// Warns about origins where people could not stay signed in.
    pub(super) fn check_sites(&self, app: &AppUrl, reader: &mut Reader<'_>) {
        let is_elsewhere = |origin: &&Origin| !origin.is_of_an_app() && !origin.is_same_site(app.origin());
        for origin in self.cors_origins.iter().flatten().filter(is_elsewhere) {
            reader.warn(format!(
                "CORS_ORIGINS: {origin} is on another site than APP_URL ({app}), so browsers send none of this server's cookies \
                 with its requests: they are SameSite=Lax, and nobody stays signed in there. Serve both under one registered \
                 domain, or rewrite a path of that origin to this server; otherwise only `Authorization: Bearer` works"
            ));
        }
    }

    fn check_production(&self, reader: &mut Reader<'_>) {
        self.check_platform(reader);
        if self.secret_keys.as_ref().is_some_and(are_from_development) {
            reader.refuse(Self::SECRET_KEYS, "contains a key that was created for development (`dev-…`)");
        }
        let is_safe = |origin: &Origin| origin.is_secure() || origin.is_of_an_app();
        if self.cors_origins.iter().flatten().any(|origin| !is_safe(origin)) {
            reader.refuse_for(
                Self::CORS_ORIGINS,
                "contains an origin that is not `https`",
                "only `https://` origins, and origins of hybrid apps, in production",
            );
        }
    }

    pub(super) fn with_keys(self, secret_keys: SecretKeys) -> SecurityConfig {
        SecurityConfig {
            secret_keys,
            cors_origins: self.cors_origins.unwrap_or_default(),
            trusted_proxies: self.trusted_proxies.unwrap_or_default(),
            proxy_secret: self.proxy_secret,
        }
    }
}
