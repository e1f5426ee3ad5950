//! Constructs the services of the auth module: the only place of this module that does.

mod parts;

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::limits::AccountHasher;
use palisade_core::metrics::Metrics;
use palisade_core::ports::{Clock, LimitStore, Rng};
use palisade_core::utils::crypto::password::PasswordHasher;
use palisade_lib::oauth::Providers;
use palisade_lib::store::{Store, StoreError};
use parking_lot::Mutex;
use parts::Parts;

use super::authenticator::TokenAuthenticator;
use super::email_templates::EmailTemplates;
use super::emails::AuthEmails;
use super::lifetimes::Lifetimes;
use super::mail_budgets::MailBudgets;
use super::passwords::Passwords;
use super::revocations::Revocations;
use super::service::{
    Acceptances, AccountDeletions, AccountSecurity, AdminSetup, ApiKeys, EmailChanges, FirstAdminClaim,
    Identities, IdentityConfirmations, Impersonations, Invitations, Links, Logins, NewSessions, OAuthSignIns,
    PasswordChanges, PasswordResets, Registrations, Sessions, SigningKeyRevocation, UserAdministration,
    UserExports, UserManagement, UserPurge,
};
use crate::{audit, keys, mail, user};

/// The services of the auth module. Clones share everything.
#[derive(Clone, Debug)]
pub struct Services {
    /// Accepts registrations.
    pub registrations: Arc<Registrations>,
    /// Creates, lists, resends and withdraws invitations.
    pub invitations: Arc<Invitations>,
    /// Turns invitations into accounts.
    pub acceptances: Arc<Acceptances>,
    /// Reads the purpose of links.
    pub links: Arc<Links>,
    /// Signs in.
    pub logins: Arc<Logins>,
    /// Resets forgotten passwords.
    pub password_resets: Arc<PasswordResets>,
    /// Changes passwords.
    pub password_changes: Arc<PasswordChanges>,
    /// Changes addresses.
    pub email_changes: Arc<EmailChanges>,
    /// Ends the sessions of accounts whose owner objects.
    pub account_security: Arc<AccountSecurity>,
    /// Deletes accounts.
    pub account_deletions: Arc<AccountDeletions>,
    /// Signs in through providers.
    pub oauth: Arc<OAuthSignIns>,
    /// Joins identities whose address is confirmed.
    pub identity_confirmations: Arc<IdentityConfirmations>,
    /// Lists and removes the accounts at providers of a user.
    pub identities: Arc<Identities>,
    /// Lets administrators act as other users.
    pub impersonations: Arc<Impersonations>,
    /// Refreshes and ends sessions.
    pub sessions: Arc<Sessions>,
    /// Creates super-admins.
    pub setup: Arc<AdminSetup>,
    /// Creates or invites the administrator that the environment names.
    pub first_admin: Arc<FirstAdminClaim>,
    /// Withdraws signing keys.
    pub key_revocation: Arc<SigningKeyRevocation>,
    /// Creates, lists and revokes API keys.
    pub api_keys: Arc<ApiKeys>,
    /// Administers users for an operator.
    pub administration: Arc<UserAdministration>,
    /// Exports the data of users for an operator.
    pub exports: Arc<UserExports>,
    /// Administers users for users who have the permission.
    pub management: Arc<UserManagement>,
    pub(crate) purge: Arc<UserPurge>,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) emails: Arc<AuthEmails>,
    pub(crate) authenticator: Arc<TokenAuthenticator>,
    passwords: Arc<Passwords>,
}

/// The services of other modules that these need.
#[derive(Debug)]
pub(crate) struct Foundation {
    pub(crate) users: user::Service,
    pub(crate) mails: mail::Service,
    pub(crate) templates: EmailTemplates,
    pub(crate) keys: keys::Service,
    pub(crate) hasher: PasswordHasher,
    pub(crate) limiter: Arc<dyn LimitStore>,
    pub(crate) accounts: Arc<AccountHasher>,
    pub(crate) providers: Providers,
    pub(crate) metrics: Metrics,
    pub(crate) audit: audit::Service,
}

