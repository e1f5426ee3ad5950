//! The users of a world.

use palisade_core::identity::Operator;
use palisade_core::values::Field as _;
use palisade_modules::user::types::{Email, NewPassword, Role};
use serde_json::{Value, json};

use super::{PASSWORD, World};
use crate::client::Client;

impl World {
    /// The browser of a user with this address: registered, confirmed and signed in.
    pub async fn user(&self, email: &str) -> Client {
        let mut browser = self.browser();
        self.registered(&mut browser, email).await;
        let signed_in =
            browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        browser
    }

    /// The browser of a user with this address and role, signed in: registered and confirmed, then given the role as
    /// `palisade user set-role` gives it.
    pub async fn with_role(&self, email: &str, role: Role) -> Client {
        self.registered(&mut self.browser(), email).await;
        let (operator, address) = (Operator::for_tests("test world"), Email::parse(email).unwrap());
        self.services.auth.administration.set_role(&operator, &address, role).await.unwrap();
        self.sign_in(email).await
    }

    /// The id of the user who is signed in in this browser.
    pub async fn id_of(&self, browser: &Client) -> String {
        let me = browser.clone().get("/api/v1/users/me").await.succeeds(200);
        me.get("id").and_then(Value::as_str).expect("an id").to_owned()
    }

    /// Registers and confirms an address in this browser.
    pub async fn registered(&self, browser: &mut Client, email: &str) {
        let asked = browser
            .post("/api/v1/auth/register", json!({"email": email, "password": PASSWORD, "name": "Somebody"}))
            .await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        let token = self.mailed_token(email).await;
        let proven = browser.post("/api/v1/auth/verify-email", json!({"token": token})).await;
        assert_eq!(proven.status, 200, "{}", proven.body);
    }

    /// The browser of a super-admin who is signed in.
    pub async fn super_admin(&self, email: &str) -> Client {
        self.made_super_admin(email).await;
        self.sign_in(email).await
    }

    /// Another browser of a user, who signs in with the password that all users of a world have.
    pub async fn sign_in(&self, email: &str) -> Client {
        let mut browser = self.browser();
        let signed_in =
            browser.post("/api/v1/auth/login", json!({"email": email, "password": PASSWORD})).await;
        assert_eq!(signed_in.status, 200, "{}", signed_in.body);
        browser
    }

    /// Creates a super-admin through the command line, who has not signed in.
    pub async fn made_super_admin(&self, email: &str) {
        let operator = Operator::for_tests("test world");
        let address = Email::parse(email).unwrap();
        let password = NewPassword::from_text(PASSWORD.to_owned()).unwrap();
        self.services.auth.setup.create_super_admin(&operator, address, password).await.unwrap();
    }
}
