//! All routes: method, path, and the function that declares the rest. The path of a file is the path of its URL.

mod account;
mod dev;
mod docs;
mod index;
mod metrics;
mod v1;

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::health::Health;
use palisade_core::metrics::Metrics;
use palisade_core::openapi::Documentation;
use palisade_core::output::{PageError, Redirect};
use palisade_core::routes::{Mount, Routes, cross_site_form, delete, get, patch, post, put};
use palisade_modules::jobs::Jobs;
use palisade_modules::{Services, audit, auth, keys, user, webhook};

use v1::users::Accounts;

use crate::pages::{self, Front, Home, Mailbox, Pages, Start};

/// Everything that Palisade serves; a product adds its own routes.
///
/// # Errors
/// A defect of the templates or the texts of pages.
pub fn mount(
    config: &Config,
    services: &Services,
    health: &Health,
    documentation: &Documentation,
) -> Result<Mount, PageError> {
    const V1: &str = "/api/v1";
    let auth = &services.auth;
    let templates = pages::templates()?;
    let mount = Mount::new()
        .at(V1, key_routes(), services.keys.clone())
        .at(V1, registration_routes(), Arc::clone(&auth.registrations))
        .at(V1, link_routes(), Arc::clone(&auth.links))
        .at(V1, login_routes(), Arc::clone(&auth.logins))
        .at(V1, oauth_routes(), Arc::clone(&auth.oauth))
        .at(V1, identity_routes(), Arc::clone(&auth.identities))
        .at(V1, confirmation_routes(), Arc::clone(&auth.identity_confirmations))
        .at(V1, reset_routes(), Arc::clone(&auth.password_resets))
        .at(V1, password_routes(), Arc::clone(&auth.password_changes))
        .at(V1, email_routes(), Arc::clone(&auth.email_changes))
        .at(V1, security_routes(), Arc::clone(&auth.account_security))
        .at(V1, session_routes(), Arc::clone(&auth.sessions))
        .at(V1, setup_routes(), Arc::clone(&auth.setup))
        .at(V1, acceptance_routes(), Arc::clone(&auth.acceptances))
        .at(V1, invitation_routes(), Arc::clone(&auth.invitations))
        .at(V1, user_routes(), services.users.clone())
        .at(V1, account_changes(), accounts(services))
        .at(V1, management_routes(), Arc::clone(&auth.management))
        .at(V1, impersonation_routes(), Arc::clone(&auth.impersonations))
        .at(V1, api_key_routes(), Arc::clone(&auth.api_keys))
        .at(V1, audit_routes(), services.audit.clone())
        .at(V1, webhook_routes(), services.webhooks.clone())
        .at(V1, job_routes(), services.jobs.clone())
        .at(V1, health_routes(), health.clone())
        .at(V1, Routes::new().add(v1::openapi::declare(get("/openapi.json"))), documentation.clone())
        .at("", Routes::new().add(docs::declare(get("/docs"))), documentation.clone())
        .at("", account_routes(), Pages::new(config, &templates)?);
    let mount = match Redirect::home(&config.app) {
        _ if config.app.is_development() => {
            let start = Start::new(config, services, &templates);
            mount.at("", Routes::new().add(index::declare_start(get("/"))), start)
        }
        Some(home) => mount.at("", Routes::new().add(index::declare_home(get("/"))), Home::new(home)),
        None => {
            mount.at("", Routes::new().add(index::declare_front(get("/"))), Front::new(config, &templates)?)
        }
    };
    if !services.has_mailbox() {
        return Ok(mount);
    }
    let mailbox = Mailbox::new(config, services.mails.clone(), &templates);
    Ok(mount.at("", Routes::new().add(dev::mailbox::declare(get("/dev/mailbox"))), mailbox))
}

/// What the operator reads at `METRICS_ADDR`, a listener of its own.
pub fn mount_for_operators(metrics: &Metrics) -> Mount {
    Mount::new().at("", Routes::new().add(metrics::declare(get("/metrics"))), metrics.clone())
}

fn key_routes() -> Routes<keys::Service> {
    Routes::new().add(v1::auth::jwks::declare(get("/auth/jwks")))
}

