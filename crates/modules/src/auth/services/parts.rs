//! The parts that several services of the auth module use, and the services that consist of little else.

use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::metrics::Metrics;
use palisade_core::ports::{Clock, Rng};
use palisade_core::utils::crypto::token::Realm;
use palisade_core::utils::languages::Languages;
use palisade_lib::oauth::Providers;
use palisade_lib::store::{Store, StoreError};

use crate::auth::account_links::AccountLinks;
use crate::auth::api_key_memory::ApiKeyMemory;
use crate::auth::authenticator::TokenAuthenticator;
use crate::auth::devices::Devices;
use crate::auth::email_templates::EmailTemplates;
use crate::auth::lifetimes::Lifetimes;
use crate::auth::oauth_cookies::OAuthCookies;
use crate::auth::passwords::Passwords;
use crate::auth::redemptions::Redemptions;
use crate::auth::registration_cookies::RegistrationCookies;
use crate::auth::repository::Repository;
use crate::auth::revocations::Revocations;
use crate::auth::service::{
    Acceptances, AccountDeletions, AccountSecurity, ApiKeys, EmailChanges, Identities, IdentityConfirmations,
    Impersonations, Invitations, Logins, NewSessions, OAuthAttempts, OAuthSignIns, PasswordChanges,
    PasswordResets, Registrations, ReturnAddresses, Sessions, SigningKeyRevocation, UserAdministration,
    UserManagement,
};
use crate::auth::session_tokens::SessionTokens;
use crate::auth::terminations::Terminations;
use crate::auth::user_changes::UserChanges;
use crate::{audit, keys, mail, user};

/// The parts that several of the services use.
pub(super) struct Parts {
    pub(super) repository: Arc<Repository>,
    pub(super) revocations: Arc<Revocations>,
    pub(super) passwords: Arc<Passwords>,
    pub(super) cookies: Arc<RegistrationCookies>,
    pub(super) redemptions: Arc<Redemptions>,
    pub(super) devices: Arc<Devices>,
    pub(super) tokens: Arc<SessionTokens>,
    pub(super) terminations: Arc<Terminations>,
    pub(super) account_links: Arc<AccountLinks>,
    pub(super) audit: audit::Service,
    pub(super) metrics: Metrics,
}

