//! Addresses: each has one spelling, and others are refused.

use palisade_core::values::ViolationCode;
use proptest::prelude::*;

use super::*;

#[track_caller]
fn canonical(text: &str) -> String {
    match Email::parse(text) {
        Ok(email) => email.as_str().to_owned(),
        Err(violation) => panic!("{text:?} is refused: {}", violation.message),
    }
}

#[test]
fn spellings_of_one_mailbox_have_one_canonical_form() {
    for (typed, expected) in [
        ("victim@x.io", "victim@x.io"),
        ("Victim@X.IO", "victim@x.io"),
        ("victim@x.io ", "victim@x.io"),
        ("\t victim@x.io\r\n", "victim@x.io"),
        ("\u{a0}victim@x.io\u{3000}", "victim@x.io"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ("ada@Bücher.EXAMPLE", "ada@xn--bcher-kva.example"),
        ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
        ("ada@XN--BCHER-KVA.example", "ada@xn--bcher-kva.example"),
        ("ada@mail.例え.テスト", "ada@mail.xn--r8jz45g.xn--zckzah"),
        ("ada@xn--r8jz45g.テスト", "ada@xn--r8jz45g.xn--zckzah"),
        ("a@straße.example", "a@xn--strae-oqa.example"),
        ("a@βόλος.example", "a@xn--nxasmm1c.example"),
        ("ADA@MÜNCHEN.example", "ada@xn--mnchen-3ya.example"),
        ("ada@bu\u{308}cher.example", "ada@xn--bcher-kva.example"),
    ] {
        assert_eq!(canonical(typed), expected, "{typed:?}");
    }
}

#[test]
fn mailboxes_that_may_differ_stay_apart() {
    for (one, other) in [
        ("victim@x.io", "vic.tim@x.io"),
        ("victim@x.io", "victim+tag@x.io"),
        ("victim@gmail.com", "victim@googlemail.com"),
        ("ada@xn--strae-oqa.example", "ada@strasse.example"),
        ("ada@bücher.example", "ada@bucher.example"),
        ("ada@straße.example", "ada@strasse.example"),
        ("ada@λόγος.example", "ada@λόγοσ.example"),
    ] {
        assert_ne!(canonical(one), canonical(other));
    }
}

#[test]
fn the_whole_of_ascii_atext_may_stand_before_the_at() {
    assert_eq!(canonical("A!#$%&'*+-/=?^_`{|}~.9@x.io"), "a!#$%&'*+-/=?^_`{|}~.9@x.io");
}

#[test]
fn what_would_become_another_character_is_refused() {
    for typed in [
        "victim＠x.io",
        "ｖictim@x.io",
        "victim@ｘ.io",
        "victim@x。io",
        "victim@x．io",
        "victım@x.io",
        "vİctim@x.io",
        "victim@gİthub.com",
        "vic\u{212A}tim@x.io",
        "victim@\u{212A}.io",
        "victim@\u{17F}.io",
        "straße@x.io",
        "adá@x.io",
        "ad\u{e1}@x.io",
        "victim@x\u{200B}.io",
        "vic\u{200B}tim@x.io",
        "victim@x.io\u{200B}",
        "\u{FEFF}victim@x.io",
        "victim@x\u{AD}.io",
        "victim@x.i\u{2060}o",
        "victim@ﬁx.io",
        "victim@①.io",
        "victim@x\u{2024}io",
        "victim@\u{2100}.io",
    ] {
        let violation = Email::parse(typed).expect_err(typed);
        assert_eq!(violation.code, ViolationCode::InvalidFormat, "{typed:?}");
    }
}

#[test]
fn a_look_alike_of_a_domain_is_named_as_the_reason() {
    for typed in ["victim@gıthub.example", "victim@ｘ.io", "victim@\u{212A}.io", "victim@x\u{200B}.io"] {
        let violation = Email::parse(typed).expect_err(typed);
        assert!(
            violation.message.contains("looks like another one or is invisible"),
            "{}",
            violation.message
        );
    }
    assert_eq!(canonical("victim@xn--gthub-n4a.example"), "victim@xn--gthub-n4a.example");
}

#[test]
fn only_one_plain_address_is_an_address() {
    for typed in [
        "",
        "@",
        "victim",
        "victim@",
        "@x.io",
        "victim@x",
        "victim@localhost",
        "a@b@x.io",
        "victim@x.io@evil.example",
        "victim@x.io,evil@x.io",
        "victim@x.io;evil@x.io",
        "victim@x.io evil@x.io",
        "victim @x.io",
        "victim@ x.io",
        "\"victim\"@x.io",
        "\"a@b\"@x.io",
        "victim(comment)@x.io",
        "victim@x.io(comment)",
        "victim@(comment)x.io",
        "Victim <victim@x.io>",
        "<victim@x.io>",
        "mailto:victim@x.io",
        "vic\\tim@x.io",
        "a%40x.io",
        ".victim@x.io",
        "victim.@x.io",
        "vic..tim@x.io",
        "victim@.x.io",
        "victim@x..io",
        "victim@x.io.",
        "victim@-x.io",
        "victim@x-.io",
        "victim@ab--cd.io",
        "victim@x_y.io",
        "victim@x.io:25",
        "victim@[127.0.0.1]",
        "victim@[IPv6:::1]",
        "victim@127.0.0.1",
        "victim@1.2.3.0x7f",
        "victim@2130706433",
        "victim@xn--.io",
        "victim@xn--a.io",
        "victim@xn--zn7c.com",
        "victim@x\0.io",
        "vic\0tim@x.io",
        "victim@x.io\r\nBcc: evil@x.io",
        "victim\n@x.io",
        "victim@x.io\u{2028}x",
        "victim\u{1b}[31m@x.io",
        "victim@\u{202E}x.io",
    ] {
        let violation = Email::parse(typed).expect_err(typed);
        assert_eq!(violation.code, ViolationCode::InvalidFormat, "{typed:?}");
    }
}

#[test]
fn the_bounds_are_those_of_smtp() {
    let domain = |length: usize| {
        let mut domain = format!("{}.", "d".repeat(63)).repeat(3);
        domain.push_str(&"d".repeat(length - domain.len()));
        domain
    };
    assert_eq!(canonical(&format!("{}@x.io", "l".repeat(64))).len(), 69);
    assert!(Email::parse(&format!("{}@x.io", "l".repeat(65))).is_err());
    assert_eq!(canonical(&format!("l@{}", domain(252))).len(), 254);
    assert_eq!(Email::parse(&format!("ll@{}", domain(252))).expect_err("long").code, ViolationCode::TooLong);
    assert!(Email::parse(&format!("l@{}.io", "d".repeat(64))).is_err());
    // 63 letters fit as they are, but not in encoded form.
    assert!(Email::parse(&format!("l@{}.io", "ü".repeat(63))).is_err());
    assert_eq!(Email::parse(&"l".repeat(1_000_000)).expect_err("long").code, ViolationCode::TooLong);
}

#[test]
fn a_document_holds_the_canonical_form_or_is_corrupt() {
    let stored: Email = serde_json::from_str(r#""ada@xn--bcher-kva.example""#).expect("canonical");
    assert_eq!(serde_json::to_string(&stored).expect("serializes"), r#""ada@xn--bcher-kva.example""#);
    for other in [r#""Ada@x.io""#, r#"" ada@x.io""#, r#""ada@bücher.example""#, r#""ada""#, "1"] {
        let error = serde_json::from_str::<Email>(other).expect_err(other);
        assert!(!error.to_string().contains("ada"), "{error}");
    }
}

#[test]
fn its_parts_are_those_around_the_at() {
    let email = Email::parse("Ada+x@Mail.Example").expect("an address");
    assert_eq!((email.local(), email.domain()), ("ada+x", "mail.example"));
}

#[test]
fn debug_does_not_tell_it() {
    assert_eq!(format!("{:?}", Email::parse("ada@x.io").expect("an address")), "Email(…)");
}

/// Addresses, and texts that attackers send instead.
fn typed() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ \t]?[A-Za-z0-9.+_'-]{1,12}@[A-Za-z0-9-]{1,10}(\\.[A-Za-z0-9]{1,6}){0,3} ?",
        "[a-z]{1,4}@[a-zäöüßéıσςЖ語\u{200C}\u{200D}]{1,8}\\.[a-zжテ]{2,4}",
        "[a-z]{1,4}@xn--[a-z0-9-]{1,12}\\.[a-z]{2,4}",
        "\\PC{0,8}@\\PC{0,8}\\.\\PC{0,4}",
        any::<String>(),
    ]
}

/// Addresses at the edge of the quick check.
fn plain() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z0-9.+A]{1,66}@[a-z0-9.-]{1,70}",
        "[a-z]{1,3}@([a-z0-9-]{1,4}\\.){1,3}[a-z0-9-]{1,4}",
        "[a-z]{60,64}@([a-z0-9]{60,64}\\.){2,4}[a-z]{1,4}",
        typed(),
    ]
}

