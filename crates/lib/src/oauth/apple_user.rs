//! The parameter `user` of Apple's callback, which only the first sign-in of a person has.

use serde::Deserialize;

use super::identity::one_line;

/// The largest parameter that is read, in bytes.
const MAX_LENGTH: usize = 4096;

#[derive(Deserialize)]
struct User {
    name: Option<Name>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Name {
    first_name: Option<String>,
    last_name: Option<String>,
}

/// The name in it, if it can be read. Its address is not read: the browser could have changed it.
pub(super) fn name(json: &str) -> Option<String> {
    if json.len() > MAX_LENGTH {
        return None;
    }
    let name = serde_json::from_str::<User>(json).ok()?.name?;
    let parts: Vec<String> = [name.first_name, name.last_name].into_iter().flatten().collect();
    one_line(&parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_read_and_nothing_else() {
        let user = r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"ada@example.org"}"#;
        assert_eq!(name(user).as_deref(), Some("Ada Lovelace"));
        assert_eq!(name(r#"{"name":{"firstName":"Ada"}}"#).as_deref(), Some("Ada"));
        for other in [
            "",
            "{}",
            "[]",
            r#"{"name":"Ada"}"#,
            r#"{"name":{}}"#,
            &format!("{user}{}", " ".repeat(MAX_LENGTH)),
        ] {
            assert_eq!(name(other), None, "{other}");
        }
    }
}
