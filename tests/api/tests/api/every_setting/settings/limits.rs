//! The limit of each policy: a limit that is higher by one lets one more request pass.

use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use serde_json::{Value, json};

use super::{ME, RESEND, VERIFY, refresh, sign_in};

const CHANGE: &str = "/api/v1/auth/change-password";

/// How many requests pass before one is refused.
async fn passes(mut ask: impl AsyncFnMut(usize) -> u16) -> usize {
    for turn in 0..40 {
        if ask(turn).await == 429 {
            return turn;
        }
    }
    panic!("none of 40 was refused");
}

/// Sets a limit to 3 and to 5, and holds that so many of these requests pass.
async fn holds(variable: &str, window: &str, ask: impl AsyncFn(&World, usize) -> u16) {
    for limit in [3, 5] {
        let world = World::set(&[(variable, &format!("{limit}/{window}"))]).await;
        assert_eq!(passes(async |turn| ask(&world, turn).await).await, limit, "{variable}");
    }
}

async fn get(world: &World, path: &str) -> u16 {
    world.program().get(path).await.status
}

/// A sign-in that fails, at an account of its own.
async fn fails_somewhere(world: &World, turn: usize) -> u16 {
    sign_in(&mut world.browser(), &format!("nobody{turn}@example.org"), "wrong").await.status
}

async fn fails_at_ada(world: &World, _: usize) -> u16 {
    sign_in(&mut world.browser(), "ada@example.org", "wrong").await.status
}

async fn registers(world: &World, turn: usize) -> u16 {
    super::register(world, &format!("somebody{turn}@example.org")).await.status
}

#[tokio::test]
async fn rate_limit_strict_is_what_the_policies_of_credentials_start_from() {
    holds("RATE_LIMIT_STRICT", "60s", registers).await;
    holds("RATE_LIMIT_STRICT", "60s", fails_somewhere).await;
}

#[tokio::test]
async fn rate_limit_normal_bounds_a_user() {
    for limit in [3, 5] {
        let world = World::set(&[("RATE_LIMIT_NORMAL", &format!("{limit}/60s"))]).await;
        let mut ada = world.user("ada@example.org").await;
        assert_eq!(passes(async |_| ada.get(ME).await.status).await, limit);
    }
}

#[tokio::test]
async fn rate_limit_normal_network_bounds_a_network() {
    for limit in [3, 5] {
        let world = World::set(&[("RATE_LIMIT_NORMAL_NETWORK", &format!("{limit}/60s"))]).await;
        let mut ada = world.user("ada@example.org").await;
        assert_eq!(passes(async |_| ada.get(ME).await.status).await, limit);
    }
}

#[tokio::test]
async fn rate_limit_relaxed_bounds_what_is_public_and_cheap() {
    holds("RATE_LIMIT_RELAXED", "60s", async |world, _| get(world, "/docs").await).await;
}

#[tokio::test]
async fn rate_limit_probe_bounds_probes() {
    holds("RATE_LIMIT_PROBE", "60s", async |world, _| get(world, "/api/v1/health/live").await).await;
}

#[tokio::test]
async fn rate_limit_api_key_bounds_a_key() {
    for limit in [3, 5] {
        let world = World::set(&[("RATE_LIMIT_API_KEY", &format!("{limit}/60s"))]).await;
        let mut root = world.super_admin("root@example.org").await;
        let wish = json!({"name": "Nightly export", "permissions": ["USER_READ"], "expiresIn": 3600});
        let key = root.post("/api/v1/api-keys", wish).await.at("/data/secret");
        let presented = format!("Bearer {}", key.as_str().unwrap());
        let mut program = world.program().with_header("Authorization", &presented);
        assert_eq!(passes(async |_| program.get("/api/v1/users").await.status).await, limit);
    }
}

#[tokio::test]
async fn rate_limit_cron_bounds_jobs() {
    holds("RATE_LIMIT_CRON", "60s", async |world, _| get(world, "/api/v1/cron/keys").await).await;
}

#[tokio::test]
async fn rate_limit_refused_bounds_what_leads_nowhere() {
    holds("RATE_LIMIT_REFUSED", "60s", async |world, _| get(world, "/nowhere").await).await;
}

#[tokio::test]
async fn rate_limit_login_bounds_sign_ins_of_a_network() {
    holds("RATE_LIMIT_LOGIN", "60s", fails_somewhere).await;
}

#[tokio::test]
async fn rate_limit_register_bounds_registrations_of_a_network() {
    holds("RATE_LIMIT_REGISTER", "60s", registers).await;
}

