//! All services, put together: the one place that constructs things.

use std::num::NonZeroUsize;
use std::sync::Arc;

use palisade_core::config::Config;
use palisade_core::config::mail::Delivery;
use palisade_core::health::Health;
use palisade_core::identity::Console;
use palisade_core::limits::{AccountHasher, FallbackState};
use palisade_core::server::{PortParts, Ports};
use palisade_core::utils::crypto::password::PasswordHasher;
use palisade_core::utils::crypto::purpose::Purpose;
use palisade_core::utils::logger::AccessLog;
use palisade_lib::oauth::Providers;
use palisade_lib::store::{Calls, CursorKey, Documents, Store};

use super::error::OpenError;
use super::kept::{open_keys, open_store};
use super::probe::StoreProbe;
use super::readings::Readings;
use super::settings::hasher_config;
use crate::auth::{EmailTemplates, Foundation, MailBudgets};
use crate::clocks::{self, ClockProbe, ClockState};
use crate::jobs::Jobs;
use crate::limiter::Limiter;
use crate::mail::{RenderEmail, Transport};
use crate::own_jobs::OwnJobs;
use crate::own_mails::{Emails, OwnEmails, OwnOutbox};
use crate::product::{Mails, Resources};
use crate::system::System;
use crate::traces::Export;
use crate::{addresses, audit, auth, jobs, keys, mail, user, webhook};

/// All services, ready. Clones share everything.
#[derive(Clone, Debug)]
pub struct Services {
    /// Signing in.
    pub auth: auth::Services,
    /// Users.
    pub users: user::Service,
    /// The audit.
    pub audit: audit::Service,
    /// Webhooks.
    pub webhooks: webhook::Service,
    /// Mail.
    pub mails: mail::Service,
    /// Keys.
    pub keys: keys::Service,
    /// The work beside the requests, in steps.
    pub jobs: Jobs,
    pub(super) store: Store,
    pub(super) transport: Transport,
    pub(super) renderer: Arc<dyn RenderEmail>,
    limiter: Limiter,
    accounts: Arc<AccountHasher>,
    system: System,
    resources: Resources,
    pub(super) export: Export,
    mailbox: bool,
    /// The number of simultaneous deliveries.
    pub(super) deliveries: NonZeroUsize,
}

