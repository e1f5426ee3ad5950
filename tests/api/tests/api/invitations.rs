//! Invitations: who may offer which role to whom, what the mailed link does, and that there is one account at the end.
#![expect(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod command_line;
mod links;
mod races;

use std::time::Duration;

use palisade_api_tests::world::{PASSWORD, token_of};
use palisade_api_tests::{Answer, Client, World};
use palisade_core::identity::Operator;
use palisade_modules::user::types::{Email, Role};
use serde_json::{Value, json};

const USERS: &str = "/api/v1/users";
const INVITATIONS: &str = "/api/v1/invitations";
const ACCEPT: &str = "/api/v1/auth/accept-invitation";
const LINK: &str = "/api/v1/auth/link";
const LOGIN: &str = "/api/v1/auth/login";
const ROOT: &str = "root@example.org";
const ADA: &str = "ada@example.org";
const CHOSEN: &str = "a bridge made of starlings";

async fn invite(browser: &mut Client, email: &str, role: Role) -> Answer {
    browser.post(USERS, json!({"email": email, "role": role.as_str()})).await
}

/// Invites and gives the id of the invitation and the mailed token.
async fn invited(world: &World, browser: &mut Client, email: &str, role: Role) -> (String, String) {
    let answer = invite(browser, email, role).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.at("/data/invitation/id").as_str().unwrap().to_owned();
    (id, world.mailed_token(email).await)
}

/// Sends an invitation again and gives the token of the mail that follows, the `count`th to the address.
async fn sent_again(world: &World, browser: &mut Client, id: &str, (email, count): (&str, usize)) -> String {
    world.advance(Duration::from_secs(1));
    let answer = browser.post(&format!("{INVITATIONS}/{id}/resend"), Value::Null).await;
    assert_eq!((answer.status, answer.at("/data")), (202, json!({})), "{}", answer.body);
    token_of(&world.mails_to(email, count).await[0])
}

async fn accept(browser: &mut Client, token: &str, password: &str) -> Answer {
    browser.post(ACCEPT, json!({"token": token, "password": password})).await
}

fn code(answer: &Answer) -> (u16, String) {
    (answer.status, if answer.status < 300 { String::new() } else { answer.code() })
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

async fn set_role(world: &World, email: &str, role: Role) {
    let operator = Operator::for_tests("test");
    let email = Email::parse(email).unwrap();
    world.services.auth.administration.set_role(&operator, &email, role).await.unwrap();
}

async fn sign_in(world: &World, email: &str, password: &str) -> Client {
    let mut browser = world.browser();
    let answer = browser.post(LOGIN, json!({"email": email, "password": password})).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    browser
}

/// Somebody with this role, and with the permission to invite whatever the role.
async fn somebody(world: &World, email: &str, role: Role) -> Client {
    world.registered(&mut world.browser(), email).await;
    set_role(world, email, role).await;
    world.alter_person(email, "permissions", &json!(["USER_CREATE"]));
    sign_in(world, email, PASSWORD).await
}

#[tokio::test]
async fn an_invitation_leads_from_the_mail_to_a_sign_in_with_its_role() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let asked = json!({"email": " Ada@EXAMPLE.org", "name": "Visit evil.example", "role": "support"});
    let answer = root.post(USERS, asked).await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let invitation = answer.at("/data/invitation");
    assert_eq!((&invitation["email"], &invitation["role"]), (&json!(ADA), &json!("support")));
    assert_eq!(invitation["invitedBy"], root.get("/api/v1/users/me").await.at("/data/id"));
    assert_eq!(root.get(INVITATIONS).await.at("/data/items"), json!([invitation]));
    assert_eq!(world.database.values("users").len(), 1, "nobody exists before the link is accepted");

    let mail = world.mail_to(ADA).await;
    for told in ["evil.example", ROOT, "Visit"] {
        assert!(!mail.to_string().contains(told), "the mailbox is not proven: {mail}");
    }
    assert!(mail["links"][0].as_str().unwrap().contains("/account/accept-invitation#token="), "{mail}");
    let token = token_of(&mail);
    let read = world.browser().post(LINK, json!({ "token": token })).await.at("/data");
    let expected = json!({"purpose": "invitation", "email": ADA, "passwordRequired": true, "used": false});
    assert_eq!(read, expected);

    let mut ada = world.browser();
    let accepted = accept(&mut ada, &token, CHOSEN).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    let user = accepted.at("/data/user");
    assert_eq!((&user["email"], &user["role"]), (&json!(ADA), &json!("support")));
    assert_eq!((&user["name"], &user["status"]), (&json!("Visit evil.example"), &json!("active")));
    assert!(ada.cookie("palisade-access").is_none(), "a link signs nobody in");
    assert_eq!(root.get(INVITATIONS).await.at("/data/items"), json!([]));

    // The browser that used it may repeat itself for ten minutes, and nobody else.
    let again = accept(&mut ada, &token, "another one entirely").await;
    assert_eq!((again.status, again.at("/data/user")), (200, user.clone()), "{}", again.body);
    let read = ada.post(LINK, json!({ "token": token })).await.at("/data");
    assert_eq!(read, json!({"purpose": "invitation", "email": ADA, "passwordRequired": false, "used": true}));
    for password in [CHOSEN, "another one entirely"] {
        assert_eq!(code(&accept(&mut world.browser(), &token, password).await), said(400, "TOKEN_INVALID"));
    }
    let mut signed_in = sign_in(&world, ADA, CHOSEN).await;
    assert_eq!(signed_in.get(INVITATIONS).await.status, 200, "support sees invitations");
    assert_eq!(code(&invite(&mut signed_in, "bob@example.org", Role::User).await), said(403, "FORBIDDEN"));
    world.advance(Duration::from_mins(11));
    assert_eq!(code(&accept(&mut ada, &token, CHOSEN).await), said(400, "TOKEN_INVALID"));
}