impl Services {
    pub(crate) fn new(
        config: &Config,
        store: &Store,
        foundation: Foundation,
        (clock, rng): (Arc<dyn Clock>, Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        let Foundation { users, mails, templates, keys, hasher, limiter, accounts, providers, .. } =
            foundation;
        let (metrics, audit) = (foundation.metrics, foundation.audit);
        let lifetimes = Lifetimes::of(config);
        let passwords = Passwords::new(hasher, config.rules());
        let parts = Parts::new(config, store, (&users, &keys, passwords, metrics), &audit, (&clock, &rng))?;
        let Parts { repository, revocations, passwords, .. } = &parts;
        let Parts { cookies, redemptions, devices, tokens, terminations, .. } = &parts;
        let emails = AuthEmails::new(
            Arc::clone(repository),
            users.clone(),
            templates.clone(),
            MailBudgets::new(config, limiter, accounts),
            lifetimes,
            Arc::clone(&rng),
        );
        let authenticator = parts.authenticator(&users, &keys, lifetimes, &clock);
        let new_sessions = Arc::new(NewSessions {
            repository: Arc::clone(repository),
            tokens: Arc::clone(tokens),
            devices: Arc::clone(devices),
            terminations: Arc::clone(terminations),
            users: users.clone(),
            mails: mails.clone(),
            lifetimes,
            clock: Arc::clone(&clock),
            rng: Arc::clone(&rng),
        });
        let (oauth, confirmations, identities) =
            parts.oauth(config, (&users, &mails, &keys), providers, &new_sessions, (&clock, &rng));
        let registrations =
            parts.registrations((&users, &mails), &config.languages, lifetimes, (&clock, &rng));
        let administration = parts.administration(&users, &templates, &rng, lifetimes);
        let (password_resets, password_changes) = parts.passwords((&users, &mails), &new_sessions, &rng);
        let (email_changes, security, deletions) = parts.accounts((&users, &mails), lifetimes, &rng);
        let (invitations, acceptances) =
            parts.invitations((&users, &mails), &config.languages, lifetimes, (&clock, &rng));
        let acceptances = Arc::new(acceptances);
        Ok(Self {
            registrations: Arc::new(registrations),
            invitations: Arc::new(invitations),
            acceptances: Arc::clone(&acceptances),
            links: Arc::new(Links {
                repository: Arc::clone(repository),
                users: users.clone(),
                cookies: Arc::clone(cookies),
                redemptions: Arc::clone(redemptions),
                of_accounts: Arc::clone(&parts.account_links),
                acceptances,
                attempts: Arc::clone(&oauth.attempts),
                oauth_cookies: Arc::clone(&oauth.cookies),
            }),
            email_changes: Arc::new(email_changes),
            account_security: Arc::new(security),
            account_deletions: Arc::new(deletions),
            logins: Arc::new(parts.logins(&users, &new_sessions)),
            password_resets: Arc::new(password_resets),
            password_changes: Arc::new(password_changes),
            oauth: Arc::new(oauth),
            identity_confirmations: Arc::new(confirmations),
            identities: Arc::new(identities),
            impersonations: Arc::new(parts.impersonations(&users, (&clock, &rng))),
            sessions: Arc::new(parts.sessions((&users, &mails, &keys), lifetimes, &rng)),
            setup: Arc::new(AdminSetup {
                repository: Arc::clone(repository),
                users: users.clone(),
                passwords: Arc::clone(passwords),
                cookies: Arc::clone(cookies),
                redemptions: Arc::clone(redemptions),
                templates,
                audit: audit.clone(),
                languages: config.languages.clone(),
                lifetime: lifetimes.setup,
                rng: Arc::clone(&rng),
                first_link: Mutex::new(None),
            }),
            first_admin: Arc::new(FirstAdminClaim {
                users: users.clone(),
                mails,
                passwords: Arc::clone(passwords),
                rng: Arc::clone(&rng),
            }),
            key_revocation: Arc::new(parts.key_revocation(keys, &rng)),
            api_keys: Arc::new(parts.api_keys(&users, (&clock, &rng))),
            administration: Arc::new(administration),
            exports: Arc::new(UserExports {
                repository: Arc::clone(repository),
                users: users.clone(),
                audit,
            }),
            management: Arc::new(parts.management(&users, &rng)),
            purge: Arc::new(UserPurge { repository: Arc::clone(repository), users }),
            revocations: Arc::clone(revocations),
            emails: Arc::new(emails),
            authenticator: Arc::new(authenticator),
            passwords: Arc::clone(passwords),
        })
    }

    /// The number of bcrypt rounds computed so far. For metrics, and to verify that a failed sign-in costs the same
    /// whatever its reason.
    pub fn hashing_rounds(&self) -> u64 {
        self.passwords.hasher().rounds()
    }
}