impl Services {
    /// Opens the store, the keys and the hashing threads, and assembles the services: once, in `main`, which has
    /// the console.
    ///
    /// # Errors
    /// The problem, with the remedy for an operator.
    pub async fn open(console: &Console, config: &Config, system: System) -> Result<Self, OpenError> {
        addresses::judge(config)?;
        let store = open_store(console, config, &system).await?;
        clocks::check_start(store.clock_reading())?;
        // From here on there is one clock: the store's clock dates and ends everything that is kept, in the store,
        // in cookies or in tokens. No code below sees this machine's clock.
        let system = System { clock: store.clock(), ..system };
        let System { clock, rng, .. } = &system;
        let keys = open_keys(config, &system, &store).await?;
        let keyring = keys.keyring();
        let store = store.with_cursor_key(CursorKey::new(keyring.key(Purpose::Cursor).expose_secret()));

        let rights = system.additions.rights();
        let retention = config.store.audit_retention.get();
        let audit = audit::Service::new(&store, retention, (Arc::clone(clock), Arc::clone(rng)))?;
        let users = user::Service::new(&store, audit.clone(), rights, (Arc::clone(clock), Arc::clone(rng)))?;
        let mails =
            mail::Service::new(&store, &keyring, audit.clone(), (Arc::clone(clock), Arc::clone(rng)))?;
        let receivers = (config.webhook.as_ref(), &config.outbound);
        let machine = (Arc::clone(clock), Arc::clone(rng));
        let webhooks = webhook::Service::new(&store, &keyring, receivers, audit.clone(), machine)?;
        let limiter = Limiter::open(config, &system)?;
        let accounts = Arc::new(AccountHasher::new(keyring.key(Purpose::LimitKeys).expose_secret()));
        let hasher =
            PasswordHasher::start(hasher_config(config, system.hash_cost), keys.peppers(), Arc::clone(rng))?;
        let hashing = hasher.queue();
        let export = Export::open(config)?;
        let templates = EmailTemplates::new(config)?;
        let form = templates.form().clone();
        let foundation = Foundation {
            users: users.clone(),
            mails: mails.clone(),
            templates,
            keys: keys.clone(),
            hasher,
            limiter: limiter.store(),
            accounts: Arc::clone(&accounts),
            providers: Providers::open(&config.oauth, &config.outbound, clock)?,
            metrics: system.metrics.clone(),
            audit: audit.clone(),
        };
        let machine = (Arc::clone(clock), Arc::clone(rng));
        let auth = auth::Services::new(config, &store, foundation, machine)?;
        let transport = Transport::open(&config.mail, config.app.url.host())?;
        let mailbox = config.app.is_development() && matches!(config.mail.delivery, Delivery::Mailbox);
        let machine = (Arc::clone(clock), Arc::clone(rng));
        let listed = system.additions.mails;
        let budgets = MailBudgets::new(config, limiter.store(), Arc::clone(&accounts));
        let own_emails = OwnEmails::new(config, listed, (users.clone(), form, budgets));
        let renderer: Arc<dyn RenderEmail> = Arc::new(Emails { own: own_emails, rest: auth.emails.clone() });
        let outbox = OwnOutbox { mails: mails.clone(), listed };
        let resources = Resources::new(config, Documents::of(&store), Mails::new(Arc::new(outbox)), machine);
        let own = OwnJobs::new(system.additions.jobs, &store, &resources)?;
        let jobs = Jobs::new(jobs::Foundation {
            store: store.clone(),
            auth: auth.clone(),
            keys: keys.clone(),
            mails: mails.clone(),
            webhooks: webhooks.clone(),
            transport: transport.clone(),
            renderer: Arc::clone(&renderer),
            deliveries: config.mail.connections,
            deleted_retention: config.store.deleted_retention.get(),
            budget: jobs::Foundation::budget(config),
            own: own.clone(),
            clock: Arc::clone(clock),
        });
        system.metrics.watch(Arc::new(Readings {
            hashing,
            revocations: Arc::clone(&auth.revocations),
            mails: mails.clone(),
            webhooks: webhooks.clone(),
            store: store.clone(),
            limiter: limiter.clone(),
            export: export.clone(),
            jobs: own,
        }));
        Ok(Self {
            auth,
            users,
            audit,
            webhooks,
            mails,
            keys,
            jobs,
            store,
            transport,
            renderer,
            limiter,
            accounts,
            system,
            resources,
            export,
            mailbox,
            deliveries: config.mail.connections,
        })
    }

    /// What the code of a product works with.
    pub fn resources(&self) -> &Resources {
        &self.resources
    }

    /// Whether mails are shown instead of sent.
    pub fn has_mailbox(&self) -> bool {
        self.mailbox
    }

    /// The number of calls of the store so far, by collection: for metrics, and for tests of "this costs no query".
    pub fn calls(&self) -> Calls {
        self.store.calls()
    }

    /// The state of the shared store of rate limits; `None` if this process counts alone.
    pub fn limiter_state(&self) -> Option<FallbackState> {
        match &self.limiter {
            Limiter::Local(_) => None,
            Limiter::Shared(fallback) => Some(fallback.state()),
        }
    }

    /// The difference between the clock of the store, which dates and ends everything, and that of this machine.
    /// For metrics.
    pub fn clock_state(&self) -> ClockState {
        self.store.clock_reading().into()
    }

    /// The ports of the request life cycle.
    pub fn ports(&self, health: Health, access_log: AccessLog) -> Ports {
        health.watch(
            "store",
            Arc::new(StoreProbe {
                store: self.store.clone(),
                revocations: Arc::clone(&self.auth.revocations),
            }),
        );
        health.watch("mail", Arc::new(self.mails.probe()));
        health.watch("clock", Arc::new(ClockProbe(self.store.clone())));
        if let Some(jobs) = self.jobs.own().probe() {
            health.watch("jobs", jobs);
        }
        if let Limiter::Shared(fallback) = &self.limiter {
            health.watch("limits", Arc::new(fallback.clone()));
        }
        Ports::new(PortParts {
            clock: Arc::clone(&self.system.clock),
            rng: Arc::clone(&self.system.rng),
            limiter: self.limiter.store(),
            authenticator: self.auth.authenticator.clone(),
            grantable: self.system.additions.rights().all().collect(),
            accounts: Arc::clone(&self.accounts),
            health,
            access_log,
            metrics: self.system.metrics.clone(),
            traces: self.export.traces(),
        })
    }
}
