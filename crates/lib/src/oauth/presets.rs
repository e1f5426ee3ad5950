//! What each well-known provider does differently.

use palisade_core::config::oauth::{ProviderConfig, ProviderKind, ServerUrl, TokenAuth};

use super::issuer::IssuerRule;

/// How a provider is spoken to.
#[derive(Clone, Debug)]
pub(super) enum Protocol {
    /// OpenID Connect: everything else is in its document.
    OpenIdConnect {
        /// Where the document is.
        document: String,
        rule: IssuerRule,
        /// Whether ID tokens have the nonce of the request.
        gives_nonce_back: bool,
    },
    /// OAuth 2.0, and an interface of the provider's own.
    OwnInterface(Endpoints),
}

/// The addresses of a provider without a document.
#[derive(Clone, Debug)]
pub(super) struct Endpoints {
    /// The name of the provider in identities.
    pub(super) issuer: String,
    /// The issuer that its callbacks may name (RFC 9207).
    pub(super) callback_issuer: String,
    pub(super) authorization: String,
    pub(super) token: String,
    /// The beginnings of the addresses of its interface: the second is tried if the first is not there.
    pub(super) interfaces: Vec<String>,
}

/// A provider.
#[derive(Clone, Debug)]
pub(super) struct Preset {
    pub(super) protocol: Protocol,
    pub(super) scopes: &'static str,
    /// How the secret is shown, unless the operator says otherwise; else as the document says.
    pub(super) token_auth: Option<TokenAuth>,
    /// Whether the answer must come as a form.
    pub(super) form_post: bool,
    /// Whether it takes the proof of RFC 7636. One that takes none must not get one.
    pub(super) pkce: bool,
}

const SCOPES: &str = "openid email profile";

impl Preset {
    pub(super) fn of(config: &ProviderConfig) -> Self {
        let server = |otherwise: &str| config.server.as_ref().map_or(otherwise, ServerUrl::as_str).to_owned();
        match config.kind {
            // Its document lists both ways, and a server that behaves like it may take only this one.
            ProviderKind::Google => Self {
                token_auth: Some(TokenAuth::Post),
                ..Self::issuer(server("https://accounts.google.com"))
            },
            ProviderKind::GitHub => Self::github(config.server.as_ref()),
            ProviderKind::Microsoft => {
                let base = server("https://login.microsoftonline.com").trim_end_matches('/').to_owned();
                let tenant = config.tenant.as_ref().map_or("common", |tenant| tenant.as_str());
                let document = document(&format!("{base}/{tenant}/v2.0"));
                let rule = IssuerRule::OfTenant(base);
                let protocol = Protocol::OpenIdConnect { document, rule, gives_nonce_back: true };
                Self { protocol, token_auth: Some(TokenAuth::Post), ..Self::issuer(String::new()) }
            }
            // It answers a request for a name or an address only by a form.
            ProviderKind::Apple => Self {
                scopes: "openid email name",
                token_auth: Some(TokenAuth::Post),
                form_post: true,
                ..Self::apple(config.server.as_ref())
            },
            ProviderKind::GitLab => Self::issuer(server("https://gitlab.com")),
            ProviderKind::Discord => Self::discord(config.server.as_ref()),
            ProviderKind::Slack => {
                Self { token_auth: Some(TokenAuth::Post), ..Self::issuer(server("https://slack.com")) }
            }
            // It ignores the nonce of a request, and its token endpoint refuses a verifier, except for apps on a device that
            // it has admitted. Only the state in the browser's cookie binds the answer to the browser.
            ProviderKind::LinkedIn => {
                let issuer = server("https://www.linkedin.com/oauth");
                let (document, rule) = (document(&issuer), IssuerRule::Exact(issuer));
                let protocol = Protocol::OpenIdConnect { document, rule, gives_nonce_back: false };
                Self {
                    protocol,
                    token_auth: Some(TokenAuth::Post),
                    pkce: false,
                    ..Self::issuer(String::new())
                }
            }
            ProviderKind::Oidc => Self::issuer(server("")),
        }
    }

    fn issuer(issuer: String) -> Self {
        let (document, rule) = (document(&issuer), IssuerRule::Exact(issuer));
        Self {
            protocol: Protocol::OpenIdConnect { document, rule, gives_nonce_back: true },
            scopes: SCOPES,
            token_auth: None,
            form_post: false,
            pkce: true,
        }
    }

    fn apple(server: Option<&ServerUrl>) -> Self {
        const NAME: &str = "https://appleid.apple.com";
        if let Some(server) = server {
            return Self::issuer(server.as_str().to_owned());
        }
        let rule = IssuerRule::Either(NAME, "https://account.apple.com");
        let protocol = Protocol::OpenIdConnect { document: document(NAME), rule, gives_nonce_back: true };
        Self { protocol, ..Self::issuer(String::new()) }
    }

    fn github(server: Option<&ServerUrl>) -> Self {
        let base = server.map_or_else(|| "https://github.com".to_owned(), |server| server.join(""));
        let interfaces = match server {
            None => vec!["https://api.github.com".to_owned()],
            // GitHub Enterprise Server has its interface under a path; servers that behave like GitHub may have none.
            Some(_) => vec![format!("{base}/api/v3"), base.clone()],
        };
        let endpoints = Endpoints {
            callback_issuer: format!("{base}/login/oauth"),
            authorization: format!("{base}/login/oauth/authorize"),
            token: format!("{base}/login/oauth/access_token"),
            issuer: base,
            interfaces,
        };
        // The id and the name of a user are public.
        Self::own(endpoints, "user:email")
    }

    fn discord(server: Option<&ServerUrl>) -> Self {
        let base = server.map_or_else(|| "https://discord.com".to_owned(), |server| server.join(""));
        let endpoints = Endpoints {
            callback_issuer: base.clone(),
            authorization: format!("{base}/oauth2/authorize"),
            token: format!("{base}/api/oauth2/token"),
            interfaces: vec![format!("{base}/api")],
            issuer: base,
        };
        Self::own(endpoints, "identify email")
    }

    fn own(endpoints: Endpoints, scopes: &'static str) -> Self {
        let protocol = Protocol::OwnInterface(endpoints);
        Self { protocol, scopes, token_auth: Some(TokenAuth::Post), form_post: false, pkce: true }
    }
}

/// The address of an issuer's document (OpenID Connect Discovery 1.0 section 4).
fn document(issuer: &str) -> String {
    format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'))
}