#[tokio::test]
async fn a_name_from_the_invited_person_goes_first_and_a_role_is_optional() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let answer = root.post(USERS, json!({"email": ADA, "name": "Mrs. King"})).await;
    assert_eq!(answer.at("/data/invitation/role"), json!("user"), "{}", answer.body);
    let token = world.mailed_token(ADA).await;
    let body = json!({"token": token, "password": CHOSEN, "name": "Ada"});
    let user = world.browser().post(ACCEPT, body).await.at("/data/user");
    assert_eq!((&user["name"], &user["role"]), (&json!("Ada"), &json!("user")));
}

#[tokio::test]
async fn one_gives_and_takes_only_roles_below_ones_own() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    for own in Role::ALL.iter().copied() {
        let address = format!("{own}@example.org").replace('_', "-");
        let mut browser =
            if own == Role::SuperAdmin { root.clone() } else { somebody(&world, &address, own).await };
        for role in Role::ALL.iter().copied() {
            let email = format!("{own}.{role}@example.net");
            let answer = invite(&mut browser, &email, role).await;
            if role < own {
                assert_eq!(answer.status, 201, "{own} gives {role}: {}", answer.body);
                continue;
            }
            assert_eq!(code(&answer), said(403, "FORBIDDEN"), "{own} gives {role}");
            let message = answer.at("/error/message").to_string();
            assert!(message.contains(&format!("`{role}`")), "{message}");
            // What somebody else gave is out of reach as well.
            if role == Role::SuperAdmin {
                continue;
            }
            let answer = invite(&mut root, &email, role).await;
            assert_eq!(answer.status, 201, "{}", answer.body);
            let path = format!("{INVITATIONS}/{}", answer.at("/data/invitation/id").as_str().unwrap());
            let taken =
                [browser.delete(&path).await, browser.post(&format!("{path}/resend"), Value::Null).await];
            for answer in taken {
                assert_eq!(code(&answer), said(403, "FORBIDDEN"), "{own} and {role}: {}", answer.body);
            }
        }
    }
    assert_eq!(world.database.values("invitations").len(), 12, "each giver and each role that was given");
}

