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
    /// Microsoft: this text, a tenant, and `/v2.0`.
    OfTenant(String),
}

impl IssuerRule {
    /// Whether a document may name itself so.
    pub(super) fn is_of_document(&self, issuer: &str) -> bool {
        match self {
            Self::Exact(exact) => issuer == exact,
            Self::OfTenant(base) => {
                tenant(base, issuer).is_some_and(|tenant| tenant == TENANT || is_tenant_id(tenant))
            }
        }
    }

    /// Whether a callback may name this issuer (RFC 9207 section 2.4), whose document names itself `document`.
    pub(super) fn is_of_callback(&self, document: &str, issuer: &str) -> bool {
        match self {
            Self::Exact(_) => issuer == document,
            Self::OfTenant(base) => {
                issuer == document
                    || (document.contains(TENANT) && tenant(base, issuer).is_some_and(is_tenant_id))
            }
        }
    }

    /// The issuer of a token, if it is right. With the document for all tenants it is that of the token's own tenant.
    pub(super) fn of_token(&self, document: &str, claims: &Claims) -> Result<String, Refusal> {
        let expected = match self {
            Self::Exact(_) => document.to_owned(),
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
