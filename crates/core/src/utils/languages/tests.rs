//! The built-in languages are complete, and an operator's files are checked.

use std::fs;
use std::path::Path;

use super::built_in::{BUILT_IN, ENGLISH};
use super::check::Signatures;
use super::*;

fn tag(text: &str) -> LanguageTag {
    LanguageTag::parse(text).expect("a tag")
}

fn arguments() -> TextArguments {
    TextArguments::new()
        .with("product", "Fish & Chips")
        .with("lifetime", "24 hours")
        .with("until", "2026-11-30 08:15 UTC")
        .with("time", "2026-11-30 08:15 UTC")
        .with("device", "Firefox on Linux")
        .with("provider", "Google")
        .with("ip", "192.0.2.1")
        .with("when", "{when}")
        .with("minLength", 12)
        .with("count", 2)
}

/// Languages with these files of an operator.
fn with(files: &[(&str, &str)], default: &str) -> Result<Languages, Vec<String>> {
    let folder = tempfile::tempdir().expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join(name), text).expect("a file");
    }
    let shorter = |path: &str| path.replace(&format!("{}/", folder.path().display()), "");
    let read = LanguageFiles::read(Some(folder.path()), ProductTexts::NONE);
    let read =
        read.map_err(|mistakes| mistakes.iter().map(|mistake| shorter(mistake)).collect::<Vec<_>>())?;
    Languages::new(&read, &tag(default)).ok_or_else(|| vec![format!("{default} is not available")])
}

#[test]
fn every_language_has_every_text_with_every_argument() {
    let english: Vec<_> = Signatures::of(ENGLISH).iter().map(|(id, names)| (id, names.clone())).collect();
    assert!(english.len() > 90, "{}", english.len());
    for (language, source) in BUILT_IN {
        let own = Signatures::of(source);
        let own: Vec<_> = own.iter().map(|(id, names)| (id, names.clone())).collect();
        let missing: Vec<_> = english.iter().filter(|text| !own.contains(text)).collect();
        let unknown: Vec<_> = own.iter().filter(|text| !english.contains(text)).collect();
        assert!(missing.is_empty() && unknown.is_empty(), "{language}: {missing:?} {unknown:?}");
    }
}

#[test]
fn the_files_of_the_program_keep_the_rules_of_an_operators_files() {
    let files: Vec<(String, &str)> = BUILT_IN.map(|(tag, text)| (format!("{tag}.ftl"), text)).into();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), *text)).collect();
    assert_eq!(with(&files, "en").map(drop), Ok(()));
}

#[test]
fn every_text_of_every_language_can_be_written() {
    let languages = Languages::built_in().expect("languages");
    assert_eq!(languages.tags().count(), 7);
    for language in languages.values() {
        for count in [0, 1, 2, 3, 11, 100] {
            let arguments = arguments().with("count", count).with("minLength", count);
            for id in Signatures::of(ENGLISH).ids() {
                let text = language.text(id, &arguments).expect("a text");
                assert!(!text.trim().is_empty() && !text.contains(['$', '<']), "{id}: {text}");
            }
        }
    }
}

/// Every plural category (CLDR) that a language has for whole numbers below a million is a variant, in the right place.
#[test]
fn numbers_are_in_the_plural_of_their_language() {
    let languages = Languages::built_in().expect("languages");
    for (language, count, said) in [
        ("en", 1, "1 hour"),
        ("en", 24, "24 hours"),
        ("de", 1, "1 Stunde"),
        ("de", 24, "24 Stunden"),
        ("es", 1, "1 hora"),
        ("es", 24, "24 horas"),
        ("fr", 0, "0 heure"),
        ("fr", 1, "1 heure"),
        ("fr", 24, "24 heures"),
        ("pt", 1, "1 hora"),
        ("pt", 24, "24 horas"),
        ("tr", 24, "24 saat"),
        ("ar", 1, "ساعة واحدة"),
        ("ar", 2, "ساعتين"),
        ("ar", 3, "\u{2068}3\u{2069} ساعات"),
        ("ar", 10, "\u{2068}10\u{2069} ساعات"),
        ("ar", 24, "\u{2068}24\u{2069} ساعة"),
        ("ar", 168, "\u{2068}168\u{2069} ساعة"),
    ] {
        let text =
            languages.of(Some(&tag(language))).text("mail-lifetime-hours", &arguments().with("count", count));
        assert_eq!(text.expect("a text"), said, "{language} {count}");
    }
}