fn registration_routes() -> Routes<Arc<auth::Registrations>> {
    Routes::new()
        .add(v1::auth::register::declare(post("/auth/register")))
        .add(v1::auth::resend_verification::declare(post("/auth/resend-verification")))
        .add(v1::auth::verify_email::declare(post("/auth/verify-email")))
}

fn link_routes() -> Routes<Arc<auth::Links>> {
    Routes::new().add(v1::auth::link::declare(post("/auth/link")))
}

fn login_routes() -> Routes<Arc<auth::Logins>> {
    Routes::new().add(v1::auth::login::declare(post("/auth/login")))
}

fn oauth_routes() -> Routes<Arc<auth::OAuthSignIns>> {
    const CALLBACK: &str = "/auth/oauth/{provider}/callback";
    Routes::new()
        .add(v1::auth::oauth::declare_list(get("/auth/oauth")))
        .add(v1::auth::oauth::declare_start(get("/auth/oauth/{provider}")))
        .add(v1::auth::oauth::declare_callback(get(CALLBACK)))
        .add(v1::auth::oauth::declare_form(cross_site_form(CALLBACK)))
        .add(v1::auth::oauth::declare_link(post("/auth/oauth/{provider}/link")))
        .add(v1::auth::exchange_code::declare(post("/auth/exchange-code")))
}

fn identity_routes() -> Routes<Arc<auth::Identities>> {
    Routes::new()
        .add(v1::auth::identities::declare_list(get("/auth/identities")))
        .add(v1::auth::identities::declare_remove(delete("/auth/identities/{id}")))
}

fn confirmation_routes() -> Routes<Arc<auth::IdentityConfirmations>> {
    Routes::new().add(v1::auth::confirm_identity::declare(post("/auth/confirm-identity")))
}

fn reset_routes() -> Routes<Arc<auth::PasswordResets>> {
    Routes::new()
        .add(v1::auth::forgot_password::declare(post("/auth/forgot-password")))
        .add(v1::auth::reset_password::declare(post("/auth/reset-password")))
}

fn password_routes() -> Routes<Arc<auth::PasswordChanges>> {
    Routes::new().add(v1::auth::change_password::declare(post("/auth/change-password")))
}

fn email_routes() -> Routes<Arc<auth::EmailChanges>> {
    Routes::new()
        .add(v1::auth::change_email::declare(post("/auth/change-email")))
        .add(v1::auth::confirm_email::declare(post("/auth/confirm-email")))
}

fn security_routes() -> Routes<Arc<auth::AccountSecurity>> {
    Routes::new().add(v1::auth::secure_account::declare(post("/auth/secure-account")))
}

fn accounts(services: &Services) -> Accounts {
    let auth = &services.auth;
    Accounts { deletions: Arc::clone(&auth.account_deletions), management: Arc::clone(&auth.management) }
}

fn account_changes() -> Routes<Accounts> {
    Routes::new()
        .add(v1::users::declare_delete_me(delete("/users/me")))
        .add(v1::users::declare_change(patch("/users/{id}")))
        .add(v1::users::declare_delete(delete("/users/{id}")))
}

fn session_routes() -> Routes<Arc<auth::Sessions>> {
    Routes::new()
        .add(v1::auth::logout::declare(post("/auth/logout")))
        .add(v1::auth::logout_all::declare(post("/auth/logout-all")))
        .add(v1::auth::refresh::declare(post("/auth/refresh")))
        .add(v1::auth::impersonation::declare_end(delete("/auth/impersonation")))
        .add(v1::auth::session::declare(get("/auth/session")))
        .add(v1::auth::sessions::declare_list(get("/auth/sessions")))
        .add(v1::auth::sessions::declare_end(delete("/auth/sessions/{id}")))
}

fn setup_routes() -> Routes<Arc<auth::AdminSetup>> {
    Routes::new().add(v1::auth::setup::declare(post("/auth/setup")))
}

fn acceptance_routes() -> Routes<Arc<auth::Acceptances>> {
    Routes::new().add(v1::auth::accept_invitation::declare(post("/auth/accept-invitation")))
}

