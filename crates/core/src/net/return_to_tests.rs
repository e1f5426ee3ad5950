//! Every spelling of an open redirect that is known, and the addresses that must keep working.

use proptest::prelude::*;

use super::*;

fn own() -> Origin {
    "https://app.io".parse().unwrap()
}

fn listed() -> ReturnToOrigins {
    "https://www.app.io,https://shop.example:8443,com.example.app:/callback,http://127.0.0.1/done,http://[::1]/done"
        .parse()
        .unwrap()
}

fn parse(text: &str) -> Result<ReturnTo, ReturnToRefused> {
    ReturnTo::parse(text, &own(), &listed())
}

#[test]
fn pages_of_this_server_and_of_listed_origins_are_returned_to() {
    for text in [
        "/",
        "/account",
        "/a/b/",
        "/a?next=https://evil.io&x=%2F%2Fevil.io",
        "/a#//evil.io",
        "/caf%C3%A9",
        "/a:b/@c",
        "/a?x=a%20b",
        "https://app.io",
        "https://app.io/account?x",
        "https://www.app.io/",
        "https://shop.example:8443/done",
    ] {
        let parsed = parse(text).unwrap_or_else(|refused| panic!("{text}: {refused}"));
        assert_eq!(parsed.as_str(), text);
        assert!(!parsed.is_an_app(), "{text}");
    }
}

#[test]
fn apps_are_returned_to_at_exactly_their_address() {
    for text in ["com.example.app:/callback", "http://127.0.0.1:49152/done", "http://[::1]:1/done"] {
        assert!(parse(text).is_ok_and(|to| to.is_an_app()), "{text}");
    }
    for text in [
        "com.example.app:/callback/x",
        "com.example.app:/callback?x",
        "com.example.app://callback",
        "com.example.application:/callback",
        "COM.EXAMPLE.APP:/callback",
        "http://127.0.0.1/done",
        "http://127.0.0.1:/done",
        "http://127.0.0.1:0/done",
        "http://127.0.0.1:65536/done",
        "http://127.0.0.1:80@evil.io/done",
        "http://127.0.0.1:80/x/done",
        "http://127.0.0.2:80/done",
        "http://localhost:80/done",
        "https://127.0.0.1:80/done",
    ] {
        assert!(parse(text).is_err(), "{text}");
    }
}

#[test]
fn no_spelling_leads_elsewhere() {
    use ReturnToRefused::{Ambiguous, Character, Elsewhere};
    let mut wrong = Vec::new();
    for (text, reason) in [
        ("", Elsewhere),
        ("account", Elsewhere),
        ("?x", Elsewhere),
        ("#x", Elsewhere),
        ("//evil.io", Ambiguous),
        ("///evil.io", Ambiguous),
        ("//app.io.evil.io", Ambiguous),
        ("//app.io/account", Ambiguous),
        ("/a//evil.io", Ambiguous),
        ("/\\evil.io", Character),
        ("\\\\evil.io", Character),
        ("\\/evil.io", Character),
        ("/\t/evil.io", Character),
        ("/\n/evil.io", Character),
        ("/\r\nLocation: https://evil.io", Character),
        (" //evil.io", Character),
        ("/ /evil.io", Character),
        ("/\u{0}", Character),
        ("/%09/evil.io", Ambiguous),
        ("/%0d%0aSet-Cookie:x", Ambiguous),
        ("/a?x=%0d%0aSet-Cookie:x", Ambiguous),
        ("/a#%00", Ambiguous),
        ("/%2f%2fevil.io", Ambiguous),
        ("/%2F/evil.io", Ambiguous),
        ("/%5cevil.io", Ambiguous),
        ("/%255cevil.io", Ambiguous),
        ("/%252f%252fevil.io", Ambiguous),
        ("/%", Ambiguous),
        ("/%2", Ambiguous),
        ("/%zz", Ambiguous),
        ("/%ff", Ambiguous),
        ("/a?%2", Ambiguous),
        ("/./evil.io", Ambiguous),
        ("/../evil.io", Ambiguous),
        ("/a/..//evil.io", Ambiguous),
        ("/%2e%2e/evil.io", Ambiguous),
        ("/.%2e//evil.io", Ambiguous),
        ("https:evil.io", Elsewhere),
        ("https:/evil.io", Elsewhere),
        ("https:app.io", Elsewhere),
        ("https://evil.io", Elsewhere),
        ("https://app.io@evil.io", Elsewhere),
        ("https://app.io:443@evil.io/", Elsewhere),
        ("https://app.io%2f@evil.io", Elsewhere),
        ("https://app.io%2fevil.io", Elsewhere),
        ("https://app.io.evil.io", Elsewhere),
        ("https://app.io.", Elsewhere),
        ("https://app.io:443/", Elsewhere),
        ("https://app.io?@evil.io", Elsewhere),
        ("https://app.io#@evil.io", Elsewhere),
        ("https://app.io\\@evil.io", Character),
        ("https://app.io//evil.io", Ambiguous),
        ("https://app\u{3002}io", Character),
        ("https://\u{430}pp.io", Character),
        ("/\u{ff0f}evil.io", Character),
        ("/\u{2044}evil.io", Character),
        ("http://app.io/", Elsewhere),
        ("HTTPS://app.io/", Elsewhere),
        ("https://APP.io/", Elsewhere),
        ("https://sub.app.io/", Elsewhere),
        ("javascript:alert(1)", Elsewhere),
        ("data:text/html,x", Elsewhere),
        ("file:///etc/passwd", Elsewhere),
        ("//[::1]/", Character),
    ] {
        let found = parse(text).map(|to| to.as_str().to_owned());
        if found != Err(reason) {
            wrong.push(format!("{text:?}: {found:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
    let long = format!("/{}", "a".repeat(MAX_LENGTH));
    assert_eq!(parse(&long), Err(ReturnToRefused::TooLong));
    assert!(parse(long.get(1..).unwrap()).is_err() && parse(long.get(..MAX_LENGTH).unwrap()).is_ok());
}

#[test]
fn a_parameter_goes_into_the_query_encoded() {
    let with = |text: &str| parse(text).unwrap().with_parameter("error", "A&b=c d");
    assert_eq!(with("/a"), "/a?error=A%26b%3Dc%20d");
    assert_eq!(with("/a?"), "/a?error=A%26b%3Dc%20d");
    assert_eq!(with("/a?x=y#f?"), "/a?x=y&error=A%26b%3Dc%20d#f?");
    assert_eq!(with("com.example.app:/callback"), "com.example.app:/callback?error=A%26b%3Dc%20d");
}

#[test]
fn debug_shows_no_query() {
    assert!(!format!("{:?}", parse("/a?token=canary#canary").unwrap()).contains("canary"));
}

proptest! {
    #[test]
    fn a_browser_stays_where_it_was_allowed_to_go(text in "(https?:)?[/\\\\.:@a-z%0-9?#]{0,16}") {
        if let Ok(to) = parse(&text) {
            let read = Url::parse("https://app.io/api/v1/auth").unwrap().join(to.as_str()).unwrap();
            let origin = read.origin().ascii_serialization();
            prop_assert!(to.is_an_app() || ["https://app.io", "https://www.app.io"].contains(&origin.as_str()), "{} leads to {}", text, read);
        }
    }
}
