//! Repeatable routes that a product must not be able to mount.

use palisade_core::errors::AppError;
use palisade_core::identity::{AuthenticatedUser, Visitor};
use palisade_core::input::{Nothing, Repeatable};
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::{Mount, NewRoute, Route, Routes, get, patch, post, put};

async fn ordered((): (), _: AuthenticatedUser, _: Repeatable<Nothing>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

async fn anyone((): (), _: Visitor, _: Repeatable<Nothing>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}

fn mistakes(route: Route<()>) -> Vec<String> {
    Mount::new().at("", Routes::new().add(route), ()).finish().map_or_else(|error| error.0, |_| Vec::new())
}

#[test]
fn what_can_be_repeated_anyway_needs_no_key() {
    let route =
        |begin: NewRoute| mistakes(begin.limit(NORMAL).session().no_input().repeatable().handle(ordered));
    for fine in [post("/orders"), patch("/orders")] {
        assert_eq!(route(fine), [""; 0]);
    }
    for wrong in [get("/orders"), put("/orders")] {
        let said = route(wrong);
        assert!(said.len() == 1 && said[0].contains("can be repeated anyway"), "{said:?}");
    }
}

#[test]
fn a_key_belongs_to_a_caller_who_is_known() {
    let said = mistakes(post("/orders").limit(NORMAL).public().no_input().repeatable().handle(anyone));
    assert!(said.len() == 1 && said[0].contains("two strangers"), "{said:?}");
}
