//! New passwords: long enough, not common, not the address or the product.

use palisade_core::values::{Json, ViolationCode};
use proptest::prelude::*;

use super::*;

fn new(text: &str) -> Result<NewPassword, Violation> {
    NewPassword::from_text(text.to_owned())
}

fn presented(text: &str) -> Result<PresentedPassword, Violation> {
    PresentedPassword::from_text(text.to_owned())
}

fn policy() -> PasswordPolicy {
    PasswordPolicy::new(DEFAULT_MIN_LENGTH, "Palisade")
}

#[track_caller]
fn refusal(text: &str, policy: &PasswordPolicy) -> ViolationCode {
    let email = Email::parse("margaret.hamilton@example.com").expect("an address");
    let violation =
        new(text).expect("within bounds").meets(policy, Some(&email)).expect_err("this must be refused");
    assert!(!violation.message.contains(text), "the message repeats the password");
    violation.code
}

#[test]
fn odd_passwords_are_kept_to_the_byte() {
    let emoji = "😀".repeat(64);
    let most = "\u{10FFFF}".repeat(MAX_LENGTH);
    for text in [
        "  spaces at both ends  ",
        "nul\0inside\0of\0it",
        "\u{301}\u{302}\u{303}\u{304}\u{305}\u{306}\u{307}\u{308}\u{309}\u{30A}\u{30B}\u{30C}",
        "tabs\tand\r\nline breaks",
        "e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}e\u{301}",
        "ééééééééééééé",
        "\u{FEFF}zero\u{200B}width\u{202E}",
        &emoji,
        &most,
    ] {
        let chosen = new(text).expect("a password");
        assert_eq!(chosen.expose().expose_secret(), text);
        assert!(chosen.meets(&policy(), None).is_ok(), "{text:?}");
        assert_eq!(presented(text).expect("a password").expose().expose_secret(), text);
    }
}

#[test]
fn nothing_is_cut_folded_or_trimmed_into_sameness() {
    let prefix = "p".repeat(72);
    let (a, b) = (format!("{prefix}A"), format!("{prefix}B"));
    for (one, other) in [
        (a.as_str(), b.as_str()),
        ("password of ada", "Password of ada"),
        ("password of ada", "password of ada "),
        ("password\0of ada", "password\0of bob"),
        ("password of andr\u{e9}", "password of andre\u{301}"),
    ] {
        let chosen = new(one).expect("a password");
        assert!(chosen.is(&presented(one).expect("a password")));
        assert!(!chosen.is(&presented(other).expect("a password")), "{one:?} is {other:?}");
    }
}

#[test]
fn lengths_are_bounded_in_code_points() {
    let code =
        |result: Result<_, Violation>| result.map(|_: NewPassword| ()).map_err(|violation| violation.code);
    assert_eq!(code(new("1234567")), Err(ViolationCode::TooShort));
    assert_eq!(code(new("😀😀😀😀😀😀😀")), Err(ViolationCode::TooShort));
    assert_eq!(code(new("12345678")), Ok(()));
    assert_eq!(code(new(&"é".repeat(128))), Ok(()));
    assert_eq!(code(new(&"é".repeat(129))), Err(ViolationCode::TooLong));
    assert_eq!(code(new(&"x".repeat(1 << 20))), Err(ViolationCode::TooLong));
}

#[test]
fn a_presented_password_may_be_anything_that_was_ever_one() {
    for text in ["x", "123456", "password", " ", "\0"] {
        assert!(presented(text).is_ok(), "{text:?}");
    }
    assert_eq!(presented("").expect_err("empty").code, ViolationCode::TooShort);
    assert_eq!(presented(&"x".repeat(129)).expect_err("long").code, ViolationCode::TooLong);
}

#[test]
fn only_text_is_a_password() {
    for value in
        [Json::Integer(123_456_789), Json::Null, Json::Bool(true), Json::Array(vec![]), Json::Object(vec![])]
    {
        assert_eq!(
            NewPassword::from_json(value.clone()).expect_err("refused").code,
            ViolationCode::InvalidType
        );
        assert_eq!(
            PresentedPassword::from_json(value).expect_err("refused").code,
            ViolationCode::InvalidType
        );
    }
}

#[test]
fn the_configured_length_is_asked_for_and_never_less_than_eight() {
    assert_eq!(refusal("eleven char", &policy()), ViolationCode::TooShort);
    assert!(new("twelve chars").expect("within bounds").meets(&policy(), None).is_ok());
    let lax = PasswordPolicy::new(1, "Palisade");
    assert_eq!(lax.min_length(), 8);
    assert!(new("eight ch").expect("within bounds").meets(&lax, None).is_ok());
}

