//! Palisade's own collections, whose names no other type may use.
//!
//! A second type over `users` could read every hash, and write roles without the guards of Palisade's own type.
//! Inside one store the type decides who owns a collection; this list also protects a store that is opened without
//! Palisade's types.

/// Palisade's own collections, including planned ones and those that its engines keep for themselves.
const NAMES: &[&str] = &[
    "account_tickets",
    "answered_requests",
    "api_keys",
    "audit",
    "copies",
    "devices",
    "guards",
    "identities",
    "invitations",
    "invited_addresses",
    "jobs",
    "keys",
    "limits",
    "mails",
    "oauth_attempts",
    "pending_identities",
    "redemptions",
    "registrations",
    "revocations",
    "sessions",
    "tickets",
    "users",
    "webhook_deliveries",
    "webhook_progress",
    "webhooks",
];

/// Their owners: Palisade's crates, and their tests.
const OWNERS: &[&str] = &["palisade_modules::", "palisade_lib::"];

/// Whether a type may have a collection with this name; otherwise the message for its author.
pub(super) fn check(name: &str, type_name: &str) -> Result<(), String> {
    if !belongs_to_palisade(name) || OWNERS.iter().any(|crate_name| type_name.starts_with(crate_name)) {
        return Ok(());
    }
    Err(format!(
        "the collection `{name}` belongs to Palisade, and `{type_name}` is not its type: choose a name that does not \
         begin with one of Palisade's, and ask Palisade's services for the content of its collections"
    ))
}

/// Whether only Palisade's own types may have a collection with this name: it begins with that of one of them.
pub fn belongs_to_palisade(name: &str) -> bool {
    // An index is named after its collection: `users_by` with an index EMAIL would have the name of `users` with
    // BY_EMAIL.
    let begins =
        |ours: &&str| name.strip_prefix(*ours).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'));
    NAMES.iter().any(begins) || name.starts_with("palisade")
}

/// Whether a name is on the list.
#[doc(hidden)]
pub fn is_reserved(name: &str) -> bool {
    NAMES.contains(&name)
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn only_types_of_palisade_use_reserved_names() {
        assert_eq!(check("users", "palisade_modules::user::schema::User"), Ok(()));
        for name in ["notes", "usersnotes", "my_users"] {
            assert_eq!(check(name, "product_modules::note::Note"), Ok(()), "{name}");
        }
        for name in ["users", "users_by", "keys", "limits", "invitations", "palisade_notes"] {
            assert!(check(name, "product_modules::spy::Spy").is_err(), "{name}");
            assert!(check(name, "not_palisade_modules::Spy").is_err(), "{name}");
        }
    }
}
