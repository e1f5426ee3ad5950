//! The trial of a provider for an operator.

use serde_json::json;

use super::world::World;
use crate::oauth::Probe;
use crate::outbound::test_server::Reply;

const REDIRECT: &str = "https://app.example.org/callback";

async fn probe(world: &World) -> Probe {
    world.provider().probe(REDIRECT).await
}

fn refusing(status: u16, code: &str) -> Reply {
    Reply::new(status, "application/json", json!({ "error": code }).to_string())
}

#[tokio::test]
async fn a_provider_that_refuses_only_the_code_works() {
    for (status, code) in [(400, "invalid_grant"), (403, "invalid_code"), (200, "bad_verification_code")] {
        let world = World::oidc(&[]).await;
        world.server.reply("/token", refusing(status, code));
        let found = probe(&world).await;
        assert_eq!((found.fails.len(), found.doubts.len(), found.works.len()), (0, 0, 3), "{found:?}");
        assert!(found.works[2].contains("`basic`"), "{found:?}");
    }
    let world = World::preset("github").await;
    world.server.reply("/login/oauth/access_token", refusing(200, "bad_verification_code"));
    let found = probe(&world).await;
    assert_eq!((found.fails.len(), found.works.len()), (0, 1), "{found:?}");
    assert!(found.works[0].contains("`post`"), "{found:?}");
    assert_eq!(world.server.received("/login/oauth/access_token")[0].form()["redirect_uri"], REDIRECT);
}

#[tokio::test]
async fn what_keeps_people_out_is_said() {
    for (path, reply, expected) in [
        ("/token", refusing(401, "invalid_client"), "does not take the id and secret"),
        ("/token", refusing(400, "invalid_client"), "does not take the id and secret"),
        ("/token", Reply::new(401, "text/html", "<h1>no</h1>"), "does not take the id and secret"),
        ("/token", refusing(200, "redirect_uri_mismatch"), REDIRECT),
        ("/token", Reply::new(500, "text/html", ""), "exchanging a code"),
        ("/keys", Reply::json(&json!({"keys": [{"kty": "oct", "k": "AA"}]})), "no key"),
        ("/keys", Reply::new(404, "text/html", ""), "the provider's keys"),
        ("/.well-known/openid-configuration", Reply::new(404, "text/html", ""), "the right one?"),
        ("/.well-known/openid-configuration", Reply::json(&json!({})), "lacks a member"),
    ] {
        let world = World::oidc(&[]).await;
        world.server.reply("/token", refusing(400, "invalid_grant"));
        world.server.reply(path, reply);
        let found = probe(&world).await;
        assert_eq!((found.fails.len(), found.doubts.len()), (1, 0), "{found:?}");
        assert!(found.fails[0].contains(expected), "{found:?}");
        assert!(!format!("{found:?}").contains("a-client-secret"));
    }
}

#[tokio::test]
async fn what_may_keep_people_out_is_a_doubt() {
    let world = World::oidc(&[]).await;
    world.server.reply("/token", refusing(400, "invalid_request"));
    let date =
        |date: &str| Reply { headers: vec![("Date", date.to_owned())], ..Reply::json(&world.document()) };
    for (shown, doubts) in [
        ("Fri, 15 Jan 2027 08:00:30 GMT", 1),
        ("Fri, 15 Jan 2027 08:00:31 GMT", 2),
        ("Fri, 15 Jan 2027 07:00:00 GMT", 2),
        ("yesterday", 1),
    ] {
        world.server.reply("/.well-known/openid-configuration", date(shown));
        let found = probe(&world).await;
        assert_eq!((found.fails.len(), found.doubts.len()), (0, doubts), "{shown}: {found:?}");
    }
    // One that takes everything.
    let careless = World::oidc(&[]).await;
    assert!(probe(&careless).await.doubts[0].contains("never gave"));
}
