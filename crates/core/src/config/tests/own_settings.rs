//! The settings of a product.

use crate::config::product_name::ProductName;
use crate::config::settings::{Problem, Setting};
use crate::config::values::Count;
use crate::config::{Config, Env, OwnVariables, Settings as _, render_env_example, render_markdown};
use crate::system::SystemRng;

/// A secret of a product.
#[derive(Clone, Debug)]
struct Token;

impl Setting for Token {
    const SECRET: bool = true;

    fn expects() -> String {
        "a token".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if text.len() < 8 { Err("is too short".into()) } else { Ok(Self) }
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

crate::settings! {
    /// The settings of notes.
    struct NotesSettings in "Notes" {
        /// How many notes a user can have.
        most: Count<1, 1000> = NOTES_MAX default("100");
        /// How many of them can be long.
        most_long: Count<1, 1000> = NOTES_MAX_LONG follows(most NOTES_MAX);
        /// A token.
        token: Token = NOTES_TOKEN required("development has none");
        /// Another name.
        label: ProductName = NOTES_LABEL optional("none") like "My notes";
    }
}

mod wrong {
    #![expect(dead_code, non_upper_case_globals, reason = "no server starts with these settings")]

    use crate::config::values::Count;

    crate::settings! {
        /// Mistakes of an author.
        pub(super) struct Wrong in "Wrong" {
            /// Its default is no number.
            many: Count<1, 10> = WRONG_MANY default("eleven");
            /// The name of a variable of Palisade.
            port: Count<1, 10> = PORT default("1");
            /// The name of a variable that an operator may choose.
            issuer: Count<1, 10> = OIDC_NOTES_ISSUER default("1");
            /// The name of a rate limit.
            limit: Count<1, 10> = RATE_LIMIT_NOTES default("1");
            /// In small letters.
            small: Count<1, 10> = notes_small default("1");
            /// Twice.
            twice: Count<1, 10> = NOTES_MAX default("1");
        }
    }
}

use wrong::Wrong;

const NOTES: OwnVariables =
    OwnVariables { name: "Notes", sections: &[NotesSettings::OWN], ..OwnVariables::NONE };

fn env(variables: &[(&str, &str)]) -> Env {
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("p.db").display());
    let given = variables.iter().copied().chain([("DATABASE_URL", database.as_str())]);
    Env::from_pairs(given).of_product(NOTES)
}

#[test]
fn they_are_read_with_those_of_palisade() {
    let config =
        Config::load_read_only(&env(&[("NOTES_MAX", "7"), ("NOTES_LABEL", "Mine")]), &SystemRng).unwrap();
    let notes: &NotesSettings = config.own().get().unwrap();
    assert_eq!((notes.most.get(), notes.most_long.get()), (7, 7));
    assert_eq!(notes.label.as_ref().map(ProductName::as_str), Some("Mine"));
    assert!(notes.token.is_none() && config.own().get::<Wrong>().is_none());
    assert_eq!(config.app.name.as_str(), "Notes");
    let shown = |name| config.summary().iter().find(|entry| entry.name == name).unwrap().value.clone();
    assert_eq!((shown("NOTES_MAX"), shown("NOTES_MAX_LONG")), ("7".to_owned(), "7".to_owned()));
    assert_eq!((shown("NOTES_TOKEN"), shown("APP_NAME")), (String::new(), "Notes".to_owned()));
    assert!(config.warnings().is_empty(), "{:?}", config.warnings());
}

#[test]
fn their_mistakes_stand_beside_those_of_palisade() {
    let wrong = env(&[("NOTES_MAX", "0"), ("NOTES_TOKEN", "short"), ("PORT", "0"), ("NOTES_LABEL", "a\nb")]);
    let errors = Config::load_read_only(&wrong, &SystemRng).unwrap_err();
    let variables: Vec<&str> = errors.mistakes().iter().map(|mistake| mistake.variable.as_str()).collect();
    assert_eq!(variables, ["PORT", "NOTES_MAX", "NOTES_TOKEN", "NOTES_LABEL"]);
    assert!(!errors.to_string().contains("short\""), "a secret is not quoted: {errors}");
}

#[test]
fn a_slip_in_one_is_noticed_and_the_name_of_the_operator_counts() {
    let config =
        Config::load_read_only(&env(&[("NOTES_MXA", "7"), ("APP_NAME", "Jotter")]), &SystemRng).unwrap();
    assert_eq!(config.warnings(), ["NOTES_MXA: is not read; did you mean NOTES_MAX?"]);
    assert_eq!(config.app.name.as_str(), "Jotter");
}

#[test]
fn production_does_not_start_without_a_required_one() {
    let errors = Config::load_read_only(&env(&[("APP_ENV", "production")]), &SystemRng).unwrap_err();
    assert!(errors.mistakes().iter().any(|mistake| mistake.variable == "NOTES_TOKEN"), "{errors}");
}

#[test]
fn mistakes_of_an_author_are_named() {
    assert_eq!(NOTES.mistakes(), [""; 0]);
    assert_eq!(OwnVariables::NONE.mistakes(), [""; 0]);
    let wrong =
        OwnVariables { name: "<b>", sections: &[NotesSettings::OWN, Wrong::OWN], ..OwnVariables::NONE };
    let mistakes = wrong.mistakes();
    let named = [
        "the name of the product has `<`",
        "PORT is declared twice",
        "OIDC_NOTES_ISSUER is declared twice",
        "RATE_LIMIT_NOTES has the form",
        "notes_small is not written",
        "NOTES_MAX is declared twice",
    ];
    assert_eq!(mistakes.len(), named.len(), "{mistakes:?}");
    for (mistake, named) in mistakes.iter().zip(named) {
        assert!(mistake.contains(named), "{mistake}");
    }
    let folder = tempfile::tempdir().unwrap();
    let database = format!("sqlite://{}", folder.path().join("p.db").display());
    let wrong = OwnVariables { name: "Notes", sections: &[Wrong::OWN], ..OwnVariables::NONE };
    let env = Env::from_pairs([("DATABASE_URL", database)]).of_product(wrong);
    let errors = Config::load_read_only(&env, &SystemRng).unwrap_err();
    assert!(errors.to_string().contains("WRONG_MANY: has a default that is not accepted"), "{errors}");
}

#[test]
fn they_are_in_the_generated_files() {
    let (example, table) = (render_env_example(&NOTES), render_markdown(&NOTES));
    assert!(example.contains("\n# Notes\n# -----\n") && example.contains("\n#NOTES_MAX=100\n"), "{example}");
    assert!(example.contains("\n#APP_NAME=Notes\n") && table.contains("| `NOTES_TOKEN` 🔒 |"), "{table}");
}
