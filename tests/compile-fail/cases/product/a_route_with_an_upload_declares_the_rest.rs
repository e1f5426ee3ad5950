//! A route with an upload has a limit, an access rule and an input like any other, and its file has a bound.

use std::sync::Arc;

use palisade_core::errors::AppError;
use palisade_core::files::FileStore;
use palisade_core::identity::Visitor;
use palisade_core::input::{Nothing, Upload, Uploaded};
use palisade_core::limits::NORMAL;
use palisade_core::output::Accepted;
use palisade_core::routes::post;

pub fn without_input(store: Arc<dyn FileStore>) {
    post("/files").limit(NORMAL).public().uploads(store, Upload::of("file", 1000)).handle(take);
}

pub fn without_access(store: Arc<dyn FileStore>) {
    post("/files").limit(NORMAL).no_input().uploads(store, Upload::of("file", 1000)).handle(take);
}

pub fn without_bound(store: Arc<dyn FileStore>) {
    post("/files").limit(NORMAL).public().no_input().uploads(store, Upload::of("file")).handle(take);
}

async fn take(_: (), _: Visitor, _: Uploaded<Nothing>) -> Result<Accepted, AppError> {
    Ok(Accepted::new())
}
