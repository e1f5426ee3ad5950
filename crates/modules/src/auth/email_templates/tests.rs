use palisade_core::config::Env;
use palisade_core::ports::SystemRng;

use super::*;

fn templates() -> EmailTemplates {
    let env = Env::from_pairs([("APP_NAME", "Fish & Chips")]);
    let config = Config::load_read_only(&env, &SystemRng).expect("a configuration");
    EmailTemplates::new(&config).expect("templates")
}

/// One of each kind.
fn all(templates: &EmailTemplates, to: Recipient<'_>) -> Vec<EmailMessage> {
    let token = OneTimeToken::generate(&SystemRng);
    let written = [
        templates.verification(to, &token),
        templates.setup(to, &token),
        templates.invitation(to, &token),
        templates.taken(to),
        templates.password_reset(to, &token),
        templates.reset_suspended(to),
        templates.password_changed(to),
        templates.session_ended(to),
        templates.email_change(to, &token),
        templates.email_change_taken(to),
        templates.email_change_requested(to, &token),
        templates.email_changed(to),
        templates.new_device(to, Some("Firefox"), IpAddr::from([192, 0, 2, 1]), Timestamp::EPOCH),
        templates.account_deleted(to, Timestamp::EPOCH),
        templates.identity(to, "Google", &token),
        templates.identity_suspended(to, "Google"),
        templates.identity_linked(to, "Google"),
        templates.identity_removed(to, "Google"),
    ];
    written.into_iter().collect::<Result<_, _>>().expect("messages")
}

#[test]
fn every_mail_can_be_written_in_every_language() {
    let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
    for language in templates.languages.tags() {
        let mut subjects = std::collections::BTreeSet::new();
        for message in all(&templates, Recipient { email: &email, language: Some(language) }) {
            let EmailMessage { subject, text, html, links, .. } = &message;
            let html = html.as_deref().expect("an HTML part");
            assert!(
                html.starts_with("<!doctype html>\n<html lang=\"") && html.ends_with("</html>\n"),
                "{html}"
            );
            assert!(
                html.contains(&format!("lang=\"{language}\"")) && html.contains("Fish &amp; Chips"),
                "{html}"
            );
            assert!(!html.contains("Fish & Chips") && text.contains("Fish & Chips"), "{text}");
            assert!(!text.starts_with('\n') && text.ends_with('\n') && !text.ends_with("\n\n"), "{text:?}");
            assert!(!text.contains("\n\n\n") && !text.contains("{#"), "{text:?}");
            assert!(!subject.contains(|c: char| c.is_control() || ('\u{2066}'..='\u{2069}').contains(&c)));
            for link in links {
                assert!(text.lines().any(|line| line == link), "a link has its own line: {text}");
                assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
            }
            assert_eq!(message.language.as_ref(), Some(language));
            subjects.insert(subject.clone());
        }
        // Two tell that an account exists, two that it is suspended, and two ask to confirm an address.
        assert_eq!(subjects.len(), 18 - 3, "each has a subject of its own: {subjects:#?}");
    }
}

#[test]
fn the_text_reads_as_a_person_would_write_it() {
    let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
    let token = OneTimeToken::generate(&SystemRng);
    let message =
        templates.verification(Recipient { email: &email, language: None }, &token).expect("a message");
    let link = templates.link("verify", &token);
    let expected = format!(
        "Someone, hopefully you, asked for an account at Fish & Chips with this email address.\n\n\
         Confirm your email address:\n{link}\n\n\
         The link is valid for 24 hours. If you did not ask for this, do nothing: no account will be created.\n"
    );
    assert_eq!(message.text, expected);
    assert_eq!(message.subject, "Confirm your email address for Fish & Chips");
}

#[test]
fn a_sign_in_is_described_line_by_line() {
    let (templates, email) = (templates(), Email::parse("ada@example.org").expect("an address"));
    let at = Timestamp::from_secs(1_700_000_000);
    let to = Recipient { email: &email, language: None };
    let message = templates.new_device(to, None, IpAddr::from([192, 0, 2, 1]), at).expect("a message");
    let lines = "\nDevice: unknown\nNetwork address: 192.0.2.1\nTime: 2023-11-14 22:13 UTC\n";
    assert!(message.text.contains(lines), "{}", message.text);
    let html = message.html.expect("an HTML part");
    assert!(
        html.contains("Device: unknown<br>Network address: 192.0.2.1<br>Time: 2023-11-14 22:13 UTC</p>"),
        "{html}"
    );
}

#[test]
fn a_time_is_said_as_people_say_it_and_never_longer() {
    for (seconds, said) in [
        (60, ("minutes", 1)),
        (119, ("minutes", 1)),
        (1800, ("minutes", 30)),
        (3600, ("hours", 1)),
        (5400, ("minutes", 90)),
        (7199, ("minutes", 119)),
        (7200, ("hours", 2)),
        (86_400, ("hours", 24)),
        (90_000, ("hours", 25)),
        (604_800, ("hours", 168)),
    ] {
        let (id, count) = in_words(Duration::from_secs(seconds));
        assert_eq!((id.strip_prefix("mail-lifetime-").expect("a text"), count), said);
    }
}