#[test]
fn most_addresses_are_canonical_at_a_glance() {
    for address in ["ada@example.com", "a.b+c@mail.example.co.uk", "x_1@a-b.io"] {
        assert!(is_plainly_canonical(address), "{address}");
    }
    for address in
        ["ada@xn--bcher-kva.example", "Ada@example.com", "ada@example.1a", "ada@localhost", "a@b@c.de"]
    {
        assert!(!is_plainly_canonical(address), "{address}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(typed in typed()) {
        if let Ok(email) = Email::parse(&typed) {
            prop_assert_eq!(Email::parse(email.as_str()), Ok(email));
        }
    }

    #[test]
    fn a_canonical_form_is_lower_case_printable_ascii_within_bounds(typed in typed()) {
        if let Ok(email) = Email::parse(&typed) {
            let text = email.as_str();
            prop_assert!(text.bytes().all(|b| b.is_ascii_graphic() && !b.is_ascii_uppercase()), "{}", text);
            prop_assert_eq!(text.matches('@').count(), 1);
            prop_assert!(text.len() <= Email::MAX_LENGTH);
            prop_assert!(email.local().len() <= Email::MAX_LOCAL_LENGTH);
            prop_assert!(email.domain().contains('.'));
        }
    }

    #[test]
    fn what_is_canonical_at_a_glance_is_canonical(typed in plain()) {
        if is_plainly_canonical(&typed) {
            let parsed = Email::parse(&typed).unwrap();
            prop_assert_eq!(parsed.as_str(), &typed);
        }
    }

    #[test]
    fn neither_case_nor_surrounding_space_makes_another_mailbox(typed in typed()) {
        let loud = format!("  {}\n", typed.trim().to_ascii_uppercase());
        prop_assert_eq!(Email::parse(&typed), Email::parse(&loud));
    }
}
