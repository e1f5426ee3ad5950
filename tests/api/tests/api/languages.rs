//! Languages: who gets which one, in pages and in mails, and what an operator may change.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::time::Duration;

use palisade_api_tests::binary::run;
use palisade_api_tests::smtp::MailServer;
use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World, until};
use palisade_core::identity::Operator;
use serde_json::{Value, json};

const REGISTER: &str = "/api/v1/auth/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY: &str = "/api/v1/auth/verify-email";
const FORGOT: &str = "/api/v1/auth/forgot-password";
const SETUP: &str = "/api/v1/auth/setup";
const ADA: &str = "ada@example.org";
/// What Chromium sends when somebody follows a link.
const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

fn who_reads(world: &World, languages: &str) -> Client {
    world.browser().with_header("Accept-Language", languages).with_header("Accept", BROWSER)
}

async fn register(browser: &mut Client, email: &str) {
    let asked = browser.post(REGISTER, json!({"email": email, "password": PASSWORD})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
}

async fn verify(browser: &mut Client, mail: &Value) {
    let proven = browser.post(VERIFY, json!({"token": token_of(mail), "password": PASSWORD})).await;
    assert_eq!(proven.status, 200, "{}", proven.body);
}

/// The newest mail to Ada after a reset was asked for in this language.
async fn reset_asked_for_in(world: &World, languages: &str) -> Value {
    world.advance(Duration::from_secs(1));
    let asked = who_reads(world, languages).post(FORGOT, json!({"email": ADA})).await;
    assert_eq!(asked.status, 202, "{}", asked.body);
    world.settled_mails_to(ADA).await.remove(0)
}

#[track_caller]
fn assert_in(mail: &Value, language: &str, subject: &str) {
    assert_eq!(
        (mail["language"].as_str(), mail["subject"].as_str()),
        (Some(language), Some(subject)),
        "{mail}"
    );
    let (text, html) = (mail["text"].as_str().unwrap(), mail["html"].as_str().unwrap());
    assert!(html.contains(&format!("<html lang=\"{language}\"")), "{html}");
    for link in mail["links"].as_array().unwrap() {
        let link = link.as_str().unwrap();
        assert!(text.lines().any(|line| line == link), "alone in its line: {text:?}");
        assert!(html.contains(&format!("href=\"{link}\"")), "{html}");
    }
}

#[tokio::test]
async fn mails_to_a_user_are_in_the_language_that_the_user_registered_in() {
    let world = World::new().await;
    let mut ada = who_reads(&world, "de-AT,de;q=0.9,en;q=0.5");
    register(&mut ada, ADA).await;
    let proof = world.mail_to(ADA).await;
    assert_in(&proof, "de", "Bestätigen Sie Ihre E-Mail-Adresse für Palisade");
    assert!(proof["text"].as_str().unwrap().contains("24 Stunden gültig"), "{proof}");
    verify(&mut ada, &proof).await;
    for stranger in ["fr", "", "tr;q=0.1"] {
        let reset = reset_asked_for_in(&world, stranger).await;
        assert_in(&reset, "de", "Wählen Sie ein neues Passwort für Palisade");
    }
    world.advance(Duration::from_secs(1));
    register(&mut who_reads(&world, "tr"), ADA).await;
    let notice = world.settled_mails_to(ADA).await.remove(0);
    assert_in(&notice, "de", "Sie haben bereits ein Konto bei Palisade");
}

#[tokio::test]
async fn a_stranger_who_registers_an_address_does_not_choose_the_language_of_its_owner() {
    let world = World::new().await;
    register(&mut who_reads(&world, "tr"), ADA).await;
    let proof = world.mail_to(ADA).await;
    assert_in(&proof, "tr", "Palisade için e-posta adresinizi onaylayın");
    verify(&mut who_reads(&world, "es-MX"), &proof).await;
    assert_in(&reset_asked_for_in(&world, "ar").await, "es", "Elija una contraseña nueva para Palisade");
}

#[tokio::test]
async fn a_registration_keeps_its_language_for_another_mail_and_for_a_browser_that_says_none() {
    let world = World::new().await;
    register(&mut who_reads(&world, "pt-BR"), ADA).await;
    world.mail_to(ADA).await;
    world.advance(Duration::from_secs(1));
    assert_eq!(who_reads(&world, "fr").post(RESEND, json!({"email": ADA})).await.status, 202);
    let again = world.mails_to(ADA, 2).await.remove(0);
    assert_in(&again, "pt", "Confirme o seu endereço de e-mail para Palisade");
    verify(&mut world.browser(), &again).await;
    assert_in(&reset_asked_for_in(&world, "fr").await, "pt", "Escolha uma nova senha para Palisade");
}

#[tokio::test]
async fn without_a_language_everything_is_in_the_default_one() {
    let world = World::set(&[("DEFAULT_LOCALE", "fr")]).await;
    for accepted in ["", "sv, nb;q=0.5", "*", "de;q=0", ";;;,,,", "de;q=nothing"] {
        let page = who_reads(&world, accepted).get("/account/forgot").await;
        assert_eq!(page.header("content-language"), Some("fr"), "{accepted}");
    }
    register(&mut world.browser(), ADA).await;
    let proof = world.mail_to(ADA).await;
    assert_in(&proof, "fr", "Confirmez votre adresse e-mail pour Palisade");
    verify(&mut world.browser(), &proof).await;
    // Nothing was chosen for good: another default is the language of the next mail.
    let world = World::on_a_machine(world.shared(), &world.clock, &[("DEFAULT_LOCALE", "tr")]).await;
    assert_in(&reset_asked_for_in(&world, "de").await, "tr", "Palisade için yeni bir parola seçin");
}

#[tokio::test]
async fn a_user_whose_language_is_not_known_gets_mails_in_the_default_one() {
    let world = World::set(&[("DEFAULT_LOCALE", "es")]).await;
    let mut ada = who_reads(&world, "de");
    register(&mut ada, ADA).await;
    let proof = world.mail_to(ADA).await;
    verify(&mut ada, &proof).await;
    world.alter_person(ADA, "language", &Value::Null);
    assert_in(&reset_asked_for_in(&world, "de").await, "es", "Elija una contraseña nueva para Palisade");
}

#[tokio::test]
async fn a_super_admin_reads_the_language_of_the_browser_that_set_up() {
    let world = World::new().await;
    let link = world.services.auth.setup.first_link(&Operator::for_tests("test")).await.unwrap().unwrap();
    let token = link.split_once("#token=").unwrap().1;
    let body = json!({"token": token, "email": ADA, "password": PASSWORD});
    let made = who_reads(&world, "ar-EG").post(SETUP, body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let reset = reset_asked_for_in(&world, "de").await;
    assert_in(&reset, "ar", "اختيار كلمة مرور جديدة لدى Palisade");
    let (text, html) = (reset["text"].as_str().unwrap(), reset["html"].as_str().unwrap());
    assert!(text.contains("لمدة \u{2068}\u{2068}30\u{2069} دقيقة\u{2069}"), "{text}");
    assert!(html.contains("<html lang=\"ar\" dir=\"rtl\">") && html.contains("<a dir=\"ltr\""), "{html}");
}

#[track_caller]
fn assert_page(page: &Answer, language: &str, direction: &str, word: &str) {
    let root = format!("<html lang=\"{language}\" dir=\"{direction}\">");
    assert!(page.body.contains(&root) && page.body.contains(word), "{language}: {}", page.body);
    assert_eq!(page.header("content-language"), Some(language));
    assert!(page.all("vary").any(|vary| vary.contains("Accept-Language")), "{language}");
}

#[tokio::test]
async fn pages_are_in_the_language_of_whoever_opens_them() {
    let world = World::new().await;
    for (accepted, language, direction, words) in [
        ("en-GB,en;q=0.9", "en", "ltr", ["Forgot your password?", "Page not found"]),
        ("de", "de", "ltr", ["Passwort vergessen?", "Seite nicht gefunden"]),
        ("es-419", "es", "ltr", ["¿Ha olvidado su contraseña?", "Página no encontrada"]),
        ("fr-CA", "fr", "ltr", ["Mot de passe oublié ?", "Page introuvable"]),
        ("pt-PT", "pt", "ltr", ["Esqueceu a sua senha?", "Página não encontrada"]),
        ("tr-TR", "tr", "ltr", ["Parolanızı mı unuttunuz?", "Sayfa bulunamadı"]),
        ("ar-SA", "ar", "rtl", ["هل نسيت كلمة المرور؟", "الصفحة غير موجودة"]),
    ] {
        let mut reader = who_reads(&world, accepted);
        for path in ["/account/verify", "/account/reset", "/account/setup"] {
            let page = reader.get(path).await;
            assert_eq!(page.status, 200, "{path}");
            assert_page(&page, language, direction, "data-texts=\"{&quot;");
        }
        assert_page(&reader.get("/account/forgot").await, language, direction, words[0]);
        let nowhere = reader.get("/nowhere").await;
        assert_eq!(nowhere.status, 404);
        assert_page(&nowhere, language, direction, words[1]);
        // Clients translate the codes of the interface.
        let refused = reader.post(FORGOT, json!({"email": "nobody"})).await;
        assert_eq!(refused.header("content-language"), None);
        assert!(refused.body.contains("must be an email address"), "{}", refused.body);
    }
    for path in ["/docs", "/api/v1/openapi.json"] {
        let answer = who_reads(&world, "de").get(path).await;
        assert!(!answer.all("vary").any(|vary| vary.contains("Accept-Language")), "{path}");
    }
}

#[tokio::test]
async fn a_letter_has_a_text_part_and_an_html_part_in_its_language() {
    let server = MailServer::start("250 ok");
    let world = World::set(&[("SMTP_URL", &server.url())]).await;
    register(&mut who_reads(&world, "de"), ADA).await;
    until("it arrives", async || server.taken() == 1).await;
    let letter = server.letters().remove(0).text;
    let head = letter.split("\n\n").next().unwrap().replace('\r', "");
    for line in [
        "Content-Type: multipart/alternative;",
        "Content-Language: de",
        "Auto-Submitted: auto-generated",
        "Subject: =?utf-8?",
        "MIME-Version: 1.0",
    ] {
        assert!(head.lines().any(|said| said.starts_with(line)), "{line}\n{letter}");
    }
    let at = |text: &str| letter.find(text).unwrap_or_else(|| panic!("{text}\n{letter}"));
    assert!(at("Content-Type: text/plain; charset=utf-8") < at("Content-Type: text/html; charset=utf-8"));
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let path = folder.path().to_str().unwrap().to_owned();
    (folder, path)
}

#[tokio::test]
async fn an_operator_changes_a_text_adds_a_language_and_gives_mails_another_form() {
    let nynorsk = "page-forgot-title = Gløymt passordet?\nmail-verification-subject = Stadfest adressa di hos { $product }\n";
    let german = "-we = die Fischer\npage-forgot-title = Neues Passwort von { -we }\n";
    let (_texts, texts) = folder(&[("nn.ftl", nynorsk), ("de.ftl", german), (".gitkeep", "")]);
    let html = "<p lang=\"{{ language }}\">{{ product }}{% for text in before %}{{ text }}{% endfor %}\
                {% if action %}<a href=\"{{ action.link }}\">{{ action.label }}</a>{% endif %}</p>";
    let (_form, form) = folder(&[("mail.html", html)]);
    let world =
        World::set(&[("LOCALES_DIR", &texts), ("MAIL_TEMPLATES_DIR", &form), ("APP_NAME", "Fish & Chips")])
            .await;
    assert_page(&who_reads(&world, "nn").get("/account/forgot").await, "nn", "ltr", "Gløymt passordet?");
    let falls_back = who_reads(&world, "nn").get("/account/verify").await;
    assert_page(&falls_back, "nn", "ltr", "Confirm your email address");
    let german = who_reads(&world, "de").get("/account/forgot").await;
    assert_page(&german, "de", "ltr", "Neues Passwort von die Fischer");
    assert!(german.body.contains("E-Mail senden"), "the other texts stay: {}", german.body);

    register(&mut who_reads(&world, "nn"), ADA).await;
    let mail = world.mail_to(ADA).await;
    assert_eq!(mail["subject"], "Stadfest adressa di hos Fish & Chips");
    let html = mail["html"].as_str().unwrap();
    assert!(html.starts_with("<p lang=\"nn\">Fish &amp; Chips") && html.contains(">Confirm your"), "{html}");
    assert!(mail["text"].as_str().unwrap().contains("Fish & Chips"), "the text part stays: {mail}");
}

#[test]
fn a_broken_text_or_template_refuses_the_start_and_check_names_its_place() {
    let place = tempfile::tempdir().unwrap();
    for (variable, files, complaint) in [
        (
            "LOCALES_DIR",
            &[("german.ftl", "")][..],
            "german.ftl: this file is not named after the tag of a language",
        ),
        ("LOCALES_DIR", &[("de.ftl", "page-name = Name\n\noh no\n")], "de.ftl:3: is not Fluent: "),
        (
            "LOCALES_DIR",
            &[("de.ftl", "\npage-nmae = Name\n")],
            "de.ftl:2: `page-nmae` is no text of this program",
        ),
        (
            "LOCALES_DIR",
            &[("de.ftl", "page-name = { $nobody }\n")],
            "de.ftl:1: `page-name` asks for `$nobody`",
        ),
        ("MAIL_TEMPLATES_DIR", &[("mail.html", "{{ action.link }}\n{% if %}")], "mail.html: syntax error"),
        (
            "MAIL_TEMPLATES_DIR",
            &[("mail.html", "{{ action.link }}{{ nobody }}")],
            "mail.html: undefined value",
        ),
        ("MAIL_TEMPLATES_DIR", &[("mail.txt", "{{ subject }}")], "mail.txt: does not show `action.link`"),
        ("MAIL_TEMPLATES_DIR", &[("Mail.html", "")], "is neither `mail.html` nor `mail.txt`"),
        ("MAIL_TEMPLATES_DIR", &[], "has neither `mail.html` nor `mail.txt`"),
    ] {
        let (_files, path) = folder(files);
        for arguments in [&["check"][..], &["serve"]] {
            let ran = run(place.path(), arguments, &[(variable, &path)]);
            assert_eq!(ran.status, Some(1), "{variable} {files:?}: {}", ran.printed);
            assert!(ran.complained.contains(variable), "{}", ran.complained);
            assert!(ran.complained.contains(complaint), "{complaint}: {}", ran.complained);
        }
    }
    let ran = run(place.path(), &["check"], &[("DEFAULT_LOCALE", "sv")]);
    assert_eq!(ran.status, Some(1));
    assert!(ran.complained.contains("one of en, ar, de, es, fr, pt, tr"), "{}", ran.complained);
}

#[tokio::test]
async fn the_mailbox_of_development_shows_both_parts() {
    let world = World::new().await;
    register(&mut who_reads(&world, "de"), ADA).await;
    world.mail_to(ADA).await;
    let page = world.browser().with_header("Accept", BROWSER).get("/dev/mailbox").await;
    for part in
        ["<dd>de</dd>", "sandbox=\"\" srcdoc=\"&lt;!doctype html&gt;", "Bestätigen Sie Ihre E-Mail-Adresse"]
    {
        assert!(page.body.contains(part), "{part}: {}", page.body);
    }
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'; style-src 'unsafe-hashes' 'sha256-"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("script-src"), "{policy}");
}