#[test]
fn common_passwords_are_refused_in_any_case() {
    let lax = PasswordPolicy::new(8, "Palisade");
    for text in ["password", "12345678", "PassWord", "QWERTYUIOP", "1q2w3e4r", "iloveyou", "sunshine"] {
        assert_eq!(refusal(text, &lax), ViolationCode::NotAllowed, "{text}");
    }
    for text in
        ["passwordpassword", "Password1234", "123456789012", "qwertyuiop123", "1Q2w3e4r5t6y", "aaaaaaaaaaaa"]
    {
        assert_eq!(refusal(text, &policy()), ViolationCode::NotAllowed, "{text}");
    }
}

#[test]
fn the_list_is_sorted_lower_case_and_long_enough_for_either_length() {
    let lines: Vec<&str> = COMMON.lines().collect();
    assert!(lines.is_sorted_by(|one, next| one < next), "sort it by bytes, without duplicates");
    assert!(lines.iter().all(|line| line.len() >= LEAST_MIN_LENGTH && line.to_lowercase() == **line));
    assert!(lines.iter().filter(|line| line.len() >= DEFAULT_MIN_LENGTH).count() >= 3_000);
    assert!(COMMON.ends_with('\n') && !COMMON.contains('\r'));
}

#[test]
fn every_line_of_the_list_is_found_and_its_neighbors_are_not() {
    for line in COMMON.lines() {
        assert!(is_listed(COMMON, line), "{line}");
        assert!(!is_listed(COMMON, &format!("{line}\0")), "{line}");
    }
    for text in ["", "\n", "\0", "~~~~~~~~~~~~~~~~", "password\n", "é"] {
        assert!(!is_listed(COMMON, text), "{text:?}");
    }
}

#[test]
fn the_address_is_no_password() {
    for text in [
        "margaret.hamilton@example.com",
        "Margaret.Hamilton@Example.COM",
        "my margaret.hamilton@example.com!",
        "margaret.hamilton",
        "MARGARET.HAMILTON",
    ] {
        assert_eq!(refusal(text, &policy()), ViolationCode::NotAllowed, "{text}");
    }
    assert!(new("margaret.hamilton@example.com").expect("within bounds").meets(&policy(), None).is_ok());
}

#[test]
fn the_name_of_the_product_is_in_no_password() {
    for text in ["my-palisade-password", "PALISADE is mine", "p.a.l.i.s.a.d.e.", "p-a-l-i-s-a-d-e-2026"] {
        assert_eq!(refusal(text, &policy()), ViolationCode::NotAllowed, "{text}");
    }
    let spaced = PasswordPolicy::new(12, "Stone Fence");
    for text in ["stonefence-2026", "my-palisade-password"] {
        assert_eq!(refusal(text, &spaced), ViolationCode::NotAllowed, "{text}");
    }
    for short in ["", "X", "App", "- -"] {
        let policy = PasswordPolicy::new(12, short);
        assert!(new("unhappy x apples").expect("within bounds").meets(&policy, None).is_ok(), "{short:?}");
    }
}

#[test]
fn debug_does_not_tell_it() {
    let text = "correct horse battery";
    assert_eq!(format!("{:?}", new(text).expect("a password")), "NewPassword(…)");
    assert_eq!(format!("{:?}", presented(text).expect("a password")), "PresentedPassword(…)");
}

proptest! {
    #[test]
    fn halving_finds_what_looking_at_each_line_finds(
        mut words in proptest::collection::btree_set("[a-c]{1,3}", 0..20),
        wanted in "[a-c]{1,3}",
    ) {
        let list: String = words.iter().flat_map(|word| [word.as_str(), "\n"]).collect();
        prop_assert_eq!(is_listed(&list, &wanted), words.contains(&wanted));
        words.insert(wanted.clone());
        let list = words.iter().map(String::as_str).collect::<Vec<_>>().join("\n");
        prop_assert!(is_listed(&list, &wanted), "also without a last line end");
    }

    #[test]
    fn a_message_never_repeats_the_password(text in "[!-~]{8,40}") {
        if let Ok(Err(violation)) = new(&text).map(|chosen| chosen.meets(&policy(), None)) {
            prop_assert!(!violation.message.contains(&text));
        }
    }
}
