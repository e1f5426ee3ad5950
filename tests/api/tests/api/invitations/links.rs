//! The mailed link: each single defect makes it worthless, and another link takes its place.

use palisade_modules::user::types::Name;

use super::*;

const BOSS: &str = "boss@example.org";

/// Refused, whatever the password, and not recognized.
#[track_caller]
fn assert_worthless(answers: &[Answer; 2], why: &str) {
    for answer in answers {
        assert!(answer.is_refusal(400, "TOKEN_INVALID"), "{why}: {}", answer.body);
    }
}

/// What accepting and what reading the link answer.
async fn both(world: &World, token: &str) -> [Answer; 2] {
    let accepted = accept(&mut world.browser(), token, CHOSEN).await;
    [accepted, world.browser().post(LINK, json!({ "token": token })).await]
}

#[tokio::test]
async fn each_single_defect_of_a_link_makes_it_worthless() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    assert_worthless(&both(&world, &"A".repeat(43)).await, "nobody made it");
    assert_worthless(&both(&world, "short").await, "no token");
    let asked = json!({"email": "eve@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post("/api/v1/auth/register", asked).await.status, 202);
    let other = world.mailed_token("eve@example.org").await;
    assert_eq!(code(&accept(&mut world.browser(), &other, CHOSEN).await), said(400, "TOKEN_INVALID"));

    let (id, token) = invited(&world, &mut root, "withdrawn@example.org", Role::User).await;
    assert_eq!(root.delete(&format!("{INVITATIONS}/{id}")).await.status, 200);
    assert_worthless(&both(&world, &token).await, "withdrawn");

    let (id, earlier) = invited(&world, &mut root, "resent@example.org", Role::User).await;
    let newest = sent_again(&world, &mut root, &id, ("resent@example.org", 2)).await;
    assert_worthless(&both(&world, &earlier).await, "a newer one took its place");
    assert_eq!(accept(&mut world.browser(), &newest, CHOSEN).await.status, 200);

    let (id, token) = invited(&world, &mut root, "taken@example.org", Role::Admin).await;
    world.advance(Duration::from_secs(1));
    let (mut other, asked) = (world.browser(), json!({"email": "taken@example.org", "password": PASSWORD}));
    assert_eq!(other.post("/api/v1/auth/register", asked).await.status, 202);
    let proof = token_of(&world.mails_to("taken@example.org", 2).await[0]);
    assert_eq!(other.post("/api/v1/auth/verify-email", json!({"token": proof})).await.status, 200);
    assert_worthless(&both(&world, &token).await, "a registration was proven first");
    let resent = root.post(&format!("{INVITATIONS}/{id}/resend"), Value::Null).await;
    assert_eq!(code(&resent), said(409, "EMAIL_TAKEN"));
    let mut first = sign_in(&world, "taken@example.org", PASSWORD).await;
    assert_eq!(first.get("/api/v1/users/me").await.at("/data/role"), json!("user"), "nothing was given");

    let (_, token) = invited(&world, &mut root, "late@example.org", Role::User).await;
    world.advance(Duration::from_hours(7 * 24).saturating_sub(Duration::from_secs(1)));
    assert_eq!(world.browser().post(LINK, json!({ "token": token })).await.status, 200);
    world.advance(Duration::from_secs(1));
    assert_worthless(&both(&world, &token).await, "expired");
}

#[tokio::test]
async fn an_inviter_who_may_no_longer_invite_leaves_no_way_in() {
    let world = World::new().await;
    world.super_admin(ROOT).await;
    let mut boss = somebody(&world, BOSS, Role::Admin).await;
    let person = |member: &str, value: Value| world.alter_person(BOSS, member, &value);
    let (_, token) = invited(&world, &mut boss, "guest@example.org", Role::Support).await;

    person("status", json!("suspended"));
    assert_worthless(&both(&world, &token).await, "suspended");
    person("status", json!("active"));
    person("role", json!("support"));
    assert_worthless(&both(&world, &token).await, "still with the permission, but not above the role");
    person("role", json!("user"));
    person("permissions", json!([]));
    assert_worthless(&both(&world, &token).await, "demoted to nothing");
    person("role", json!("admin"));
    assert_eq!(accept(&mut world.browser(), &token, CHOSEN).await.status, 200, "it was only that");

    let mut helper = somebody(&world, "helper@example.org", Role::Support).await;
    let (_, token) = invited(&world, &mut helper, "second@example.org", Role::User).await;
    world.alter_person("helper@example.org", "permissions", &json!([]));
    assert_worthless(&both(&world, &token).await, "above the role, but without the permission");
    world.alter_person("helper@example.org", "permissions", &json!(["USER_CREATE"]));
    assert_eq!(world.browser().post(LINK, json!({ "token": token })).await.status, 200);
    let mut helper = sign_in(&world, "helper@example.org", PASSWORD).await;
    assert_eq!(helper.json("DELETE", "/api/v1/users/me", json!({})).await.status, 200);
    assert_worthless(&both(&world, &token).await, "deleted");
}

#[tokio::test]
async fn an_acceptance_rests_on_the_inviter_as_they_were_read() {
    // Hashing takes so long that the inviter is suspended in the middle of it.
    let world = World::hashing_with(12, &[]).await;
    let mut root = world.super_admin(ROOT).await;
    let mut boss = somebody(&world, BOSS, Role::Admin).await;
    let (_, token) = invited(&world, &mut boss, "guest@example.org", Role::User).await;
    let (mut guest, sent) = (world.browser(), token.clone());
    let accepting = tokio::spawn(async move { accept(&mut guest, &sent, CHOSEN).await });
    let before = world.services.auth.hashing_rounds();
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(world.services.auth.hashing_rounds(), before, "the hash is under way");
    let (operator, boss_email) = (Operator::for_tests("test"), Email::parse(BOSS).unwrap());
    world.services.auth.administration.suspend(&operator, &boss_email).await.unwrap();
    assert_eq!(code(&accepting.await.unwrap()), said(400, "TOKEN_INVALID"));
    world.services.auth.administration.reactivate(&operator, &boss_email).await.unwrap();

    // And between the last look and the write there is no gap: the write names the state of the inviter.
    let id = root.get(&format!("{USERS}?q=boss")).await.at("/data/items/0/id").as_str().unwrap().to_owned();
    let path = format!("{USERS}/{id}");
    let before = root.get(&path).await.at("/data/revision").as_i64().unwrap();
    assert_eq!(accept(&mut world.browser(), &token, CHOSEN).await.status, 200);
    assert_eq!(root.get(&path).await.at("/data/revision").as_i64().unwrap(), before + 1);
}

#[tokio::test]
async fn whoever_sends_again_prolongs_the_invitation_and_vouches_for_it() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut boss = somebody(&world, BOSS, Role::Admin).await;
    let (id, first) = invited(&world, &mut boss, ADA, Role::User).await;
    world.advance(Duration::from_hours(6 * 24));
    let mut root_again = sign_in(&world, ROOT, PASSWORD).await;
    let ends =
        async |root: &mut Client| root.get(INVITATIONS).await.at("/data/items/0/expiresAt").to_string();
    let before = ends(&mut root_again).await;
    // The mailbox forgets after a day.
    let second = sent_again(&world, &mut root_again, &id, (ADA, 1)).await;
    let after = ends(&mut root_again).await;
    assert!(after > before, "{after} is later than {before}");
    let third = sent_again(&world, &mut root_again, &id, (ADA, 2)).await;
    for earlier in [&first, &second] {
        assert_worthless(&both(&world, earlier).await, "replaced");
    }
    // The first inviter is gone; the second one is there.
    world.alter_person(BOSS, "status", &json!("suspended"));
    world.advance(Duration::from_hours(6 * 24));
    let accepted = accept(&mut world.browser(), &third, CHOSEN).await;
    assert_eq!(accepted.status, 200, "{}", accepted.body);
    assert_eq!(root.get(INVITATIONS).await.status, 401, "the token of thirteen days ago");
}

