//! How much a provider's word about a mailbox counts.

use palisade_core::config::oauth::Domains;
use palisade_core::config::settings::Setting as _;
use serde_json::json;

use super::*;

fn of(kind: ProviderKind, claims: serde_json::Value) -> ProviderIdentity {
    let profile: Profile = serde_json::from_value(claims).unwrap();
    let authoritative = Domains::parse("example.org").unwrap();
    let source = Source { kind, issuer: "https://id.example.org", authoritative: &authoritative };
    profile.identity(&source, "ada".to_owned(), None)
}

#[test]
fn an_address_is_verified_only_in_the_form_that_its_provider_documents() {
    use ProviderKind::{Apple, GitLab, Google, LinkedIn, Microsoft, Oidc, Slack};
    let strict = [Google, GitLab, Slack, LinkedIn, Oidc];
    let with = |member: &str, value: serde_json::Value| json!({"email": "ada@example.org", member: value});
    for kind in strict {
        assert!(of(kind, with("email_verified", json!(true))).address_is_verified, "{kind:?}");
        for other in
            [json!(false), json!("true"), json!("false"), json!(1), json!(null), json!(["true"]), json!({})]
        {
            assert!(!of(kind, with("email_verified", other.clone())).address_is_verified, "{kind:?} {other}");
        }
        assert!(
            !of(kind, json!({"email": "ada@example.org"})).address_is_verified,
            "{kind:?}: missing is not true"
        );
        assert!(!of(kind, with("xms_edov", json!(true))).address_is_verified, "{kind:?}");
    }
    for (value, verified) in [
        (json!(true), true),
        (json!("true"), true),
        (json!("false"), false),
        (json!("TRUE"), false),
        (json!(1), false),
    ] {
        assert_eq!(of(Apple, with("email_verified", value.clone())).address_is_verified, verified, "{value}");
    }
    assert!(!of(Microsoft, with("email_verified", json!(true))).address_is_verified);
    assert!(of(Microsoft, with("xms_edov", json!(true))).address_is_verified);
    for other in [json!("true"), json!("1"), json!(1), json!(false)] {
        assert!(!of(Microsoft, with("xms_edov", other.clone())).address_is_verified, "{other}");
    }
}

#[test]
fn only_who_gives_out_a_mailbox_has_authority_over_it() {
    use ProviderKind::{Apple, GitHub, Google, Microsoft, Oidc, Slack};
    let says = |kind, email: &str, more: serde_json::Value| {
        let mut claims = json!({"email": email, "email_verified": true, "xms_edov": true});
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        of(kind, claims).is_authoritative
    };
    for (kind, email, more, expected) in [
        (Google, "ada@gmail.com", json!({}), true),
        (Google, "ada@GoogleMail.com", json!({}), true),
        (Google, "ada@example.org", json!({}), false),
        (Google, "ada@example.org", json!({"hd": "example.org"}), true),
        (Google, "ada@Example.org", json!({"hd": "EXAMPLE.org"}), true),
        (Google, "ada@example.org", json!({"hd": "other.example"}), false),
        (Google, "ada@mail.example.org", json!({"hd": "example.org"}), false),
        (Google, "ada@gmail.com.evil.io", json!({}), false),
        (Google, "ada@gmail.com", json!({"email_verified": false}), false),
        (Google, "ada@example.org", json!({"hd": true}), false),
        (Oidc, "ada@example.org", json!({}), true),
        (Oidc, "ada@EXAMPLE.org", json!({}), true),
        (Oidc, "ada@sub.example.org", json!({}), false),
        (Oidc, "ada@gmail.com", json!({"hd": "gmail.com"}), false),
        (Oidc, "ada@example.org", json!({"email_verified": "true"}), false),
        (Microsoft, "ada@example.org", json!({}), false),
        (Apple, "ada@privaterelay.appleid.com", json!({}), false),
        (GitHub, "ada@example.org", json!({}), false),
        (Slack, "ada@example.org", json!({}), false),
    ] {
        assert_eq!(says(kind, email, more.clone()), expected, "{kind:?} {email} {more}");
    }
}

#[test]
fn an_address_that_is_none_counts_as_absent() {
    for email in
        [json!("ada"), json!("ada@localhost"), json!(""), json!(1), json!(null), json!("a@b@example.org")]
    {
        let identity = of(ProviderKind::Oidc, json!({"email": email, "email_verified": true}));
        assert_eq!(
            (identity.address, identity.address_is_verified, identity.is_authoritative),
            (None, false, false)
        );
    }
}

#[test]
fn a_name_is_one_line() {
    let name = |text: &str| of(ProviderKind::Oidc, json!({"name": text})).name;
    assert_eq!(name(" Ada \n Lovelace\u{202e}x ").as_deref(), Some("Ada Lovelace x"));
    assert_eq!(name(" \u{200b}\t"), None);
    assert_eq!(name(&"ä".repeat(500)).unwrap().chars().count(), 100);
    assert_eq!(of(ProviderKind::Oidc, json!({"name": 1})).name, None);
}

#[test]
fn a_subject_has_bounds() {
    assert!(subject(&"a".repeat(255)).is_ok() && subject("ada|0x7f:ä").is_ok());
    for text in ["", "a\nb", "\u{0}", &"a".repeat(256)] {
        assert_eq!(subject(text), Err(Refusal::Subject), "{text:?}");
    }
}