impl Parts {
    pub(super) fn new(
        config: &Config,
        store: &Store,
        (users, keys, passwords, metrics): (&user::Service, &keys::Service, Passwords, Metrics),
        audit: &audit::Service,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> Result<Self, StoreError> {
        let (keyring, lifetimes) = (keys.keyring(), Lifetimes::of(config));
        let realm = Realm::new(config.app.url.origin().as_str(), config.app.url.origin().as_str());
        let machine = || (Arc::clone(clock), Arc::clone(rng));
        let repository = Arc::new(Repository::new(store)?);
        let shared = || Arc::clone(&repository);
        let revocations = Arc::new(Revocations::new(&repository, keys.clone(), Arc::clone(clock)));
        let passwords = Arc::new(passwords);
        let cookies = Arc::new(RegistrationCookies::new(&keyring, machine()));
        let known = (Arc::clone(&passwords), Arc::clone(&cookies));
        let redemptions = Redemptions::new(shared(), users.clone(), known);
        let devices = Devices::new(&keyring, shared(), users.clone(), lifetimes.device, machine());
        let tokens =
            SessionTokens::new(keys, shared(), realm, (lifetimes.access, lifetimes.impersonation), machine());
        let terminations = Terminations::new(shared(), Arc::clone(&revocations), audit.clone(), machine());
        let account_links = AccountLinks { repository: shared(), users: users.clone() };
        Ok(Self {
            account_links: Arc::new(account_links),
            redemptions: Arc::new(redemptions),
            devices: Arc::new(devices),
            tokens: Arc::new(tokens),
            terminations: Arc::new(terminations),
            repository,
            revocations,
            passwords,
            cookies,
            audit: audit.clone(),
            metrics,
        })
    }

    /// The parts that accept registrations.
    pub(super) fn registrations(
        &self,
        (users, mails): (&user::Service, &mail::Service),
        languages: &Languages,
        lifetimes: Lifetimes,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> Registrations {
        Registrations {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            passwords: Arc::clone(&self.passwords),
            cookies: Arc::clone(&self.cookies),
            redemptions: Arc::clone(&self.redemptions),
            languages: languages.clone(),
            lifetime: lifetimes.registration,
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        }
    }

    /// The parts that create and accept invitations.
    pub(super) fn invitations(
        &self,
        (users, mails): (&user::Service, &mail::Service),
        languages: &Languages,
        lifetimes: Lifetimes,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> (Invitations, Acceptances) {
        let invitations = Invitations {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            audit: self.audit.clone(),
            lifetime: lifetimes.invitation,
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        };
        let acceptances = Acceptances {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            passwords: Arc::clone(&self.passwords),
            cookies: Arc::clone(&self.cookies),
            redemptions: Arc::clone(&self.redemptions),
            languages: languages.clone(),
            rng: Arc::clone(rng),
        };
        (invitations, acceptances)
    }

    /// Who identifies callers.
    pub(super) fn authenticator(
        &self,
        users: &user::Service,
        keys: &keys::Service,
        lifetimes: Lifetimes,
        clock: &Arc<dyn Clock>,
    ) -> TokenAuthenticator {
        let known = (Arc::clone(&self.repository), Arc::clone(&self.revocations));
        TokenAuthenticator::new(
            keys.tokens(),
            Arc::clone(&self.revocations),
            users.clone(),
            (Arc::clone(&self.devices), Arc::clone(&self.passwords)),
            (lifetimes.access, lifetimes.impersonation),
            ApiKeyMemory::new(known, users.clone(), Arc::clone(clock)),
        )
    }

    /// The API keys.
    pub(super) fn api_keys(
        &self,
        users: &user::Service,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> ApiKeys {
        ApiKeys {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            terminations: Arc::clone(&self.terminations),
            audit: self.audit.clone(),
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        }
    }

    /// The operator's administration of users.
    pub(super) fn administration(
        &self,
        users: &user::Service,
        templates: &EmailTemplates,
        rng: &Arc<dyn Rng>,
        lifetimes: Lifetimes,
    ) -> UserAdministration {
        UserAdministration {
            repository: Arc::clone(&self.repository),
            users: users.clone(),
            changes: self.user_changes(users),
            audit: self.audit.clone(),
            templates: templates.clone(),
            link_lifetime: lifetimes.reset,
            rng: Arc::clone(rng),
        }
    }

    /// The part that both administrations use.
    fn user_changes(&self, users: &user::Service) -> Arc<UserChanges> {
        Arc::new(UserChanges {
            repository: Arc::clone(&self.repository),
            users: users.clone(),
            terminations: Arc::clone(&self.terminations),
            audit: self.audit.clone(),
        })
    }

    /// The administration of users by users who have the permission.
    pub(super) fn management(&self, users: &user::Service, rng: &Arc<dyn Rng>) -> UserManagement {
        UserManagement {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            changes: self.user_changes(users),
            audit: self.audit.clone(),
            rng: Arc::clone(rng),
        }
    }

    /// The part that withdraws signing keys.
    pub(super) fn key_revocation(&self, keys: keys::Service, rng: &Arc<dyn Rng>) -> SigningKeyRevocation {
        SigningKeyRevocation { keys, terminations: Arc::clone(&self.terminations), rng: Arc::clone(rng) }
    }

    /// The part that lets administrators act as other users.
    pub(super) fn impersonations(
        &self,
        users: &user::Service,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> Impersonations {
        Impersonations {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            tokens: Arc::clone(&self.tokens),
            audit: self.audit.clone(),
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        }
    }

    /// The part that refreshes and ends sessions.
    pub(super) fn sessions(
        &self,
        (users, mails, keys): (&user::Service, &mail::Service, &keys::Service),
        lifetimes: Lifetimes,
        rng: &Arc<dyn Rng>,
    ) -> Sessions {
        Sessions {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            keys: keys.tokens(),
            devices: Arc::clone(&self.devices),
            tokens: Arc::clone(&self.tokens),
            terminations: Arc::clone(&self.terminations),
            lifetimes,
            rng: Arc::clone(rng),
        }
    }

    /// The parts that sign in through providers.
    pub(super) fn oauth(
        &self,
        config: &Config,
        (users, mails, keys): (&user::Service, &mail::Service, &keys::Service),
        providers: Providers,
        sessions: &Arc<NewSessions>,
        (clock, rng): (&Arc<dyn Clock>, &Arc<dyn Rng>),
    ) -> (OAuthSignIns, IdentityConfirmations, Identities) {
        let lifetimes = Lifetimes::of(config);
        let cookies = OAuthCookies::new(&keys.keyring(), (Arc::clone(clock), Arc::clone(rng)));
        let cookies = Arc::new(cookies);
        let (own, allowed) = (config.app.url.origin().clone(), config.oauth.return_to.clone());
        let attempts = Arc::new(OAuthAttempts {
            repository: Arc::clone(&self.repository),
            providers,
            cookies: Arc::clone(&cookies),
            return_addresses: ReturnAddresses { own, allowed },
            lifetime: config.oauth.ttl,
        });
        let sign_ins = OAuthSignIns {
            attempts: Arc::clone(&attempts),
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            devices: Arc::clone(&self.devices),
            sessions: Arc::clone(sessions),
            metrics: self.metrics.clone(),
            cookies: Arc::clone(&cookies),
            languages: config.languages.clone(),
            lifetime: lifetimes.registration,
            clock: Arc::clone(clock),
            rng: Arc::clone(rng),
        };
        let confirmations = IdentityConfirmations {
            attempts: Arc::clone(&attempts),
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            devices: Arc::clone(&self.devices),
            sessions: Arc::clone(sessions),
            cookies,
            redemptions: Arc::clone(&self.redemptions),
            rng: Arc::clone(rng),
        };
        let identities = Identities {
            attempts,
            repository: Arc::clone(&self.repository),
            users: users.clone(),
            mails: mails.clone(),
            terminations: Arc::clone(&self.terminations),
            rng: Arc::clone(rng),
        };
        (sign_ins, confirmations, identities)
    }

    /// The part that signs in.
    pub(super) fn logins(&self, users: &user::Service, sessions: &Arc<NewSessions>) -> Logins {
        Logins {
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            passwords: Arc::clone(&self.passwords),
            registrations: Arc::clone(&self.cookies),
            devices: Arc::clone(&self.devices),
            sessions: Arc::clone(sessions),
            metrics: self.metrics.clone(),
        }
    }

    /// Another address for an account, the objection to it, and the deletion of an account.
    pub(super) fn accounts(
        &self,
        (users, mails): (&user::Service, &mail::Service),
        lifetimes: Lifetimes,
        rng: &Arc<dyn Rng>,
    ) -> (EmailChanges, AccountSecurity, AccountDeletions) {
        let changes = EmailChanges {
            repository: Arc::clone(&self.repository),
            links: Arc::clone(&self.account_links),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            devices: Arc::clone(&self.devices),
            tokens: Arc::clone(&self.tokens),
            redemptions: Arc::clone(&self.redemptions),
            terminations: Arc::clone(&self.terminations),
            rng: Arc::clone(rng),
        };
        let security = AccountSecurity {
            links: Arc::clone(&self.account_links),
            users: users.clone(),
            revocations: Arc::clone(&self.revocations),
            terminations: Arc::clone(&self.terminations),
            rng: Arc::clone(rng),
        };
        let deletions = AccountDeletions {
            repository: Arc::clone(&self.repository),
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            terminations: Arc::clone(&self.terminations),
            retention: lifetimes.deleted,
            rng: Arc::clone(rng),
        };
        (changes, security, deletions)
    }

    /// The shared part of resetting and changing passwords.
    pub(super) fn passwords(
        &self,
        (users, mails): (&user::Service, &mail::Service),
        sessions: &Arc<NewSessions>,
        rng: &Arc<dyn Rng>,
    ) -> (PasswordResets, PasswordChanges) {
        let resets = PasswordResets {
            links: Arc::clone(&self.account_links),
            users: users.clone(),
            revocations: Arc::clone(&self.revocations),
            mails: mails.clone(),
            passwords: Arc::clone(&self.passwords),
            terminations: Arc::clone(&self.terminations),
            rng: Arc::clone(rng),
        };
        let changes = PasswordChanges {
            revocations: Arc::clone(&self.revocations),
            users: users.clone(),
            mails: mails.clone(),
            passwords: Arc::clone(&self.passwords),
            devices: Arc::clone(&self.devices),
            sessions: Arc::clone(sessions),
            terminations: Arc::clone(&self.terminations),
            rng: Arc::clone(rng),
        };
        (resets, changes)
    }
}
