//! Addresses that events are posted to.

use url::Url;

use super::Violation;
use crate::net::is_loopback;

crate::text! {
    /// The address of a receiver of events: `https`, or `http` to this machine itself. Without user name, password and
    /// fragment: whoever receives proves nothing by them, and they would be in every log on the way.
    pub WebhookUrl, 10 ..= 2048 characters,
    schema |schema| schema.format("uri").example("https://app.example.org/hooks/palisade"),
    |text| normal_form(&text);
}

impl WebhookUrl {
    /// The address, parsed.
    ///
    /// # Panics
    /// Never: the constructor has parsed it.
    #[expect(clippy::expect_used, reason = "the constructor keeps what the parser wrote")]
    pub fn to_url(&self) -> Url {
        Url::parse(self.as_str()).expect("a parsed address is one")
    }

    /// Host and port alone: a path may contain a secret.
    pub fn host(&self) -> String {
        let url = self.to_url();
        let host = url.host_str().unwrap_or_default();
        url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

/// As the standard of URLs writes it: one address has one spelling.
fn normal_form(text: &str) -> Result<String, Violation> {
    let url = Url::parse(text).map_err(|_| Violation::invalid_format("must be an absolute URL"))?;
    let is_local = url.host().is_some_and(|host| is_loopback(&host));
    if !(url.scheme() == "https" || url.scheme() == "http" && is_local) {
        return Err(Violation::invalid_format("must be https"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(Violation::invalid_format("must have a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Violation::invalid_format("must not contain a user name or password"));
    }
    if url.fragment().is_some() {
        return Err(Violation::invalid_format("must not contain a fragment"));
    }
    Ok(url.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_kept_is_read_again_unchanged(path in "[ -~é]{0,1100}") {
            if let Ok(url) = WebhookUrl::parse(&format!("https://app.example.org/{path}")) {
                prop_assert_eq!(WebhookUrl::parse(url.as_str()), Ok(url));
            }
        }
    }

    #[test]
    fn an_address_has_one_spelling_and_no_credentials() {
        for (text, kept) in [
            ("HTTPS://App.Example.org", "https://app.example.org/"),
            ("https://app.example.org:443/a?b=c", "https://app.example.org/a?b=c"),
            ("http://127.0.0.1:9000/hook", "http://127.0.0.1:9000/hook"),
            ("http://localhost:9000/hook", "http://localhost:9000/hook"),
        ] {
            assert_eq!(WebhookUrl::parse(text).expect(text).as_str(), kept);
        }
        for text in [
            "app.example.org/hook",
            "http://app.example.org/",
            "http://192.0.2.1/",
            "ftp://app.example.org/",
            "https://ada@app.example.org/",
            "https://ada:secret@app.example.org/",
            "https://app.example.org/#a",
            "javascript:alert(1)",
        ] {
            assert!(WebhookUrl::parse(text).is_err(), "{text}");
        }
        assert_eq!(WebhookUrl::parse("https://a.example:8443/secret").expect("one").host(), "a.example:8443");
    }
}
