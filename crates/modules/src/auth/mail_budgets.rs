//! How many mails strangers may cause: for one address, and for the whole server.
//!
//! Two things must hold at once: nobody's mailbox is flooded, and **whoever floods cannot keep the owner of an address from a
//! working link**. So a budget that is used up never voids what was sent, and:
//!
//! - The short budget (`MAIL_BUDGET`) stops everything for its window. A link that was sent in it outlives it: links live
//!   twice as long at least, which is checked at start.
//! - The budget of the day (`MAIL_BUDGET_DAY`) is longer than most links live, so it does not stop everything. Once it is
//!   used up a mail with a link still goes out once in half the life of a link: the newest link always holds for the other
//!   half. Notices, which hold no link, wait for the next day.
//! - The budget of the server (`MAIL_BUDGET_SERVER`) drops nothing: what is above it waits. Each purpose has its own, so
//!   whoever invents addresses to register uses up nothing that mails to users with an account need. And half of what
//!   strangers share is kept for networks that have had little of it, so that one that floods does not shut out another.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::limits::{AccountHasher, Charge, Decision, LimitKey, Quota, Subject};
use palisade_core::net::NetworkKey;
use palisade_core::ports::LimitStore;

use super::email_templates;
use crate::mail::Verdict;
use crate::user::types::Email;

/// How many mails of strangers a wide network (IPv4 /24, IPv6 /48) gets out of the half of the server's budget that is kept
/// for those who ask for little. In the window of that budget.
const SPARING: u32 = 3;

/// A mail that is held back is asked about again no sooner and no later than this.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(15));

/// The budgets of an address, by the settings that say how much.
const SHORT: &str = "MAIL_BUDGET";
const DAY: &str = "MAIL_BUDGET_DAY";

/// Says whether a mail may go.
#[derive(Debug)]
pub(crate) struct MailBudgets {
    limiter: Arc<dyn LimitStore>,
    accounts: Arc<AccountHasher>,
    /// One address, one purpose.
    address: Quota,
    /// The same, for a day.
    address_day: Quota,
    /// The whole server, one purpose.
    server: Quota,
}

/// What a message is, as far as budgets go.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    purpose: &'static str,
    /// How long its link holds; `None` for a notice.
    link_life: Option<Duration>,
    /// Whether it goes to whomever a stranger names, rather than to users with an account.
    to_anybody: bool,
}

impl Kind {
    /// Tells an owner something.
    pub(super) const fn notice(purpose: &'static str) -> Self {
        Self { purpose, link_life: None, to_anybody: false }
    }

    /// Holds the link that proves an address.
    pub(super) const fn verification(link_life: Duration) -> Self {
        Self { purpose: email_templates::VERIFICATION, link_life: Some(link_life), to_anybody: true }
    }
}

/// Whether a mail may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    /// Nothing is sent: this budget is used up. Whoever asked is not told.
    No(&'static str),
    /// The budget of the server is used up: after this long it is worth asking again.
    Later(Duration),
}

impl MailBudgets {
    pub(crate) fn new(config: &Config, limiter: Arc<dyn LimitStore>, accounts: Arc<AccountHasher>) -> Self {
        let mail = &config.mail;
        let (address, address_day, server) = (mail.budget, mail.budget_day, mail.budget_server);
        Self { limiter, accounts, address, address_day, server }
    }

    /// Whether one more mail of this kind may go to this address. What was asked about before (`is_new` no more) was
    /// charged then. `network` is where it was asked for, where that is known.
    pub(super) async fn allows(
        &self,
        kind: Kind,
        email: &Email,
        network: Option<NetworkKey>,
        is_new: bool,
    ) -> Result<Allowed, AppError> {
        if !is_new {
            return Ok(Allowed::Yes);
        }
        let charges = match self.address_charges(kind, email).await? {
            Ok(charges) => charges,
            Err(budget) => return Ok(Allowed::No(budget)),
        };
        // First what may make it wait: whoever waits is charged nothing else. Mails of one purpose to one address are
        // asked about one after the other, so what the address had left is still there.
        if let Some(wait) = self.charge_server(kind, network).await? {
            return Ok(Allowed::Later(wait.clamp(AGAIN.0, AGAIN.1)));
        }
        Ok(if self.take(&charges).await?.passed() { Allowed::Yes } else { Allowed::No(SHORT) })
    }

