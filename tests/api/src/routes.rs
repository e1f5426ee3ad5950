//! The routes of a world for tests: their declarations, and a valid request for each.

use std::fmt;
use std::sync::Arc;

use palisade_core::input::ParameterDoc;
use palisade_core::routes::{AccessKind, Declaration, Method};
use serde_json::{Map, Value, json};

use crate::world::{PASSWORD, World};
use palisade_test::{Answer, Client};

/// The address in the samples. A test decides whether it has an account.
pub const EMAIL: &str = "sample@example.org";

/// A webhook that nobody created.
const WEBHOOK: &str = "whk_01890000000070008000000000000001";

/// Valid values for the fields of an input, by the name of the input. Values of the path and the query are text. Every
/// required field is here; an optional one may be missing.
fn sample(input: &str) -> Option<Value> {
    let user = "usr_01890000000070008000000000000001";
    Some(match input {
        // `.no_input()`, inputs that read cookies only, and those where everything is optional.
        "" | "Logout" | "DeleteAccount" => json!({}),
        "AcceptInvitation" => json!({"token": "unknown", "password": PASSWORD, "name": "Sample"}),
        "ApiKeyPath" => json!({"id": "psk_01890000000070008000000000000001"}),
        "ChangeEmail" => json!({"newEmail": "elsewhere@example.org"}),
        "ChangePassword" => json!({"currentPassword": PASSWORD, "newPassword": "a bridge made of starlings"}),
        "ConfirmEmail" | "ConfirmIdentity" | "ReadLink" | "SecureAccount" => json!({"token": "unknown"}),
        "CreateApiKey" => json!({"name": "Sample", "permissions": ["USER_READ"], "expiresIn": 3600}),
        "ExchangeCode" => json!({"code": "unknown", "codeVerifier": "unknown"}),
        "InvitationPath" => json!({"id": "inv_01890000000070008000000000000001"}),
        "InviteUser" => json!({"email": EMAIL, "name": "Sample", "role": "user"}),
        "OAuthCallback" | "OAuthForm" => json!({"provider": "acme", "code": "unknown", "state": "unknown"}),
        "RemoveIdentity" => json!({"id": "idn_01890000000070008000000000000001"}),
        "LinkProvider" | "StartOAuth" => json!({"provider": "acme", "returnTo": "/account"}),
        "ListApiKeys" | "ListIdentities" | "ListInvitations" | "ListPermissions" | "ListProviders"
        | "ListSessions" | "ListWebhooks" | "ReadEvents" | "ReadMailbox" => json!({"limit": "10"}),
        "CreateWebhook" => json!({"url": "https://app.example.org/hooks", "events": ["user.*"]}),
        "ChangeWebhook" => json!({
            "id": WEBHOOK, "url": "https://app.example.org/hooks", "events": [], "enabled": true, "revision": 1
        }),
        "ListDeliveries" => json!({"id": WEBHOOK, "state": "waiting", "limit": "10"}),
        "WebhookPath" => json!({"id": WEBHOOK}),
        "ListAuditEvents" => json!({"userId": user, "type": "user.created", "limit": "10"}),
        "ListUserApiKeys" | "ListUserSessions" => json!({"id": user, "limit": "10"}),
        "ListUsers" => json!({"role": "user", "status": "active", "deleted": "false", "limit": "10"}),
        "Login" => json!({"email": EMAIL, "password": PASSWORD}),
        "Register" => json!({"email": EMAIL, "password": PASSWORD, "name": "Sample"}),
        "Rename" => json!({"name": "Sample"}),
        "RunJob" => json!({"job": "keys"}),
        "ResetPassword" => json!({"token": "unknown", "newPassword": PASSWORD}),
        "ForgotPassword" | "ResendVerification" => json!({"email": EMAIL}),
        "SessionPath" => json!({"id": "ses_01890000000070008000000000000001"}),
        "Setup" => json!({"token": "unknown", "email": EMAIL, "password": PASSWORD, "name": "Sample"}),
        "ChangeUser" => json!({"id": user, "revision": 1}),
        "RenameUser" => json!({"id": user, "name": "Sample", "revision": 1}),
        "SetPermissions" => json!({"id": user, "permissions": ["USER_READ"], "revision": 1}),
        "SetRole" => json!({"id": user, "role": "support", "revision": 1}),
        "Impersonate" | "UserPath" => json!({"id": user}),
        "UserApiKeyPath" => json!({"id": user, "keyId": "psk_01890000000070008000000000000001"}),
        "VerifyEmail" => json!({"token": "unknown", "password": PASSWORD}),
        _ => return None,
    })
}

/// A mounted route.
#[derive(Clone, Debug)]
pub struct Route {
    /// The full path, with `{parameters}`.
    pub template: String,
    /// What was declared.
    pub declared: Arc<Declaration>,
    sample: Map<String, Value>,
}

/// The access rule of a route, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everybody.
    Open,
    /// Every signed-in user.
    SignedIn,
    /// Users with its permission.
    Permitted,
    /// The scheduler.
    Scheduled,
}

/// Callers of whom every route admits one: a super-admin and the scheduler.
#[derive(Debug)]
pub struct Admitted {
    root: Client,
    scheduler: Client,
}

impl Admitted {
    /// Signs the super-admin up and in.
    pub async fn in_world(world: &World) -> Self {
        Self { root: world.super_admin("root@example.org").await, scheduler: world.scheduler() }
    }

    /// The one whom this route admits.
    pub fn to(&mut self, route: &Route) -> &mut Client {
        if route.gate() == Gate::Scheduled { &mut self.scheduler } else { &mut self.root }
    }
}

/// The pages that development shows to this machine.
pub const DEVELOPMENT: [&str; 2] = ["/", "/dev/mailbox"];

