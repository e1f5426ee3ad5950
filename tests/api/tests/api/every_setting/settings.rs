//! The effect of each setting, by the sections of the documentation.

mod accounts;
mod application;
mod languages;
mod limit_store;
mod limits;
mod mail;
mod server;
mod store;
mod webhooks;

use std::time::Duration;

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Answer, Client, World, until};
use serde_json::{Value, json};

const LOGIN: &str = "/api/v1/auth/login";
const REGISTER: &str = "/api/v1/auth/register";
const RESEND: &str = "/api/v1/auth/resend-verification";
const VERIFY: &str = "/api/v1/auth/verify-email";
const REFRESH: &str = "/api/v1/auth/refresh";
const ME: &str = "/api/v1/users/me";

const DAY: Duration = Duration::from_hours(24);

/// A sign-in with this password.
async fn sign_in(browser: &mut Client, email: &str, password: &str) -> Answer {
    browser.post(LOGIN, json!({"email": email, "password": password})).await
}

async fn register(world: &World, email: &str) -> Answer {
    world.program().post(REGISTER, json!({"email": email, "password": PASSWORD})).await
}

async fn refresh(browser: &mut Client) -> Answer {
    browser.post(REFRESH, Value::Null).await
}
