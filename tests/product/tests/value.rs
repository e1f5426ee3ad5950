//! The value that describes a product: its mistakes, of which each keeps its program from starting.

use std::process::ExitCode;
use std::time::Duration;

use palisade::Product;
use palisade::host::{self, Host, Upkeep};
use palisade_core::config::Settings as _;
use palisade_core::config::values::Count;
use palisade_core::identity::Console;
use palisade_modules::product::{Grant, Job, Progress};
use palisade_modules::user::types::Role;

palisade_core::permissions! {
    /// A word of a permission of Palisade.
    CATALOGUE;
    UserRead = "USER_READ", "see users";
}

palisade_core::error_codes! {
    /// A code of Palisade.
    ERRORS;
    NOT_FOUND = 404, "There is no such note", "The note does not exist.";
}

palisade_core::settings! {
    /// A variable of Palisade.
    struct WrongSettings in "Notes" {
        /// The port.
        port: Count<1, 9> = PORT default("1");
    }
}

const PURGE: Job =
    Job { name: "purge", every: Duration::ZERO, run: |_| Box::pin(async { Ok(Progress::Done) }) };

static WRONG: Product = Product {
    name: "",
    grants: &[Grant::from_role::<UserRead>(Role::User)],
    settings: &[WrongSettings::OWN],
    jobs: &[PURGE],
    errors: ERRORS,
    ..Product::PALISADE
};

#[test]
fn each_mistake_of_a_product_is_named() {
    assert_eq!(Product::PALISADE.mistakes(), [""; 0]);
    let said = WRONG.mistakes();
    let named = [
        "the name of the product has neither a letter nor a digit",
        "the setting PORT is declared twice",
        "USER_READ is granted twice: as that of `palisade_modules::permissions` and as that of `value`",
        "the job `purge` is declared twice",
        "the job `purge` must run every 1 s to 31 days",
        "the error code NOT_FOUND is declared twice",
    ];
    assert_eq!(said.len(), named.len(), "{said:?}");
    for (said, named) in said.iter().zip(named) {
        assert!(said.starts_with(named), "{said}");
    }
    assert_eq!(CATALOGUE.len(), 1);
}

/// The only test of this process that needs the console.
#[test]
fn no_program_of_a_product_with_a_mistake_runs() {
    let serve = async |_: Host| panic!("it serves");
    let ended = Console::take(|console| {
        [palisade::run(console, &WRONG), host::run(console, &WRONG, Upkeep::Continuous, serve)]
    });
    for ended in ended.unwrap() {
        assert_eq!(format!("{ended:?}"), format!("{:?}", ExitCode::FAILURE));
    }
}
