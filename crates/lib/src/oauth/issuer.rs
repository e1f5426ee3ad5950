//! Which issuers a provider may be: the configured one, letter by letter, or at Microsoft the one of a person's tenant.

use super::error::Refusal;
use super::id_token::Claims;

/// What stands for the tenant in the document for all tenants.
const TENANT: &str = "{tenantid}";

/// The rule for the issuer of a provider.
#[derive(Clone, Debug)]
pub(super) enum IssuerRule {
    /// This text.
    Exact(String),
    /// Apple: the first text, which its tokens and identities have; for some days of June 2025 its document had the second
    /// one, and some tokens too. It is one issuer, so it has one name in identities.
    Either(&'static str, &'static str),
    /// Microsoft: this text, a tenant, and `/v2.0`.
    OfTenant(String),
}

impl IssuerRule {
    /// Whether a document may name itself so.
    pub(super) fn is_of_document(&self, issuer: &str) -> bool {
        match self {
            Self::Exact(exact) => issuer == exact,
            Self::Either(name, other) => issuer == *name || issuer == *other,
            Self::OfTenant(base) => {
                tenant(base, issuer).is_some_and(|tenant| tenant == TENANT || is_tenant_id(tenant))
            }
        }
    }

    /// Whether a callback may name this issuer (RFC 9207 section 2.4), whose document names itself `document`.
    pub(super) fn is_of_callback(&self, document: &str, issuer: &str) -> bool {
        match self {
            Self::Exact(_) => issuer == document,
            Self::Either(..) => self.is_of_document(issuer),
            Self::OfTenant(base) => {
                issuer == document
                    || (document.contains(TENANT) && tenant(base, issuer).is_some_and(is_tenant_id))
            }
        }
    }

    /// The name of the issuer in what this server signs for it.
    pub(super) fn name<'a>(&'a self, document: &'a str) -> &'a str {
        match self {
            Self::Either(name, _) => name,
            Self::Exact(_) | Self::OfTenant(_) => document,
        }
    }

    /// The issuer of a token, if it is right. With the document for all tenants it is that of the token's own tenant.
    pub(super) fn of_token(&self, document: &str, claims: &Claims) -> Result<String, Refusal> {
        let expected = match self {
            Self::Exact(_) => document.to_owned(),
            Self::Either(name, other) => {
                let is_known = claims.iss == *name || claims.iss == *other;
                return if is_known { Ok((*name).to_owned()) } else { Err(Refusal::Issuer) };
            }
            Self::OfTenant(_) => {
                let tenant =
                    claims.tid.as_deref().filter(|tenant| is_tenant_id(tenant)).ok_or(Refusal::Issuer)?;
                document.replace(TENANT, tenant)
            }
        };
        if claims.iss == expected { Ok(expected) } else { Err(Refusal::Issuer) }
    }
}

/// The tenant in `base/tenant/v2.0`.
fn tenant<'a>(base: &str, issuer: &'a str) -> Option<&'a str> {
    issuer.strip_prefix(base)?.strip_prefix('/')?.strip_suffix("/v2.0")
}

/// A UUID in lower case, as Microsoft writes it.
fn is_tenant_id(text: &str) -> bool {
    let is_digit = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b) || b == b'-';
    text.len() == 36 && text.bytes().all(is_digit)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_issuer_with_two_names_is_one_issuer() {
        let rule = IssuerRule::Either("https://appleid.apple.com", "https://account.apple.com");
        let claims = |issuer: &str| {
            let claims = json!({"iss": issuer, "sub": "x", "aud": "x", "exp": 1, "iat": 1});
            Claims::parse(claims.to_string().as_bytes()).unwrap()
        };
        for name in ["https://appleid.apple.com", "https://account.apple.com"] {
            assert!(rule.is_of_document(name) && rule.is_of_callback("https://appleid.apple.com", name));
            let issuer = rule.of_token("https://account.apple.com", &claims(name)).unwrap();
            assert_eq!(issuer, "https://appleid.apple.com", "in every identity");
        }
        for name in ["https://apple.com", "https://appleid.apple.com/", "https://evil.io", ""] {
            assert!(!rule.is_of_document(name) && !rule.is_of_callback("https://account.apple.com", name));
            assert_eq!(rule.of_token("https://account.apple.com", &claims(name)), Err(Refusal::Issuer));
        }
        assert_eq!(rule.name("https://account.apple.com"), "https://appleid.apple.com");
    }
}
