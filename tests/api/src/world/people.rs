//! The users of a world.

use palisade_core::identity::Operator;
use palisade_core::values::Field as _;
use palisade_modules::user::types::{Email, NewPassword};
use serde_json::json;

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