#[tokio::test]
async fn over_the_budget_nothing_is_sent_and_the_link_before_stays_valid() {
    let world = World::set(&[("MAIL_BUDGET", "2/15m")]).await;
    let mut root = world.super_admin(ROOT).await;
    let (id, _) = invited(&world, &mut root, ADA, Role::User).await;
    let second = sent_again(&world, &mut root, &id, (ADA, 2)).await;
    world.advance(Duration::from_secs(1));
    let silent = root.post(&format!("{INVITATIONS}/{id}/resend"), Value::Null).await;
    assert_eq!(silent.status, 202, "{}", silent.body);
    assert_eq!(world.settled_mails_to(ADA).await.len(), 2);
    assert_eq!(accept(&mut world.browser(), &second, CHOSEN).await.status, 200);
}

#[tokio::test]
async fn a_password_that_breaks_the_rules_leaves_the_link_usable() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let (_, token) = invited(&world, &mut root, ADA, Role::User).await;
    for password in ["password", "passwordpassword", "ada@example.org 1815"] {
        let weak = accept(&mut world.browser(), &token, password).await;
        let field = weak.at("/error/details/0/field");
        assert_eq!((weak.status, field), (400, json!("password")), "{password}: {}", weak.body);
    }
    assert_eq!(accept(&mut world.browser(), &token, CHOSEN).await.status, 200);
}

