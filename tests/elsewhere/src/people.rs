//! The users of the programs that sign in: ada, who has no permission, and root, who has one.

use std::collections::HashSet;
use std::convert::Infallible;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::post;
use axum_login::{AuthManagerLayerBuilder, AuthUser, AuthnBackend, AuthzBackend};
use tower_sessions::{MemoryStore, SessionManagerLayer};

#[derive(Clone, Debug)]
pub struct Person(String);

impl AuthUser for Person {
    type Id = String;

    fn id(&self) -> String {
        self.0.clone()
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

#[derive(Clone)]
pub struct Backend;

pub type AuthSession = axum_login::AuthSession<Backend>;

impl AuthnBackend for Backend {
    type User = Person;
    type Credentials = String;
    type Error = Infallible;

    async fn authenticate(&self, name: String) -> Result<Option<Person>, Infallible> {
        Ok(Some(Person(name)))
    }

    async fn get_user(&self, name: &String) -> Result<Option<Person>, Infallible> {
        Ok(Some(Person(name.clone())))
    }
}

impl AuthzBackend for Backend {
    type Permission = String;

    async fn get_user_permissions(&self, person: &Person) -> Result<HashSet<String>, Infallible> {
        let may_read = (person.0 == "root").then(|| "user.read".to_owned());
        Ok(may_read.into_iter().collect())
    }
}

/// The routes of a program, with sign-in by name alone and sessions around them.
pub fn with_sign_in(routes: Router) -> Router {
    let sessions = SessionManagerLayer::new(MemoryStore::default());
    let signed_in = AuthManagerLayerBuilder::new(Backend, sessions).build();
    routes.route("/login/{name}", post(login)).layer(signed_in)
}

async fn login(mut session: AuthSession, Path(name): Path<String>) -> StatusCode {
    match session.login(&Person(name)).await {
        Ok(()) => StatusCode::NO_CONTENT,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
