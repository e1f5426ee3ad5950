//! `GET /`: the address of the server. In development a start page, in production `HOME_URL` or a short page.

use palisade_core::errors::AppError;
use palisade_core::identity::{Local, Visitor};
use palisade_core::input::Nothing;
use palisade_core::limits::RELAXED;
use palisade_core::output::{BuiltInPage, Redirect};
use palisade_core::routes::{NewRoute, Route};

use crate::pages::{Front, Home, Start};

/// In development: the start page, which shows the setup link and so is only for this machine.
pub(crate) fn declare_start(route: NewRoute) -> Route<Start> {
    route.limit(RELAXED).loopback().no_input().handle(begin).summary(
        "The start page: links and the next steps. Development only, this machine only; in production `/` leads to \
         `HOME_URL`, or shows a short page.",
    )
}

/// In production without `HOME_URL`: a short page.
pub(crate) fn declare_front(route: NewRoute) -> Route<Front> {
    let route = route.limit(RELAXED).public().no_input().handle(greet);
    route.summary("A short page that says what this server is.")
}

/// In production: to `HOME_URL`.
pub(crate) fn declare_home(route: NewRoute) -> Route<Home> {
    let route = route.limit(RELAXED).public().no_input().handle(leave);
    route.summary("Leads to the home page of the product.")
}

async fn begin(start: Start, local: Local, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = start.page(local).await?;
    Ok(page)
}

async fn greet(front: Front, visitor: Visitor, _: Nothing) -> Result<BuiltInPage, AppError> {
    let page = front.page(visitor).await?;
    Ok(page)
}

async fn leave(home: Home, _: Visitor, _: Nothing) -> Result<Redirect, AppError> {
    let way = home.way().await?;
    Ok(way)
}
