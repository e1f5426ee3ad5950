//! The user and the password in an address, the most frequent place of mistakes in an address.

use percent_encoding::percent_decode_str;
use url::Url;

use super::settings::Problem;
use crate::utils::crypto::secret::{SecretString, secret_string};

/// The user and the password of an address, decoded: both or neither.
pub(super) fn credentials(url: &Url) -> Result<Option<(String, SecretString)>, Problem> {
    let decode = |part: &str| {
        percent_decode_str(part)
            .decode_utf8()
            .map(String::from)
            .map_err(|_| "has credentials that are not UTF-8")
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err("has only one of user name and password".into()),
        (user, Some(password)) => Ok(Some((decode(user)?, secret_string(decode(password)?)))),
    }
}

/// Refuses a placeholder from documentation in an address.
pub(super) fn refuse_placeholder(url: &str) -> Result<(), Problem> {
    // Neither character is allowed in a URI (RFC 3986 appendix C): people who need them write %3C and %3E.
    if url.contains(['<', '>']) {
        return Err("still has a placeholder in `<` and `>`: replace it with the real value".into());
    }
    Ok(())
}

/// Refuses a user or password with a character that divides an address (RFC 3986 section 2.2) and is not
/// percent-encoded. A parser splits such an address in the wrong place, and then reports a misleading error. `rest`
/// is the text after `://`.
pub(super) fn refuse_unencoded(rest: &str) -> Result<(), Problem> {
    let userinfo = rest.rsplit_once('@').map_or("", |(userinfo, _)| userinfo);
    if userinfo.contains(['/', '?', '#', '[', ']']) {
        return Err(UNENCODED.into());
    }
    Ok(())
}

/// The message for a user or password that makes an address ambiguous.
pub const UNENCODED: &str = "has a user or password with a character that must be percent-encoded (`%` as `%25`, `/` \
                                    `%2F`, `?` `%3F`, `#` `%23`, `@` `%40`, `:` `%3A`, `[` `%5B`, `]` `%5D`)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_divides_an_address_is_found_in_user_and_password_only() {
        for text in ["u:p/w@host", "u:p?w@host", "u:p#w@host", ":p/@host/0", "u:[p]@host"] {
            assert_eq!(refuse_unencoded(text), Err(UNENCODED.into()), "{text}");
        }
        for text in ["u:<password>@host", "<user>:p@host", "u:p@<host>", "u:<db_password>@h/?w=1"] {
            assert!(refuse_placeholder(text).unwrap_err().contains("placeholder"), "{text}");
        }
        for text in ["host", "host/0", "u:p%2Fw@host:1/db?tls=true", "u:p@[::1]:1", "[::1]/0"] {
            assert_eq!(refuse_placeholder(text).and(refuse_unencoded(text)), Ok(()), "{text}");
        }
    }
}
