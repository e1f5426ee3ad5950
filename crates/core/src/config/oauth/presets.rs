//! The settings of well-known providers, and the settings for all providers.

use zeroize::Zeroizing;

use super::apple::{AppleId, AppleKey, ApplePrivateKey};
use super::provider::{ClientCredential, ProviderConfig, ProviderKind, ProviderName};
use super::values::{ClientId, ClientSecret, Domains, Label, ServerUrl, Tenant};
use crate::config::reader::Reader;
use crate::config::settings::{Definition, settings};
use crate::config::values::Period;
use crate::net::ReturnToOrigins;
use crate::utils::crypto::random::encode_base64url;
use crate::utils::crypto::secret::ExposeSecret as _;

const MINUTE: u64 = 60;

settings! {
    /// The settings of sign-in through providers as the environment gives them.
    pub(in crate::config) struct OAuthSettings in "Sign-in through providers" {
        /// How long a person may take at a provider before the sign-in must be started again.
        ttl: Period<MINUTE, {60 * MINUTE}> = OAUTH_TTL default("10m");
        /// Where a browser may be sent after a sign-in besides the pages of this server: origins of web pages, and
        /// addresses of apps on a device (docs/oauth.md).
        return_to: ReturnToOrigins = RETURN_TO_ORIGINS optional("only pages of `APP_URL`") like "https://www.example.org,com.example.app:/callback";
        /// The id of this server at Google. With it and the secret people can sign in through Google.
        google_id: ClientId = GOOGLE_CLIENT_ID optional("no sign-in through Google") like "1234-abc.apps.googleusercontent.com";
        /// The secret of this server at Google.
        google_secret: ClientSecret = GOOGLE_CLIENT_SECRET optional("no sign-in through Google");
        /// The issuer of a server that behaves like Google, for tests.
        google_url: ServerUrl = GOOGLE_URL optional("Google itself");
        /// The id of this server at GitHub. With it and the secret people can sign in through GitHub.
        github_id: ClientId = GITHUB_CLIENT_ID optional("no sign-in through GitHub") like "Iv1.0123456789abcdef";
        /// The secret of this server at GitHub.
        github_secret: ClientSecret = GITHUB_CLIENT_SECRET optional("no sign-in through GitHub");
        /// The address of a GitHub Enterprise Server, or of a server that behaves like GitHub.
        github_url: ServerUrl = GITHUB_URL optional("github.com") like "https://github.example.org";
        /// The id of this server at Microsoft Entra. With it and the secret people can sign in through Microsoft.
        microsoft_id: ClientId = MICROSOFT_CLIENT_ID optional("no sign-in through Microsoft") like "00000000-0000-0000-0000-000000000000";
        /// The secret of this server at Microsoft Entra.
        microsoft_secret: ClientSecret = MICROSOFT_CLIENT_SECRET optional("no sign-in through Microsoft");
        /// Whose people may sign in through Microsoft: everybody's, those of all organizations, personal accounts, or
        /// those of one tenant.
        microsoft_tenant: Tenant = MICROSOFT_TENANT default("common");
        /// The address of another Microsoft cloud, or of a server that behaves like it.
        microsoft_url: ServerUrl = MICROSOFT_URL optional("the public cloud") like "https://login.microsoftonline.us";
        /// The Services ID of this server at Apple. With it, the team and the key people can sign in through Apple.
        apple_id: ClientId = APPLE_CLIENT_ID optional("no sign-in through Apple") like "org.example.app";
        /// The team at Apple.
        apple_team: AppleId = APPLE_TEAM_ID optional("no sign-in through Apple") like "A1B2C3D4E5";
        /// The id of the key at Apple.
        apple_key_id: AppleId = APPLE_KEY_ID optional("no sign-in through Apple") like "F6G7H8J9K0";
        /// The key itself. The server makes the secret that Apple wants from it, and renews it.
        apple_private_key: ApplePrivateKey = APPLE_PRIVATE_KEY optional("no sign-in through Apple");
        /// The issuer of a server that behaves like Apple, for tests.
        apple_url: ServerUrl = APPLE_URL optional("Apple itself");
        /// The id of this server at GitLab. With it and the secret people can sign in through GitLab.
        gitlab_id: ClientId = GITLAB_CLIENT_ID optional("no sign-in through GitLab");
        /// The secret of this server at GitLab.
        gitlab_secret: ClientSecret = GITLAB_CLIENT_SECRET optional("no sign-in through GitLab");
        /// The address of another GitLab server.
        gitlab_url: ServerUrl = GITLAB_URL optional("gitlab.com") like "https://gitlab.example.org";
        /// The id of this server at Discord. With it and the secret people can sign in through Discord.
        discord_id: ClientId = DISCORD_CLIENT_ID optional("no sign-in through Discord");
        /// The secret of this server at Discord.
        discord_secret: ClientSecret = DISCORD_CLIENT_SECRET optional("no sign-in through Discord");
        /// The address of a server that behaves like Discord, for tests.
        discord_url: ServerUrl = DISCORD_URL optional("Discord itself");
        /// The id of this server at Slack. With it and the secret people can sign in through Slack.
        slack_id: ClientId = SLACK_CLIENT_ID optional("no sign-in through Slack");
        /// The secret of this server at Slack.
        slack_secret: ClientSecret = SLACK_CLIENT_SECRET optional("no sign-in through Slack");
        /// The issuer of a server that behaves like Slack, for tests.
        slack_url: ServerUrl = SLACK_URL optional("Slack itself");
        /// The id of this server at LinkedIn. With it and the secret people can sign in through LinkedIn.
        linkedin_id: ClientId = LINKEDIN_CLIENT_ID optional("no sign-in through LinkedIn");
        /// The secret of this server at LinkedIn.
        linkedin_secret: ClientSecret = LINKEDIN_CLIENT_SECRET optional("no sign-in through LinkedIn");
        /// The issuer of a server that behaves like LinkedIn, for tests.
        linkedin_url: ServerUrl = LINKEDIN_URL optional("LinkedIn itself");
    }
}

