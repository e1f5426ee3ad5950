//! Who may act as whom, and what nobody may do meanwhile.

use palisade_api_tests::Route;
use palisade_api_tests::routes::Gate;
use palisade_core::routes::AccessKind;
use palisade_modules::permissions::CATALOGUE;

use super::*;

/// Who asks, and the answers about a user of each role: all have the permission and sign in just now.
const RANKS: [(Role, [u16; 4]); 4] = [
    (Role::User, [403, 403, 403, 403]),
    (Role::Support, [200, 403, 403, 403]),
    (Role::Admin, [200, 200, 403, 403]),
    (Role::SuperAdmin, [200, 200, 200, 403]),
];

#[tokio::test]
async fn one_acts_only_as_users_of_a_lower_rank() {
    let world = World::new().await;
    world.made_super_admin(ROOT).await;
    let mut subjects = Vec::new();
    for role in Role::ALL {
        let email = format!("{}@example.com", role.as_str().replace('_', "-"));
        subjects.push(id_of(&somebody(&world, &email, *role, &[]).await).await);
    }
    let mut expected = 0;
    for (role, answers) in RANKS {
        let email = format!("{}@example.net", role.as_str().replace('_', "-"));
        let actor = somebody(&world, &email, role, &["USER_IMPERSONATE"]).await;
        for (subject, status) in subjects.iter().zip(answers) {
            let mut browser = actor.clone();
            let answer = act_as(&mut browser, subject).await;
            assert_eq!(answer.status, status, "{role} as {subject}: {}", answer.body);
            if status == 200 {
                assert_eq!(id_of(&browser).await, *subject);
                assert_eq!(browser.delete(END).await.status, 200);
            } else {
                expected += 1;
                assert_eq!(answer.code(), "FORBIDDEN");
            }
        }
    }
    let told = events(&world, "impersonation.started").await;
    let refused = told.iter().filter(|event| event["outcome"] == "refused").count();
    assert_eq!((refused, told.len()), (expected, 16), "each attempt has its event");
}

#[tokio::test]
async fn only_a_super_admin_has_the_permission_by_role() {
    let world = World::new().await;
    let ada = id_of(&world.user(ADA).await).await;
    for role in [Role::User, Role::Support, Role::Admin] {
        let mut browser = somebody(&world, &format!("{role}@example.com"), role, &[]).await;
        assert_eq!(code(&act_as(&mut browser, &ada).await), refused(403, "FORBIDDEN"), "{role}");
    }
}

#[tokio::test]
async fn nobody_acts_as_themselves_or_as_a_user_who_is_suspended_or_gone() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let own = id_of(&root).await;
    let answer = act_as(&mut root, &own).await;
    assert_eq!(code(&answer), refused(403, "FORBIDDEN"));
    assert!(answer.at("/error/message").as_str().unwrap().contains("yourself"), "{}", answer.body);
    let ada = id_of(&world.user(ADA).await).await;
    assert_eq!(root.post(&format!("{USERS}/{ada}/suspend"), Value::Null).await.status, 200);
    assert_eq!(code(&act_as(&mut root, &ada).await), refused(409, "CONFLICT"));
    assert_eq!(root.delete(&format!("{USERS}/{ada}")).await.status, 200);
    assert_eq!(code(&act_as(&mut root, &ada).await), refused(404, "NOT_FOUND"));
    assert_eq!(id_of(&root).await, own);
}

#[tokio::test]
async fn one_does_not_gain_a_permission_by_acting_as_somebody_who_has_it() {
    let world = World::new().await;
    world.made_super_admin(ROOT).await;
    let mut support = somebody(&world, "support@example.com", Role::Support, &["USER_IMPERSONATE"]).await;
    let ada = id_of(&somebody(&world, ADA, Role::User, &["AUDIT_READ", "USER_READ"]).await).await;
    let answer = act_as(&mut support, &ada).await;
    assert_eq!(code(&answer), refused(403, "FORBIDDEN"));
    assert!(answer.at("/error/message").as_str().unwrap().contains("`AUDIT_READ`"), "{}", answer.body);
    let told = events(&world, "impersonation.started").await;
    assert_eq!((told.len(), &told[0]["outcome"]), (1, &json!("refused")));
    assert_eq!((&told[0]["userId"], &told[0]["target"]), (&json!(ada), &Value::Null));

    world.alter_person(ADA, "permissions", &json!(["USER_READ"]));
    assert_eq!(act_as(&mut support, &ada).await.status, 200, "what one has anyway is no gain");
    assert_eq!(support.get(USERS).await.status, 200);
}

#[tokio::test]
async fn whoever_signed_in_long_ago_gives_the_password() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let path = format!("{USERS}/{}/impersonate", id_of(&world.user(ADA).await).await);
    world.advance(Duration::from_mins(11));
    assert_eq!(root.post(REFRESH, Value::Null).await.status, 200);
    for stale in [json!({}), json!({"password": "not the password"})] {
        assert_eq!(code(&root.post(&path, stale).await), refused(403, "REAUTHENTICATION_REQUIRED"));
    }
    assert_eq!(root.post(&path, json!({"password": PASSWORD})).await.status, 200);
}