/// A mistyped address must not be the way to every right for a week.
#[tokio::test]
async fn a_super_admin_withdraws_what_only_an_operator_gives() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let operator = Operator::for_tests("test");
    let invitations = &world.services.auth.invitations;
    let email = Email::parse(ADA).unwrap();
    invitations.invite_as_operator(&operator, (email, None), Role::SuperAdmin).await.unwrap();
    let token = world.mailed_token(ADA).await;
    let id = root.get(INVITATIONS).await.at("/data/items/0/id");
    let path = format!("{INVITATIONS}/{}", id.as_str().unwrap());
    assert_eq!(root.delete(&path).await.status, 200);
    assert_worthless(&both(&world, &token).await, "withdrawn");
}

#[tokio::test]
async fn the_operator_gives_any_role_and_a_super_admin_is_counted() {
    let world = World::new().await;
    world.made_super_admin(ROOT).await;
    let operator = Operator::for_tests("test");
    let (email, name) = (Email::parse(ADA).unwrap(), Name::parse("Ada").unwrap());
    let invitations = &world.services.auth.invitations;
    let made = invitations
        .invite_as_operator(&operator, (email.clone(), Some(name.clone())), Role::SuperAdmin)
        .await
        .unwrap();
    assert_eq!((made.role, made.invited_by), (Role::SuperAdmin, None));
    let again = invitations.invite_as_operator(&operator, (email, None), Role::User).await.unwrap_err();
    assert_eq!((again.status_code(), again.code().name), (409, "CONFLICT"));
    let root = Email::parse(ROOT).unwrap();
    let refused = invitations.invite_as_operator(&operator, (root, None), Role::User).await.unwrap_err();
    assert_eq!(refused.code().name, "EMAIL_TAKEN");

    let token = world.mailed_token(ADA).await;
    let user = accept(&mut world.browser(), &token, CHOSEN).await.at("/data/user");
    assert_eq!((&user["role"], &user["name"]), (&json!("super_admin"), &json!("Ada")));
    // Neither is the last one now.
    set_role(&world, ROOT, Role::User).await;
    let email = Email::parse(ADA).unwrap();
    let last = world.services.auth.administration.set_role(&operator, &email, Role::User).await;
    assert_eq!(last.unwrap_err().status_code(), 409);
}

#[tokio::test]
async fn a_mail_that_waited_is_not_sent_once_its_link_would_be_worthless() {
    let world = World::set(&[("MAIL_BUDGET_SERVER", "1/1h")]).await;
    let mut root = world.super_admin(ROOT).await;
    let mut boss = somebody(&world, BOSS, Role::Admin).await;
    invited(&world, &mut boss, "first@example.org", Role::User).await;
    // The budget of the hour is used up.
    assert_eq!(invite(&mut boss, "second@example.org", Role::User).await.status, 201);
    world.advance(Duration::from_secs(1));
    assert_eq!(invite(&mut root, "third@example.org", Role::User).await.status, 201);
    world.alter_person(BOSS, "status", &json!("suspended"));
    let asked = root.get(INVITATIONS).await.at("/data/items/0/expiresAt");
    let mailed = async |email: &str| world.mails().await.iter().any(|mail| mail["to"] == email);
    // Long enough for both, one in each hour.
    for _ in 0..60 {
        world.advance(Duration::from_mins(5));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert!(mailed("third@example.org").await, "it waited for its turn");
    assert!(!mailed("second@example.org").await, "nobody could accept it");
    let mut root = sign_in(&world, ROOT, PASSWORD).await;
    let sent = root.get(INVITATIONS).await.at("/data/items/0/expiresAt");
    assert!(sent.as_str().unwrap() > asked.as_str().unwrap(), "a link is valid for as long as its mail says");
}