fn invitation_routes() -> Routes<Arc<auth::Invitations>> {
    Routes::new()
        .add(v1::users::declare_invite(post("/users")))
        .add(v1::invitations::declare_list(get("/invitations")))
        .add(v1::invitations::declare_withdraw(delete("/invitations/{id}")))
        .add(v1::invitations::declare_resend(post("/invitations/{id}/resend")))
}

fn user_routes() -> Routes<user::Service> {
    Routes::new()
        .add(v1::users::declare_me(get("/users/me")))
        .add(v1::users::declare_rename(patch("/users/me")))
        .add(v1::users::declare_list(get("/users")))
        .add(v1::users::declare_show(get("/users/{id}")))
        .add(v1::permissions::declare_list(get("/permissions")))
}

fn management_routes() -> Routes<Arc<auth::UserManagement>> {
    Routes::new()
        .add(v1::users::role::declare(put("/users/{id}/role")))
        .add(v1::users::permissions::declare(put("/users/{id}/permissions")))
        .add(v1::users::suspend::declare(post("/users/{id}/suspend")))
        .add(v1::users::reactivate::declare(post("/users/{id}/reactivate")))
        .add(v1::users::restore::declare(post("/users/{id}/restore")))
        .add(v1::users::sessions::declare_list(get("/users/{id}/sessions")))
        .add(v1::users::sessions::declare_end(delete("/users/{id}/sessions")))
}

fn impersonation_routes() -> Routes<Arc<auth::Impersonations>> {
    Routes::new().add(v1::users::impersonate::declare(post("/users/{id}/impersonate")))
}

fn api_key_routes() -> Routes<Arc<auth::ApiKeys>> {
    Routes::new()
        .add(v1::api_keys::declare_create(post("/api-keys")))
        .add(v1::api_keys::declare_list(get("/api-keys")))
        .add(v1::api_keys::declare_revoke(delete("/api-keys/{id}")))
        .add(v1::users::api_keys::declare_list(get("/users/{id}/api-keys")))
        .add(v1::users::api_keys::declare_revoke(delete("/users/{id}/api-keys/{keyId}")))
}

fn audit_routes() -> Routes<audit::Service> {
    Routes::new()
        .add(v1::audit_events::declare_list(get("/audit-events")))
        .add(v1::events::declare_list(get("/events")))
}

fn webhook_routes() -> Routes<webhook::Service> {
    Routes::new()
        .add(v1::webhooks::declare_list(get("/webhooks")))
        .add(v1::webhooks::declare_create(post("/webhooks")))
        .add(v1::webhooks::declare_show(get("/webhooks/{id}")))
        .add(v1::webhooks::declare_change(patch("/webhooks/{id}")))
        .add(v1::webhooks::declare_delete(delete("/webhooks/{id}")))
        .add(v1::webhooks::deliveries::declare(get("/webhooks/{id}/deliveries")))
        .add(v1::webhooks::replay::declare(post("/webhooks/{id}/replay")))
        .add(v1::webhooks::rotate_secret::declare(post("/webhooks/{id}/rotate-secret")))
}

/// Schedulers differ in the method that they send: Vercel's sends GET.
fn job_routes() -> Routes<Jobs> {
    Routes::new().add(v1::cron::declare(get("/cron/{job}"))).add(v1::cron::declare(post("/cron/{job}")))
}

/// The probes, for a product that also mounts them elsewhere.
pub fn health_routes() -> Routes<Health> {
    Routes::new()
        .add(v1::health::declare_health(get("/health")))
        .add(v1::health::declare_live(get("/health/live")))
        .add(v1::health::declare_ready(get("/health/ready")))
}

fn account_routes() -> Routes<Pages> {
    Routes::new()
        .add(account::declare(get("/account")))
        .add(account::confirm_email::declare(get("/account/confirm-email")))
        .add(account::connect::declare(get("/account/connect")))
        .add(account::accept_invitation::declare(get("/account/accept-invitation")))
        .add(account::forgot::declare(get("/account/forgot")))
        .add(account::reset::declare(get("/account/reset")))
        .add(account::secure::declare(get("/account/secure")))
        .add(account::setup::declare(get("/account/setup")))
        .add(account::sign_in::declare(get("/account/sign-in")))
        .add(account::sign_up::declare(get("/account/sign-up")))
        .add(account::verify::declare(get("/account/verify")))
}