#[test]
fn a_name_is_isolated_where_its_direction_may_differ() {
    let languages = Languages::built_in().expect("languages");
    let arabic = languages.of(Some(&tag("ar")));
    let subject = arabic.text("mail-setup-subject", &arguments()).expect("a text");
    assert_eq!(subject, "إعداد \u{2068}Fish & Chips\u{2069}");
    assert_eq!(arabic.plain_text("mail-setup-subject", &arguments()).expect("a text"), "إعداد Fish & Chips");
    assert_eq!((arabic.direction(), languages.of(None).direction()), ("rtl", "ltr"));
    let english = languages.of(None).text("mail-setup-subject", &arguments()).expect("a text");
    assert_eq!(english, "Set up Fish & Chips");
}

#[test]
fn what_is_missing_is_an_error_that_names_the_text() {
    let languages = Languages::built_in().expect("languages");
    for (id, arguments) in [("mail-nothing", arguments()), ("mail-setup-subject", TextArguments::new())] {
        let error = languages.of(None).text(id, &arguments).expect_err("missing").to_string();
        assert!(error.starts_with(&format!("writing the text `{id}` in en: ")), "{error}");
    }
}

#[test]
fn an_operator_changes_single_texts() {
    let languages =
        with(&[("de.ftl", "page-sign-in = Hinein\n# More.\n-we = Fisch\npage-email = { -we }!")], "en");
    let languages = languages.expect("languages");
    let german = |id: &str| languages.of(Some(&tag("de"))).text(id, &arguments()).expect("a text");
    assert_eq!((german("page-sign-in"), german("page-email")), ("Hinein".to_owned(), "Fisch!".to_owned()));
    assert_eq!(german("page-verify-button"), "Bestätigen");
    assert_eq!(languages.of(None).text("page-sign-in", &arguments()).expect("a text"), "Sign in");
}

