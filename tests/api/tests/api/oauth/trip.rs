//! A round trip through a provider, step by step.

use palisade_api_tests::provider::parameters;
use palisade_api_tests::world::{GENEROUS, token_of};
use palisade_api_tests::{Answer, Client, IdentityProvider, World};
use serde_json::{Value, json};

pub(super) const ME: &str = "/api/v1/users/me";

/// A world with one provider, which is authoritative for example.org.
pub(super) struct Trip {
    pub(super) world: World,
    pub(super) provider: IdentityProvider,
}

impl Trip {
    pub(super) async fn new() -> Self {
        Self::with(&[("OIDC_IDP_AUTHORITATIVE_DOMAINS", "example.org"), ("RATE_LIMIT_OAUTH", "100000/60s")])
            .await
    }

    /// With these variables beside those of the provider.
    pub(super) async fn with(variables: &[(&str, &str)]) -> Self {
        let provider = IdentityProvider::start("IDP").await;
        let settings = provider.settings();
        let settings = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = GENEROUS.into_iter().chain(settings).chain(variables.iter().copied()).collect();
        Self { world: World::with(&all).await, provider }
    }

    /// Where the browser is sent.
    pub(super) async fn start(&self, browser: &mut Client, query: &str) -> String {
        let answer = browser.get(&format!("/api/v1/auth/oauth/{}{query}", self.provider.path())).await;
        assert_eq!(answer.status, 303, "{}", answer.body);
        answer.header("location").unwrap().to_owned()
    }

    /// The browser returns with this query.
    pub(super) async fn back(&self, browser: &mut Client, query: &str) -> Answer {
        browser.get(&format!("/api/v1/auth/oauth/{}/callback?{query}", self.provider.path())).await
    }

    /// A whole round trip with these claims: the address to which the browser is sent in the end.
    pub(super) async fn sign_in(&self, browser: &mut Client, claims: Value) -> String {
        let location = self.start(browser, "").await;
        let query = self.provider.agree(&location, claims);
        ended(&self.back(browser, &query).await)
    }

    /// The token of the newest mail to an address.
    pub(super) async fn token_to(&self, email: &str) -> String {
        self.world.mailed_token(email).await
    }

    /// The token of the second mail to an address: it registered here before.
    pub(super) async fn second_token_to(&self, email: &str) -> String {
        let mails = self.world.mails_to(email, 2).await;
        let is_it = |mail: &&Value| mail["links"].to_string().contains("/account/connect#");
        token_of(mails.iter().find(is_it).unwrap())
    }

    /// The number of users.
    pub(super) fn users(&self) -> usize {
        self.world.database.values("users").len()
    }
}

/// Where an answer sends the browser.
pub(super) fn ended(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", answer.body);
    answer.header("location").unwrap().to_owned()
}

/// The address with an error where a failed attempt ends that began nowhere.
pub(super) fn failed(code: &str) -> String {
    format!("/account/sign-in?error={code}")
}

/// The claims of a person with a verified address.
pub(super) fn verified(subject: &str, email: &str) -> Value {
    json!({"sub": subject, "email": email, "email_verified": true, "name": "Ada Lovelace"})
}

/// The id of the user who is signed in; empty if nobody is.
pub(super) async fn who(browser: &mut Client) -> String {
    let answer = browser.get(ME).await;
    answer.at_if_json("/data/id").as_str().unwrap_or_default().to_owned()
}

/// The `state` in an address.
pub(super) fn state_of(location: &str) -> String {
    parameters(location)["state"].clone()
}
