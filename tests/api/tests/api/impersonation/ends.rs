//! What ends an impersonation: here at once, and on another instance within a second.

use super::*;

/// Waits, less than the promised second, until the token is refused.
async fn dies(browser: &Client, why: &str) {
    let follows = async {
        while status(browser, ME).await != 401 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(1), follows).await.expect(why);
}

/// What ends one, by the administrator or the user to whom it happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Returned,
    LoggedOut,
    LoggedOutWithTheTokenAlone,
    LoggedOutEverywhere,
    LoggedOutElsewhere,
    SignedInAgainHere,
    AdministratorSuspended,
    AdministratorDemoted,
    AdministratorLostThePermission,
    SessionsOfTheAdministratorEnded,
    UserSuspended,
    UserPromoted,
    UserSignedOutEverywhere,
    UserDeleted,
}

const ENDS: [End; 14] = [
    End::Returned,
    End::LoggedOut,
    End::LoggedOutWithTheTokenAlone,
    End::LoggedOutEverywhere,
    End::LoggedOutElsewhere,
    End::SignedInAgainHere,
    End::AdministratorSuspended,
    End::AdministratorDemoted,
    End::AdministratorLostThePermission,
    End::SessionsOfTheAdministratorEnded,
    End::UserSuspended,
    End::UserPromoted,
    End::UserSignedOutEverywhere,
    End::UserDeleted,
];

const ADMIN: &str = "admin@example.com";

impl End {
    async fn happen(self, world: &World, acting: &mut Client, own: &Client) {
        let mut root = world.sign_in(ROOT).await;
        let user = async |email: &str| {
            let found = root.clone().get(&format!("{USERS}?q={email}")).await.at("/data/items/0");
            (format!("{USERS}/{}", found["id"].as_str().unwrap()), found["revision"].clone())
        };
        let ((admin, admin_revision), (ada, ada_revision)) = (user(ADMIN).await, user(ADA).await);
        let role = |role: &str, revision: Value| json!({"role": role, "revision": revision});
        let answer = match self {
            Self::Returned => acting.delete(END).await,
            Self::LoggedOut => acting.post(LOGOUT, Value::Null).await,
            Self::LoggedOutWithTheTokenAlone => {
                let token = acting.cookie(ACCESS).unwrap();
                let mut bearer = world.program().with_header("Authorization", &format!("Bearer {token}"));
                bearer.post(LOGOUT, Value::Null).await
            }
            Self::LoggedOutEverywhere => {
                let mut other = world.sign_in(ADMIN).await;
                other.post("/api/v1/auth/logout-all", Value::Null).await
            }
            Self::LoggedOutElsewhere => own.clone().post(LOGOUT, Value::Null).await,
            Self::SignedInAgainHere => {
                acting.post(LOGIN, json!({"email": ADMIN, "password": PASSWORD})).await
            }
            Self::AdministratorSuspended => root.post(&format!("{admin}/suspend"), Value::Null).await,
            Self::AdministratorDemoted => {
                root.json("PUT", &format!("{admin}/role"), role("support", admin_revision)).await
            }
            Self::AdministratorLostThePermission => {
                let taken = json!({"permissions": [], "revision": admin_revision});
                root.json("PUT", &format!("{admin}/permissions"), taken).await
            }
            Self::SessionsOfTheAdministratorEnded => root.delete(&format!("{admin}/sessions")).await,
            Self::UserSuspended => root.post(&format!("{ada}/suspend"), Value::Null).await,
            Self::UserPromoted => {
                root.json("PUT", &format!("{ada}/role"), role("support", ada_revision)).await
            }
            Self::UserSignedOutEverywhere => root.delete(&format!("{ada}/sessions")).await,
            Self::UserDeleted => root.delete(&ada).await,
        };
        assert_eq!(answer.status, 200, "{self:?}: {}", answer.body);
    }

    /// Whether the administrator's own session goes on, and what its refresh answers.
    fn own_session(self) -> (u16, &'static str) {
        match self {
            Self::Returned => (200, ""),
            // It waits for its administrator to return.
            Self::AdministratorDemoted
            | Self::AdministratorLostThePermission
            | Self::UserSuspended
            | Self::UserPromoted
            | Self::UserSignedOutEverywhere
            | Self::UserDeleted => (403, "IMPERSONATING"),
            _ => (401, "SESSION_REVOKED"),
        }
    }