#[test]
fn an_operator_adds_a_language_that_falls_back() {
    let nynorsk = "page-sign-in = Logg inn\nmail-lifetime-hours =\n    { $count ->\n        [one] ein time\n       *[other] { $count } timar\n    }\n";
    for (default, button) in [("en", "Confirm"), ("de", "Bestätigen"), ("nn", "Confirm")] {
        let languages = with(&[("nn.ftl", nynorsk), (".keep", "")], default).expect("languages");
        assert_eq!(languages.tags().count(), 8);
        let text = |id: &str| languages.of(Some(&tag("nn"))).text(id, &arguments()).expect("a text");
        assert_eq!(text("page-sign-in"), "Logg inn");
        assert_eq!(text("mail-lifetime-hours"), "2 timar");
        assert_eq!(text("page-verify-button"), button, "{default}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    for (name, text, mistake) in [
        ("deutsch.ftl", "", "deutsch.ftl: this file is not named after the tag of a language"),
        ("pt-br.ftl", "", "pt-br.ftl: this file must be named `pt-BR.ftl`"),
        ("de.txt", "", "de.txt: this file is not named after the tag of a language"),
        (
            "de.ftl",
            "page-name = Name\n\npage-email\n",
            "de.ftl:3: is not Fluent: expected a token starting with \"=\"",
        ),
        ("de.ftl", "page-name = { $name", "de.ftl:1: is not Fluent: "),
        ("de.ftl", "\n\npage-nme = Name", "de.ftl:3: `page-nme` is no text of this program"),
        ("de.ftl", "page-name = A\npage-name = B", "`page-name` is there twice"),
        (
            "de.ftl",
            "mail-setup-subject = A\n    B",
            "`mail-setup-subject` is a subject, which must be one line",
        ),
        (
            "de.ftl",
            "mail-setup-subject = A{ \"\\u000A\" }",
            "`mail-setup-subject` is a subject, which must be one line",
        ),
        (
            "de.ftl",
            "-we = A\n    B\nmail-setup-subject = { -we }",
            "`mail-setup-subject` is a subject, which must be one line",
        ),
        (
            "de.ftl",
            "page-name = { $product }",
            "de.ftl:1: `page-name` asks for `$product`, but this text has no arguments",
        ),
        (
            "de.ftl",
            "mail-setup-after = { $hours }",
            "de.ftl:1: `mail-setup-after` asks for `$hours`, but this text has only `$lifetime`, `$product`",
        ),
        (
            "de.ftl",
            "mail-setup-subject = { $product ->\n    [a] { $count }\n   *[b] B\n}",
            "`mail-setup-subject` asks for `$count`, but this text has only `$product`",
        ),
        ("de.ftl", "page-name = { -who }", "refers to the term `-who`, which is not in this file"),
        ("de.ftl", "-who = { -who }", "`-who` is a term, which can have neither arguments nor other terms"),
        (
            "de.ftl",
            "page-name = { page-name }",
            "refers to the text `page-name`: only terms can be referred to",
        ),
        ("de.ftl", "page-name = { NUMBER(1) }", "calls `NUMBER`, but there are no functions"),
        ("de.ftl", "page-name = A\n    .title = B", "has attributes, which no text of this program has"),
    ] {
        let mistakes = with(&[(name, text)], "en").expect_err(text);
        assert!(
            mistakes.len() == 1 && mistakes.iter().all(|said| said.contains(mistake)),
            "{text}: {mistakes:?}"
        );
    }
    let many = format!("page-name = {}", "{ \"a\" }".repeat(51));
    assert_eq!(with(&[("de.ftl", &many)], "en").expect_err("many").len(), 1);
    assert!(LanguageFiles::read(Some(Path::new("/nowhere")), ProductTexts::NONE).is_err());
    assert!(with(&[("de.ftl", "")], "sv").is_err());
}

#[test]
fn texts_of_one_prefix_come_together() {
    let languages = Languages::built_in().expect("languages");
    let texts = languages.of(Some(&tag("de"))).texts("page-script-", &arguments()).expect("texts");
    let json: serde_json::Value = serde_json::from_str(&texts.to_json()).expect("JSON");
    assert_eq!(json["later"], "später");
    assert!(json["rate-limited"].as_str().expect("a text").contains("{when}"));
    assert!(format!("{:?}", texts.to_values()).contains("later"));
}

const NOTES: &[(&str, &str)] = &[
    (
        "en",
        "notes-count = { $count ->\n    [one] One note\n   *[other] { $count } notes\n}\nnotes-none = No notes\npage-email = Mail\n",
    ),
    ("de", "notes-count = { $count } Notizen\n"),
    ("nl", "notes-none = Geen notities\n"),
];

#[test]
fn texts_of_a_product_stand_between_those_of_the_program_and_of_an_operator() {
    let texts = ProductTexts::new(NOTES);
    assert_eq!(texts.mistakes(), [""; 0]);
    assert_eq!(texts.arguments_of("notes-count"), Some(vec!["count"]));
    assert_eq!(texts.arguments_of("notes-none"), Some(vec![]));
    assert_eq!(texts.arguments_of("notes-any"), None);

    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("de.ftl"), "notes-count = { $count } Zettel\n").expect("a file");
    let files = LanguageFiles::read(Some(folder.path()), texts).expect("texts");
    let languages = Languages::new(&files, &tag("en")).expect("languages");
    let said = |language: &str, id: &str| languages.of(Some(&tag(language))).text(id, &arguments());
    assert_eq!(said("en", "notes-count").expect("a text"), "2 notes");
    assert_eq!(said("de", "notes-count").expect("a text"), "2 Zettel", "the operator has the last word");
    assert_eq!(said("de", "notes-none").expect("a text"), "No notes", "the default language stands in");
    assert_eq!(
        said("nl", "notes-none").expect("a text"),
        "Geen notities",
        "a language that only the product has"
    );
    assert_eq!(said("en", "page-email").expect("a text"), "Mail", "a text of the program, replaced");
    assert_eq!(said("de", "page-email").expect("a text"), "E-Mail-Adresse");
}

#[test]
fn mistakes_in_the_texts_of_a_product_are_named() {
    let mistakes = |texts| ProductTexts::new(texts).mistakes();
    assert_eq!(
        mistakes(&[("de", "notes-none = Keine\n")]),
        ["the texts of the product have no English (`en`), which names them"]
    );
    assert_eq!(
        mistakes(&[("en", "notes-none = None\n"), ("de", "\nnotes-nune = Keine\n")]),
        ["the texts of the product in `de`:2: `notes-nune` is no text of this program"]
    );
    assert_eq!(
        mistakes(&[("en", "page-email = { $email }\n")]),
        [
            "the texts of the product in `en`:1: `page-email` asks for `$email`, but this text has no arguments"
        ]
    );
    assert_eq!(
        mistakes(&[("en", "a = A\n"), ("de_AT", "a = A\n")]),
        ["the texts of the product in `de_AT`: this is not the tag of a language, like `de` or `pt-BR`"]
    );
    assert_eq!(
        mistakes(&[("en", "a = A\n"), ("en", "b = B\n")]),
        ["the texts of the product in `en` are there twice"]
    );
}