#[tokio::test]
async fn an_address_with_an_account_or_with_an_invitation_is_not_invited() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    assert_eq!(code(&invite(&mut root, "ADA@example.org", Role::User).await), said(409, "EMAIL_TAKEN"));
    // Whoever was deleted holds the address until the purge.
    assert_eq!(ada.json("DELETE", "/api/v1/users/me", json!({})).await.status, 200);
    assert_eq!(code(&invite(&mut root, ADA, Role::User).await), said(409, "EMAIL_TAKEN"));

    let (id, first) = invited(&world, &mut root, "bob@xn--bcher-kva.example", Role::User).await;
    for spelling in ["bob@bücher.example", " BOB@BÜCHER.EXAMPLE ", "bob@xn--bcher-kva.example"] {
        let pending = invite(&mut root, spelling, Role::Admin).await;
        assert_eq!(code(&pending), said(409, "CONFLICT"), "{spelling}");
        assert!(pending.body.contains("withdraw it first"), "{}", pending.body);
    }
    assert_eq!(root.delete(&format!("{INVITATIONS}/{id}")).await.at("/data"), json!({}));
    assert_eq!(invite(&mut root, "bob@bücher.example", Role::Admin).await.status, 201);
    assert_eq!(code(&accept(&mut world.browser(), &first, CHOSEN).await), said(400, "TOKEN_INVALID"));
    // One that nobody accepted does not block the address for ever.
    world.advance(Duration::from_hours(7 * 24 + 1));
    let mut root = sign_in(&world, ROOT, PASSWORD).await;
    assert_eq!(root.get(INVITATIONS).await.at("/data/items"), json!([]));
    assert_eq!(invite(&mut root, "bob@bücher.example", Role::Admin).await.status, 201);
}

#[tokio::test]
async fn an_unknown_invitation_is_not_there_and_a_malformed_id_is_no_id() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let (id, _) = invited(&world, &mut root, ADA, Role::User).await;
    assert_eq!(root.delete(&format!("{INVITATIONS}/{id}")).await.status, 200);
    for (id, refused) in [
        (id.as_str(), said(404, "NOT_FOUND")),
        ("inv_01890000000070008000000000000001", said(404, "NOT_FOUND")),
        ("usr_01890000000070008000000000000001", said(400, "VALIDATION_FAILED")),
    ] {
        let path = format!("{INVITATIONS}/{id}");
        assert_eq!(code(&root.delete(&path).await), refused, "{id}");
        let resent = root.post(&format!("{path}/resend"), Value::Null).await;
        assert_eq!(code(&resent), refused, "{id}");
    }
}

#[tokio::test]
async fn pages_of_invitations_miss_and_repeat_none_newest_first() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut expected = Vec::new();
    for n in 0..25 {
        let email = format!("guest{n}@example.org");
        assert_eq!(invite(&mut root, &email, Role::User).await.status, 201);
        expected.insert(0, email);
        world.advance(Duration::from_millis(1));
    }
    let (mut found, mut path) = (Vec::new(), format!("{INVITATIONS}?limit=10"));
    let mut pages = 0;
    loop {
        let page = root.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        let items = page.at("/data/items");
        found.extend(items.as_array().unwrap().iter().map(|item| item["email"].as_str().unwrap().to_owned()));
        pages += 1;
        let cursor = page.at("/meta/page/nextCursor");
        let Some(cursor) = cursor.as_str() else { break };
        path = format!("{INVITATIONS}?limit=10&cursor={cursor}");
        if pages == 1 {
            let elsewhere = root.get(&format!("{USERS}?limit=10&cursor={cursor}")).await;
            assert_eq!(elsewhere.details(), ["cursor:invalid_format"]);
        }
    }
    assert_eq!((found, pages), (expected, 3));
    assert_eq!(root.get(&format!("{INVITATIONS}?limit=101")).await.details(), ["limit:out_of_range"]);
    assert!(!world.program().get(INVITATIONS).await.body.contains("guest"), "401 for strangers");
}