#[tokio::test]
async fn rate_limit_mail_bounds_what_asks_for_a_mail() {
    let asks = async |world: &World, _: usize| {
        world.program().post(RESEND, json!({"email": "ada@example.org"})).await.status
    };
    holds("RATE_LIMIT_MAIL", "60s", asks).await;
}

#[tokio::test]
async fn rate_limit_token_bounds_what_redeems_a_link() {
    let redeems =
        async |world: &World, _: usize| world.browser().post(VERIFY, json!({"token": "a"})).await.status;
    holds("RATE_LIMIT_TOKEN", "60s", redeems).await;
}

#[tokio::test]
async fn rate_limit_password_bounds_what_proves_a_password_behind_a_session() {
    let proves = async |world: &World, _: usize| world.browser().post(CHANGE, wrong()).await.status;
    holds("RATE_LIMIT_PASSWORD", "60s", proves).await;
}

#[tokio::test]
async fn rate_limit_password_user_bounds_it_for_a_user() {
    for limit in [3, 5] {
        let world = World::set(&[("RATE_LIMIT_PASSWORD_USER", &format!("{limit}/15m"))]).await;
        let mut ada = world.user("ada@example.org").await;
        assert_eq!(passes(async |_| ada.post(CHANGE, wrong()).await.status).await, limit);
    }
}

fn wrong() -> Value {
    json!({"currentPassword": "not the password", "newPassword": "a bridge made of starlings"})
}

#[tokio::test]
async fn rate_limit_refresh_network_bounds_going_on_with_a_session() {
    let refreshes = async |world: &World, _: usize| refresh(&mut world.browser()).await.status;
    holds("RATE_LIMIT_REFRESH_NETWORK", "60s", refreshes).await;
}

#[tokio::test]
async fn rate_limit_login_account_bounds_sign_ins_of_an_account_from_unknown_devices() {
    holds("RATE_LIMIT_LOGIN_ACCOUNT", "15m", fails_at_ada).await;
}

#[tokio::test]
async fn rate_limit_login_account_day_bounds_them_in_the_long_run() {
    holds("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "1d", fails_at_ada).await;
}

#[tokio::test]
async fn rate_limit_login_network_bounds_sign_ins_of_a_network_in_the_long_run() {
    holds("RATE_LIMIT_LOGIN_NETWORK", "1h", fails_somewhere).await;
}

/// A browser that is known to the account of Ada.
async fn known(world: &World) -> Client {
    world.super_admin("ada@example.org").await
}

#[tokio::test]
async fn rate_limit_login_device_bounds_sign_ins_from_a_known_device() {
    for limit in [3, 5] {
        let world = World::set(&[("RATE_LIMIT_LOGIN_DEVICE", &format!("{limit}/15m"))]).await;
        let mut ada = known(&world).await;
        let again = async |_| sign_in(&mut ada, "ada@example.org", PASSWORD).await.status;
        assert_eq!(passes(again).await, limit);
    }
}

#[tokio::test]
async fn rate_limit_login_device_failing_bounds_failures_under_a_known_device() {
    for limit in [3, 5] {
        let failing = format!("{limit}/1d");
        let world = World::set(&[
            ("RATE_LIMIT_LOGIN_DEVICE_FAILING", &failing),
            ("RATE_LIMIT_LOGIN_ACCOUNT", "1/15m"),
        ])
        .await;
        let mut ada = known(&world).await;
        // Once it counts as unknown it shares what unknown devices have, which its first sign-in used up.
        let again = async |_| sign_in(&mut ada, "ada@example.org", "wrong").await.status;
        assert_eq!(passes(again).await, limit);
    }
}

/// How many accounts sign-ins of one wide network can fail at, with this limit and this rest.
async fn sprayed(spray: &str, spraying: &str) -> usize {
    let variables = [("RATE_LIMIT_LOGIN_SPRAY", spray), ("RATE_LIMIT_LOGIN_SPRAYING", spraying)];
    let world = World::set(&variables).await;
    passes(async |turn| fails_somewhere(&world, turn).await).await
}

#[tokio::test]
async fn rate_limit_login_spray_bounds_the_accounts_that_one_password_is_tried_at() {
    assert_eq!((sprayed("3/10m", "1/60s").await, sprayed("5/10m", "1/60s").await), (4, 6));
}

#[tokio::test]
async fn rate_limit_login_spraying_is_what_is_left_of_a_network_that_sprays() {
    assert_eq!((sprayed("3/10m", "1/60s").await, sprayed("3/10m", "4/60s").await), (4, 7));
}