    /// What a mail to this address charges; when the address has had enough, the budget that says so.
    async fn address_charges(
        &self,
        kind: Kind,
        email: &Email,
    ) -> Result<Result<Vec<Charge>, &'static str>, AppError> {
        let subject = Subject::Account(self.accounts.account(email.as_str()));
        let charge = |suffix: &str, quota| {
            let bucket = format!("mail-{}{suffix}", kind.purpose);
            Charge::new(LimitKey::new(bucket.into(), subject.clone()), quota)
        };
        let short = charge("", self.address);
        let day = charge("-day", self.address_day);
        if self.have_room(&[&short, &day]).await? {
            return Ok(Ok(vec![short, day]));
        }
        if let Some(quota) = kind.link_life.and_then(one_in_half) {
            let still = charge("-still", quota);
            if self.have_room(&[&short, &still]).await? {
                return Ok(Ok(vec![short, still]));
            }
        }
        Ok(Err(if self.have_room(&[&short]).await? { DAY } else { SHORT }))
    }

    /// Charges the share of the server; gives how long to wait when there is nothing left of it.
    async fn charge_server(
        &self,
        kind: Kind,
        network: Option<NetworkKey>,
    ) -> Result<Option<Duration>, AppError> {
        let quota = self.server;
        if !kind.to_anybody {
            return Ok(self.take(&[self.of_server(kind, "server", quota)]).await?.retry_after());
        }
        let half = Quota::new((quota.limit().get() / 2).max(1), quota.window()).unwrap_or(quota);
        let Some(wait) = self.take(&[self.of_server(kind, "server", half)]).await?.retry_after() else {
            return Ok(None);
        };
        let Some(network) = network else { return Ok(Some(wait)) };
        let sparing = Quota::new(SPARING, quota.window()).unwrap_or(quota);
        let bucket = format!("mail-{}-sparing", kind.purpose);
        let own = Charge::new(LimitKey::new(bucket.into(), Subject::Network(network.wide())), sparing);
        if !self.have_room(&[&own]).await? {
            return Ok(Some(wait));
        }
        let kept = self.of_server(kind, "server-kept", half);
        if let Some(kept) = self.take(&[kept]).await?.retry_after() {
            return Ok(Some(wait.min(kept)));
        }
        Ok(self.take(&[own]).await?.retry_after().map(|_| wait))
    }

    /// A bucket that all mails of a purpose share. It belongs to an account that nobody can have.
    fn of_server(&self, kind: Kind, suffix: &str, quota: Quota) -> Charge {
        let bucket = format!("mail-{}-{suffix}", kind.purpose);
        Charge::new(LimitKey::new(bucket.into(), Subject::Account(self.accounts.account(""))), quota)
    }

    async fn have_room(&self, charges: &[&Charge]) -> Result<bool, AppError> {
        let questions: Vec<Charge> = charges.iter().map(|charge| charge.to_question()).collect();
        Ok(self.take(&questions).await?.passed())
    }

    async fn take(&self, charges: &[Charge]) -> Result<Decision, AppError> {
        self.limiter.take(charges).await.map_err(AppError::internal)
    }
}

/// What becomes of a mail that has to wait for the budget of the server.
pub(super) fn over_budget(wait: Duration) -> Verdict {
    Verdict::Later { wait, reason: "the budget of the whole server is used up (MAIL_BUDGET_SERVER)" }
}

/// One in half of this time, which the windows of quotas bound.
fn one_in_half(life: Duration) -> Option<Quota> {
    let longest = u64::from(palisade_core::limits::MAX_WINDOW_SECS);
    Quota::new(1, Duration::from_secs((life.as_secs() / 2).clamp(1, longest))).ok()
}
