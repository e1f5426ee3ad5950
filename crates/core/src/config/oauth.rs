//! Sign-in through providers: its variables are recognized, and refused as long as nothing serves them. A provider
//! someone configured and nobody gets to see would be found out too late.

use super::reader::Reader;

/// The variables of the built-in providers.
pub(super) const PRESETS: [&str; 4] =
    ["GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET"];

const OIDC_PREFIX: &str = "OIDC_";
const OIDC_SUFFIXES: [&str; 3] = ["_ISSUER", "_CLIENT_ID", "_CLIENT_SECRET"];

pub(super) fn is_known(name: &str) -> bool {
    let name = name.strip_suffix("_FILE").unwrap_or(name);
    let issuer = name.strip_prefix(OIDC_PREFIX);
    PRESETS.contains(&name)
        || issuer.is_some_and(|rest| {
            OIDC_SUFFIXES
                .iter()
                .any(|suffix| rest.strip_suffix(suffix).is_some_and(|issuer| !issuer.is_empty()))
        })
}

pub(super) fn refuse(reader: &mut Reader<'_>) {
    for name in reader.env().names().filter(|name| is_known(name)) {
        reader.mistake(
            name,
            "configures a sign-in provider, which is not available in this build",
            "nothing",
        );
    }
}