/// What is for the person alone, and what one does about others in one's own name.
#[tokio::test]
async fn meanwhile_nothing_is_done_that_needs_a_person() {
    let world = World::new().await;
    world.made_super_admin(ROOT).await;
    let every: Vec<&str> = CATALOGUE.iter().map(|name| name.as_str()).collect();
    let helper = id_of(&somebody(&world, "helper@example.com", Role::Support, &every).await).await;
    let ada = id_of(&world.user(ADA).await).await;
    let mut acting = world.sign_in(ROOT).await;
    assert_eq!(act_as(&mut acting, &helper).await.status, 200);
    // An invitation and a webhook that are there.
    let mut root = world.sign_in(ROOT).await;
    let invited = root.post(USERS, json!({"email": "guest@example.org"})).await;
    let invitation = invited.at("/data/invitation/id").as_str().unwrap().to_owned();
    let created = root.post("/api/v1/webhooks", json!({"url": "https://app.example.org/"})).await;
    let webhook = created.at("/data/webhook/id").as_str().unwrap().to_owned();

    let (mut in_person, mut on_others, mut read) = (Vec::new(), Vec::new(), 0);
    for route in Route::all(&world) {
        let is_change = route.gate() == Gate::Permitted && route.reads_a_body();
        let id = match route.template.split('/').nth(3) {
            Some("invitations") => &invitation,
            Some("webhooks") => &webhook,
            _ => &ada,
        };
        let names_one = route.template.contains("{id}") && route.gate() == Gate::Permitted;
        let request = if names_one { route.request().with_path("id", id) } else { route.request() };
        let is_in_person = route.declared.access.is_in_person();
        assert!(
            is_in_person || !is_change,
            "{route} does something about others without a proof of a person"
        );
        if is_in_person {
            let answer = request.send(&mut acting).await;
            assert_eq!(code(&answer), refused(403, "IMPERSONATING"), "{route}: {}", answer.body);
            let on_other = route.declared.access == AccessKind::PermissionInPerson;
            let list = if on_other { &mut on_others } else { &mut in_person };
            list.push(route.to_string());
        } else if matches!(route.gate(), Gate::SignedIn | Gate::Permitted) {
            let answer = request.send(&mut acting).await;
            assert_eq!(answer.status, 200, "{route}: {}", answer.body);
            read += 1;
        }
    }
    in_person.sort_unstable();
    let expected = [
        "DELETE /api/v1/api-keys/{id}",
        "DELETE /api/v1/auth/identities/{id}",
        "DELETE /api/v1/auth/sessions/{id}",
        "DELETE /api/v1/users/me",
        "GET /api/v1/api-keys",
        "GET /api/v1/auth/identities",
        "GET /api/v1/auth/sessions",
        "POST /api/v1/api-keys",
        "POST /api/v1/auth/change-email",
        "POST /api/v1/auth/change-password",
        "POST /api/v1/auth/confirm-email",
        "POST /api/v1/auth/logout-all",
        "POST /api/v1/auth/oauth/{provider}/link",
        "POST /api/v1/users/{id}/impersonate",
    ];
    assert_eq!(in_person, expected);
    assert_eq!((on_others.len(), read), (17, 13), "{on_others:?}");
    // A password proves nothing here: not even hers, and not that of who acts.
    let body = json!({"password": PASSWORD});
    assert_eq!(code(&acting.json("DELETE", ME, body).await), refused(403, "IMPERSONATING"));
    assert_eq!(acting.delete(END).await.status, 200);
}

#[tokio::test]
async fn a_session_impersonates_one_user_at_a_time() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let mut ids = Vec::new();
    for number in 0..4 {
        ids.push(id_of(&world.user(&format!("p{number}@example.com")).await).await);
    }
    let mut asked = Vec::new();
    for id in ids.clone() {
        let mut browser = root.clone();
        asked.push(tokio::spawn(async move { code(&act_as(&mut browser, &id).await) }));
    }
    let mut answers = Vec::new();
    for asked in asked {
        answers.push(asked.await.unwrap());
    }
    answers.sort_unstable();
    let (won, lost) = (refused(200, ""), refused(403, "IMPERSONATING"));
    assert_eq!(answers, [won, lost.clone(), lost.clone(), lost]);
    // Another session of the same administrator is another matter.
    assert_eq!(act_as(&mut world.sign_in(ROOT).await, &ids[0]).await.status, 200);
}

/// So nothing that the decision rests on has changed when it is written.
#[tokio::test]
async fn both_users_are_a_condition_of_the_write() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let (own, ada) = (id_of(&root).await, id_of(&world.user(ADA).await).await);
    let revisions = async || {
        let mut root = root.clone();
        let mut revision =
            async |id: &str| root.get(&format!("{USERS}/{id}")).await.at("/data/revision").as_i64().unwrap();
        (revision(&own).await, revision(&ada).await)
    };
    let (of_root, of_ada) = revisions().await;
    assert_eq!(act_as(&mut root.clone(), &ada).await.status, 200);
    assert_eq!(revisions().await, (of_root + 1, of_ada + 1));
}

#[tokio::test]
async fn an_administrator_who_loses_the_permission_meanwhile_begins_nothing() {
    let world = World::new().await;
    world.made_super_admin(ROOT).await;
    let mut admin = somebody(&world, "admin@example.com", Role::Admin, &["USER_IMPERSONATE"]).await;
    let ada = id_of(&world.user(ADA).await).await;
    // The token still has it: the store has not.
    world.alter_person("admin@example.com", "permissions", &json!([]));
    assert_eq!(code(&act_as(&mut admin, &ada).await), refused(403, "FORBIDDEN"));
    world.alter_person("admin@example.com", "permissions", &json!(["USER_IMPERSONATE"]));
    world.alter_person("admin@example.com", "role", &json!("user"));
    assert_eq!(code(&act_as(&mut admin, &ada).await), refused(403, "FORBIDDEN"), "nor the rank");
    world.alter_person("admin@example.com", "role", &json!("admin"));
    world.alter_person("admin@example.com", "status", &json!("suspended"));
    assert_eq!(code(&act_as(&mut admin, &ada).await), refused(401, "AUTH_401"));
}
