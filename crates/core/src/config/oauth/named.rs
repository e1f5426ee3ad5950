//! Any number of issuers of OpenID Connect, each under a name that the operator chooses: `OIDC_<NAME>_…`.

use std::collections::BTreeSet;

use super::presets::{check_server, keep_secret};
use super::provider::{ClientCredential, ProviderConfig, ProviderKind, ProviderName};
use super::values::{ClientId, ClientSecret, Domains, Label, Scopes, ServerUrl, TokenAuth};
use crate::config::reader::Reader;
use crate::config::settings::{Definition, Presence, Section, Setting};

/// A setting of each such provider.
const fn of_each<T: Setting>(
    name: &'static str,
    doc: &'static str,
    otherwise: &'static str,
    example: Option<&'static str>,
) -> Definition {
    let presence = Presence::Optional(otherwise);
    Definition { name, doc, presence, secret: T::SECRET, expects: T::expects, example }
}

const NONE: &str = "no such provider";

const ISSUER: &Definition = &of_each::<ServerUrl>(
    "OIDC_<NAME>_ISSUER",
    "The issuer of a provider of OpenID Connect. With it, an id and a secret people can sign in through it. `<NAME>` is \
     any name in capital letters, digits and underscores; in addresses `OIDC_ACME_…` is `acme`. The server reads the rest \
     from the issuer's document, `/.well-known/openid-configuration` under its address.",
    NONE,
    Some("https://id.example.org"),
);
const CLIENT_ID: &Definition =
    &of_each::<ClientId>("OIDC_<NAME>_CLIENT_ID", "The id of this server there.", NONE, Some("palisade"));
const CLIENT_SECRET: &Definition =
    &of_each::<ClientSecret>("OIDC_<NAME>_CLIENT_SECRET", "The secret of this server there.", NONE, None);
const SCOPES: &Definition = &of_each::<Scopes>(
    "OIDC_<NAME>_SCOPES",
    "The scopes that are asked for.",
    "`openid email profile`",
    Some("openid email"),
);
const LABEL: &Definition = &of_each::<Label>(
    "OIDC_<NAME>_LABEL",
    "The name of the provider for people.",
    "the name of the variable",
    Some("Acme"),
);
const AUTHORITATIVE_DOMAINS: &Definition = &of_each::<Domains>(
    "OIDC_<NAME>_AUTHORITATIVE_DOMAINS",
    "The domains whose mailboxes this provider gives out itself: whoever it says owns such a mailbox gets the account \
     of that address without another proof (docs/oauth.md).",
    "none: an existing account is joined only with a proof by its owner",
    Some("example.org"),
);
const TOKEN_AUTH: &Definition = &of_each::<TokenAuth>(
    "OIDC_<NAME>_TOKEN_AUTH",
    "How the server shows its secret to the provider: in a header or in the body. If `basic` fails with 401, try `post`.",
    "`basic`, or `post` if the provider's document lists only that",
    Some("post"),
);

const DEFINITIONS: &[&Definition] =
    &[ISSUER, CLIENT_ID, CLIENT_SECRET, SCOPES, LABEL, AUTHORITATIVE_DOMAINS, TOKEN_AUTH];

/// The settings of each such provider, for the documentation.
pub(in crate::config) const SECTION: Section =
    Section { title: "Sign-in through any OpenID Connect provider", definitions: DEFINITIONS };

/// The providers that the environment names, in the order of their names.
pub(super) fn read(reader: &mut Reader<'_>) -> Vec<ProviderConfig> {
    let chosen =
        |variable: &str| DEFINITIONS.iter().find_map(|setting| setting.chosen(variable).map(str::to_owned));
    let names: BTreeSet<String> = reader.env().names().filter_map(chosen).collect();
    names.iter().filter_map(|chosen| read_one(chosen, reader)).collect()
}

fn read_one(chosen: &str, reader: &mut Reader<'_>) -> Option<ProviderConfig> {
    let of = |setting: &'static Definition| setting.with_name(chosen);
    let Some(name) = ProviderName::of_variable(chosen) else {
        let expected = format!(
            "a name of at most {} capital letters, digits and single inner underscores between `OIDC_` and the rest",
            ProviderName::MAX_LENGTH
        );
        reader.mistake(of(ISSUER).name, "is not a name of a provider", expected);
        return None;
    };
    if ProviderKind::PRESETS.iter().any(|preset| preset.name() == name.as_str()) {
        let problem = format!("names the provider that {chosen}_CLIENT_ID configures");
        reader.mistake(of(ISSUER).name, problem, "another name between `OIDC_` and the rest");
        return None;
    }
    let (issuer_setting, id_setting, secret_setting) = (of(ISSUER), of(CLIENT_ID), of(CLIENT_SECRET));
    let issuer: Option<ServerUrl> = reader.optional(issuer_setting, NONE);
    let client_id: Option<ClientId> = reader.optional(id_setting, NONE);
    let client_secret: Option<ClientSecret> = reader.optional(secret_setting, NONE);
    let scopes = reader.optional(of(SCOPES), "openid email profile");
    let label = reader.optional(of(LABEL), "the name of the variable");
    let authoritative: Option<Domains> = reader.optional(of(AUTHORITATIVE_DOMAINS), "none");
    let token_auth = reader.optional(of(TOKEN_AUTH), "as the provider's document says");
    // One of the optional settings is enough to expect the others.
    for (setting, is_missing) in [
        (issuer_setting, issuer.is_none()),
        (id_setting, client_id.is_none()),
        (secret_setting, client_secret.is_none()),
    ] {
        if is_missing && !reader.failed(setting) {
            reader.refuse(setting, "is not set, although another setting of this provider is");
        }
    }
    check_server(issuer_setting, issuer.as_ref(), true, reader);
    let client_secret = client_secret?;
    keep_secret(secret_setting, &client_secret, reader);
    Some(ProviderConfig {
        label: label.unwrap_or_else(|| Label::of(&titled(chosen))),
        name,
        kind: ProviderKind::Oidc,
        client_id: client_id?,
        credential: ClientCredential::Secret(client_secret),
        server: Some(issuer?),
        tenant: None,
        scopes,
        authoritative: authoritative.unwrap_or_default(),
        token_auth,
    })
}

/// `MY_COMPANY` as `My Company`.
fn titled(chosen: &str) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_ascii_lowercase())
    };
    chosen.split('_').map(word).collect::<Vec<_>>().join(" ")
}