    /// Whether an event of its own reports the end: otherwise the event of what happened to the user does.
    fn is_reported(self) -> bool {
        matches!(
            self,
            Self::Returned
                | Self::LoggedOut
                | Self::LoggedOutWithTheTokenAlone
                | Self::LoggedOutElsewhere
                | Self::SignedInAgainHere
        )
    }
}

#[tokio::test]
async fn whatever_ends_it_ends_it_everywhere() {
    for end in ENDS {
        let world = World::new().await;
        world.made_super_admin(ROOT).await;
        let own = somebody(&world, ADMIN, Role::Admin, &["USER_IMPERSONATE"]).await;
        let ada = id_of(&world.user(ADA).await).await;
        let elsewhere = world.beside().await;
        let mut acting = own.clone();
        assert_eq!(act_as(&mut acting, &ada).await.status, 200, "{end:?}");
        let token = format!("Bearer {}", acting.cookie(ACCESS).unwrap());
        let here = world.program().with_header("Authorization", &token);
        let there = elsewhere.program().with_header("Authorization", &token);
        assert_eq!((status(&here, ME).await, status(&there, ME).await), (200, 200), "{end:?}");

        end.happen(&world, &mut acting, &own).await;
        assert_eq!(status(&here, ME).await, 401, "{end:?}: at once here");
        dies(&there, &format!("{end:?}: within a second there")).await;

        let refreshed = own.clone().post(REFRESH, Value::Null).await;
        let (status, expected) = end.own_session();
        assert_eq!(code(&refreshed), refused(status, expected), "{end:?}");
        if expected == "IMPERSONATING" {
            let back = own.clone().delete(END).await;
            assert_eq!((back.status, back.at("/data/user/email")), (200, json!(ADMIN)), "{end:?}");
        }
        let told = events(&world, "impersonation.ended").await;
        let is_told = end.is_reported() || expected == "IMPERSONATING";
        assert_eq!(told.len(), usize::from(is_told), "{end:?}: {told:?}");
        assert!(told.iter().all(|event| event["userId"] == json!(ada)), "{told:?}");
    }
}

#[tokio::test]
async fn signing_out_signs_out_everybody_in_this_browser() {
    let world = World::new().await;
    let (root, mut acting, _) = acting_as_ada(&world).await;
    assert_eq!(acting.post(LOGOUT, Value::Null).await.status, 200);
    assert_eq!((acting.cookie(ACCESS), acting.cookie(COOKIE_OF_REFRESH)), (None, None));
    assert_eq!(status(&root, ME).await, 401, "the administrator too");
    assert_eq!(acting.delete(END).await.code(), "SESSION_REVOKED");
    let [ended] = &events(&world, "session.ended").await[..] else { panic!("one session ends") };
    assert_eq!(ended["userId"], ended["actor"]["userId"], "that of the administrator, by themselves");
}

#[tokio::test]
async fn the_sessions_of_the_user_are_untouched_and_do_not_show_it() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let mut ada = world.user(ADA).await;
    let id = id_of(&ada).await;
    world.mail_settled().await;
    let mails = world.database.values("mails").len();
    let mut acting = root.clone();
    assert_eq!(act_as(&mut acting, &id).await.status, 200);
    let listed = ada.get("/api/v1/auth/sessions").await;
    assert_eq!(listed.at("/data/items").as_array().unwrap().len(), 1, "{}", listed.body);
    assert_eq!(acting.delete(END).await.status, 200);
    assert_eq!(ada.post(REFRESH, Value::Null).await.status, 200);
    assert_eq!(world.database.values("mails").len(), mails, "nobody is mailed");
}

#[tokio::test]
async fn a_stolen_refresh_token_of_the_administrator_ends_it() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let ada = id_of(&world.user(ADA).await).await;
    let mut thief = root.clone();
    for _ in 0..2 {
        world.advance(Duration::from_secs(31));
        assert_eq!(root.post(REFRESH, Value::Null).await.status, 200);
    }
    assert_eq!(act_as(&mut root, &ada).await.status, 200);
    world.advance(Duration::from_secs(31));
    assert_eq!(thief.post(REFRESH, Value::Null).await.code(), "SESSION_REVOKED");
    assert_eq!(status(&root, ME).await, 401);
    assert_eq!(events(&world, "session.replayed").await.len(), 1);
    assert_eq!(events(&world, "impersonation.ended").await.len(), 1);
}