/// What the environment says about a provider with an id and a secret.
struct Pair {
    kind: ProviderKind,
    id: (&'static Definition, Option<ClientId>),
    secret: (&'static Definition, Option<ClientSecret>),
    server: (&'static Definition, Option<ServerUrl>),
}

impl Pair {
    fn check(self, reader: &mut Reader<'_>) -> Option<ProviderConfig> {
        let (id, secret) = (self.id.1.is_some(), self.secret.1.is_some());
        complain_of_missing(&[(self.id.0, id), (self.secret.0, secret)], reader);
        check_server(self.server.0, self.server.1.as_ref(), id || secret, reader);
        let secret = self.secret.1?;
        keep_secret(self.secret.0, &secret, reader);
        Some(preset(self.kind, self.id.1?, ClientCredential::Secret(secret), self.server.1))
    }
}

/// Settings that are only together of use: names each that is missing.
pub(super) fn complain_of_missing(all: &[(&'static Definition, bool)], reader: &mut Reader<'_>) {
    let Some((given, _)) = all.iter().find(|(_, is_given)| *is_given) else { return };
    for (missing, _) in all.iter().filter(|(_, is_given)| !is_given) {
        if !reader.failed(missing) {
            reader.refuse(missing, format!("is not set, although {} is", given.name));
        }
    }
}

/// Remembers a secret. Production refuses only values from documentation: we do not judge what a provider gives.
pub(super) fn keep_secret(definition: &'static Definition, secret: &ClientSecret, reader: &mut Reader<'_>) {
    reader.keep(definition, secret.expose());
    if reader.is_production() && matches!(secret.expose(), "changeme" | "password" | "secret") {
        reader.refuse(definition, "is a sample");
    }
}

/// The rules of an address of a server that depend on other settings.
pub(super) fn check_server(
    definition: &'static Definition,
    server: Option<&ServerUrl>,
    is_used: bool,
    reader: &mut Reader<'_>,
) {
    let Some(server) = server else { return };
    if !is_used {
        reader.warn(format!("{}: is not used: nothing else of this provider is set", definition.name));
    }
    if reader.is_production() && !server.is_secure() {
        reader.refuse(definition, "is not `https`, which only development may have");
    }
}

fn preset(
    kind: ProviderKind,
    client_id: ClientId,
    credential: ClientCredential,
    server: Option<ServerUrl>,
) -> ProviderConfig {
    ProviderConfig {
        name: ProviderName::of(kind),
        label: Label::of(kind.label()),
        kind,
        client_id,
        credential,
        server,
        tenant: None,
        scopes: None,
        authoritative: Domains::default(),
        token_auth: None,
    }
}

impl OAuthSettings {
    /// The well-known providers that are configured, in the order of their settings, and the other settings.
    pub(super) fn providers(self, reader: &mut Reader<'_>) -> Vec<ProviderConfig> {
        let apple = AppleSettings {
            id: self.apple_id,
            team: self.apple_team,
            key_id: self.apple_key_id,
            private: self.apple_private_key,
            server: self.apple_url,
        };
        macro_rules! pair {
            ($kind:ident, $id:ident $ID:ident, $secret:ident $SECRET:ident, $url:ident $URL:ident) => {
                Pair {
                    kind: ProviderKind::$kind,
                    id: (Self::$ID, self.$id),
                    secret: (Self::$SECRET, self.$secret),
                    server: (Self::$URL, self.$url),
                }
                .check(reader)
            };
        }
        let google = pair!(Google, google_id GOOGLE_CLIENT_ID, google_secret GOOGLE_CLIENT_SECRET, google_url GOOGLE_URL);
        let github = pair!(GitHub, github_id GITHUB_CLIENT_ID, github_secret GITHUB_CLIENT_SECRET, github_url GITHUB_URL);
        let microsoft = pair!(Microsoft, microsoft_id MICROSOFT_CLIENT_ID, microsoft_secret MICROSOFT_CLIENT_SECRET, microsoft_url MICROSOFT_URL);
        let microsoft =
            microsoft.map(|provider| ProviderConfig { tenant: Some(self.microsoft_tenant), ..provider });
        let apple = apple.check(reader);
        let gitlab = pair!(GitLab, gitlab_id GITLAB_CLIENT_ID, gitlab_secret GITLAB_CLIENT_SECRET, gitlab_url GITLAB_URL);
        let discord = pair!(Discord, discord_id DISCORD_CLIENT_ID, discord_secret DISCORD_CLIENT_SECRET, discord_url DISCORD_URL);
        let slack =
            pair!(Slack, slack_id SLACK_CLIENT_ID, slack_secret SLACK_CLIENT_SECRET, slack_url SLACK_URL);
        let linkedin = pair!(LinkedIn, linkedin_id LINKEDIN_CLIENT_ID, linkedin_secret LINKEDIN_CLIENT_SECRET, linkedin_url LINKEDIN_URL);
        [google, github, microsoft, apple, gitlab, discord, slack, linkedin].into_iter().flatten().collect()
    }
}

/// What the environment says about Apple.
struct AppleSettings {
    id: Option<ClientId>,
    team: Option<AppleId>,
    key_id: Option<AppleId>,
    private: Option<ApplePrivateKey>,
    server: Option<ServerUrl>,
}

impl AppleSettings {
    fn check(self, reader: &mut Reader<'_>) -> Option<ProviderConfig> {
        let all = [
            (OAuthSettings::APPLE_CLIENT_ID, self.id.is_some()),
            (OAuthSettings::APPLE_TEAM_ID, self.team.is_some()),
            (OAuthSettings::APPLE_KEY_ID, self.key_id.is_some()),
            (OAuthSettings::APPLE_PRIVATE_KEY, self.private.is_some()),
        ];
        complain_of_missing(&all, reader);
        let is_used = all.iter().any(|(_, is_given)| *is_given);
        check_server(OAuthSettings::APPLE_URL, self.server.as_ref(), is_used, reader);
        let private = self.private?;
        // As the bytes of the key: two spellings of one key are one secret.
        let text = Zeroizing::new(encode_base64url(private.pkcs8().expose_secret()));
        reader.keep(OAuthSettings::APPLE_PRIVATE_KEY, &text);
        let key = AppleKey { team: self.team?, id: self.key_id?, private };
        Some(preset(ProviderKind::Apple, self.id?, ClientCredential::AppleKey(key), self.server))
    }
}