impl Route {
    /// All routes of a world.
    ///
    /// # Panics
    /// When a route has no sample or an invalid one. The message says what to do.
    pub fn all(world: &World) -> Vec<Self> {
        let is_seen = |template: &str| world.shows_development() || !DEVELOPMENT.contains(&template);
        let routes = world.routes.iter().filter(|(template, _)| is_seen(template)).map(|(template, declared)| {
            let input = &declared.input;
            let sample = sample(input.name).unwrap_or_else(|| {
                panic!(
                    "{} {template} reads `{name}`, for which there is no sample.\n\
                     Add a line `\"{name}\" => json!({{…}}),` to `sample` in tests/api/src/routes.rs, with a valid \
                     value for each field: {fields:?}.\n\
                     All cases of the route (not signed in, not allowed, limited, invalid, other methods) follow from \
                     its declaration.",
                    declared.method.as_str(),
                    name = input.name,
                    fields = fields(declared).map(|field| field.name).collect::<Vec<_>>(),
                )
            });
            let Value::Object(sample) = sample else { panic!("a sample is an object") };
            let route = Self { template: template.clone(), declared: Arc::clone(declared), sample };
            for field in fields(declared) {
                let fits = route.sample.contains_key(field.name) || !field.required;
                assert!(fits, "the sample of `{}` lacks the required `{}`", input.name, field.name);
            }
            for name in route.sample.keys() {
                let known = fields(declared).any(|field| field.name == name);
                assert!(known, "the sample of `{}` has `{name}`, which is no field of it", input.name);
            }
            route
        });
        routes.collect()
    }

    /// Its access rule.
    pub fn gate(&self) -> Gate {
        match self.declared.access {
            AccessKind::Public | AccessKind::Optional | AccessKind::RefreshCookie | AccessKind::Loopback => {
                Gate::Open
            }
            AccessKind::Session
            | AccessKind::InPerson
            | AccessKind::Fresh
            | AccessKind::OwnerOrPermission => Gate::SignedIn,
            AccessKind::Permission | AccessKind::PermissionInPerson | AccessKind::FreshPermission => {
                Gate::Permitted
            }
            AccessKind::Scheduler => Gate::Scheduled,
        }
    }

    /// Whether it identifies the user.
    pub fn identifies(&self) -> bool {
        matches!(self.gate(), Gate::SignedIn | Gate::Permitted)
            || self.declared.access == AccessKind::Optional
    }

    /// Whether a JSON body is read.
    pub fn reads_json(&self) -> bool {
        self.reads_a_body() && !self.declared.is_cross_site_form
    }

    /// Whether it answers data and not a redirect, whose parameters may be anything.
    pub fn answers_data(&self) -> bool {
        self.declared.output.status != 303
    }

    /// Whether a body is read at all.
    pub fn reads_a_body(&self) -> bool {
        self.declared.method != Method::Get
    }

    /// A valid request.
    pub fn request(&self) -> Request {
        let input = &self.declared.input;
        let text = |name: &str| {
            let value = self.sample.get(name)?;
            Some(value.as_str().unwrap_or_else(|| panic!("the sample of `{name}` is text")).to_owned())
        };
        let texts = |fields: &[ParameterDoc]| {
            fields.iter().filter_map(|field| Some((field.name.to_owned(), text(field.name)?))).collect()
        };
        let body = input
            .body
            .iter()
            .filter_map(|field| Some((field.name.to_owned(), self.sample.get(field.name)?.clone())))
            .collect::<Map<_, _>>();
        Request {
            method: self.declared.method.as_str(),
            template: self.template.clone(),
            path: texts(&input.path),
            query: texts(&input.query),
            body: (!input.body.is_empty()).then_some(body),
        }
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.declared.method.as_str(), self.template)
    }
}

fn fields(declared: &Declaration) -> impl Iterator<Item = &ParameterDoc> {
    let input = &declared.input;
    input.path.iter().chain(&input.query).chain(&input.body)
}

/// A request in parts, so that a test can make one part invalid.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method.
    pub method: &'static str,
    /// The path with `{parameters}`.
    pub template: String,
    /// The values of the parameters.
    pub path: Vec<(String, String)>,
    /// The query.
    pub query: Vec<(String, String)>,
    /// The body, if any.
    pub body: Option<Map<String, Value>>,
}

impl Request {
    /// Replaces the value of a path parameter.
    #[must_use]
    pub fn with_path(mut self, name: &str, value: &str) -> Self {
        self.path.retain(|(known, _)| known != name);
        self.path.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a query parameter.
    #[must_use]
    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets a field of the body.
    #[must_use]
    pub fn with_body(mut self, name: &str, value: Value) -> Self {
        self.body.get_or_insert_default().insert(name.to_owned(), value);
        self
    }

    /// Without a field of the query or of the body.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.query.retain(|(known, _)| known != name);
        if let Some(body) = &mut self.body {
            body.remove(name);
        }
        self
    }

    /// The path and the query. The samples need no escaping.
    pub fn target(&self) -> String {
        let mut target = self.template.clone();
        for (name, value) in &self.path {
            target = target.replace(&format!("{{{name}}}"), value);
        }
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if query.is_empty() { target } else { format!("{target}?{}", query.join("&")) }
    }

    /// Sends it.
    pub async fn send(&self, client: &mut Client) -> Answer {
        let body = self.body.clone().map_or(Value::Null, Value::Object);
        client.json(self.method, &self.target(), body).await
    }

    /// Sends it with these bytes as the body.
    pub async fn send_raw(&self, client: &mut Client, media_type: &str, body: &[u8]) -> Answer {
        client.send(self.method, &self.target(), &[("Content-Type", media_type)], body).await
    }
}
