//! The number of mails that strangers may cause: per address, and for the whole server.
//!
//! Two requirements apply at once: nobody's mailbox is flooded, and **a flooding client cannot keep the owner of an
//! address from a working link**. So an exhausted budget never invalidates sent links, and:
//!
//! - The short budget (`MAIL_BUDGET`) stops all mails for its window. A link sent within it outlives it: links live
//!   at least twice as long, which is checked at start.
//! - The daily budget (`MAIL_BUDGET_DAY`) is longer than most links live, so it does not stop all mails. Once it is
//!   exhausted, a mail with a link is still sent once per half the lifetime of a link: the newest link is always
//!   valid for the other half. Notices, which contain no link, wait for the next day.
//! - The budget of the server (`MAIL_BUDGET_SERVER`) drops nothing: mails above it wait. Each purpose has its own,
//!   so a client that invents addresses to register uses up nothing that mails to users with an account need. Half
//!   of the budget that strangers share is reserved for networks that have used little of it, so one flooding
//!   network does not shut out the others.

use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::Config;
use palisade_core::errors::AppError;
use palisade_core::identity::UserId;
use palisade_core::limits::{AccountHasher, Charge, Decision, LimitKey, Quota, Subject};
use palisade_core::net::NetworkKey;
use palisade_core::ports::LimitStore;

use super::email_templates;
use crate::mail::Verdict;
use crate::user::types::Email;

/// How many mails strangers of one wide network (IPv4 /24, IPv6 /48) get from the reserved half of the server's
/// budget, per window of that budget.
const SPARING: u32 = 3;

/// The shortest and the longest time until a held mail is tried again.
const AGAIN: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(15));

/// The budgets of an address, by the names of their settings.
const SHORT: &str = "MAIL_BUDGET";
const DAY: &str = "MAIL_BUDGET_DAY";

/// Decides whether a mail may be sent.
#[derive(Debug)]
pub(crate) struct MailBudgets {
    limiter: Arc<dyn LimitStore>,
    accounts: Arc<AccountHasher>,
    /// Per address and purpose.
    address: Quota,
    /// The same, per day.
    address_day: Quota,
    /// For the whole server, per purpose.
    server: Quota,
}

/// The properties of a message that budgets depend on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kind {
    purpose: &'static str,
    /// How long its link is valid; `None` for a notice.
    link_life: Option<Duration>,
    /// The user who alone can use the link: they have a budget of their own for each address, which nobody else can use up.
    of: Option<UserId>,
    /// Whether a stranger chose the recipient; otherwise it is a user with an account, or somebody whom one of them
    /// invited.
    to_anybody: bool,
}

impl Kind {
    /// A notice to an owner.
    pub(super) const fn notice(purpose: &'static str) -> Self {
        Self { purpose, link_life: None, of: None, to_anybody: false }
    }

    /// A message with a link for a user who has an account, or for an invited person.
    pub(super) const fn link(purpose: &'static str, link_life: Duration) -> Self {
        Self { purpose, link_life: Some(link_life), of: None, to_anybody: false }
    }

    /// A message with a link whose recipient a stranger may have chosen.
    pub(super) const fn link_to_anybody(purpose: &'static str, link_life: Duration) -> Self {
        Self { to_anybody: true, ..Self::link(purpose, link_life) }
    }

    /// A link that only this user can use, whatever address they chose for it.
    pub(super) const fn link_of(user: UserId, purpose: &'static str, link_life: Duration) -> Self {
        Self { of: Some(user), ..Self::link(purpose, link_life) }
    }

    /// A message with the link that confirms an address.
    pub(super) const fn verification(link_life: Duration) -> Self {
        Self::link_to_anybody(email_templates::VERIFICATION, link_life)
    }
}

/// Whether a mail may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Allowed {
    Yes,
    /// Nothing is sent: this budget is exhausted. The caller does not learn it.
    No(&'static str),
    /// The budget of the server is exhausted: try again after this time.
    Later(Duration),
}

impl MailBudgets {
    pub(crate) fn new(config: &Config, limiter: Arc<dyn LimitStore>, accounts: Arc<AccountHasher>) -> Self {
        let mail = &config.mail;
        let (address, address_day, server) = (mail.budget, mail.budget_day, mail.budget_server);
        Self { limiter, accounts, address, address_day, server }
    }

    /// Decides whether one more mail of this kind may go to this address. A mail that was decided about before
    /// (`is_new` is false) was charged then. `network` is the network of the request, if known.
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
        // First the check that may make it wait: a waiting mail is charged nothing else. Mails of one purpose to
        // one address are decided one after the other, so the remaining budget of the address does not change
        // meanwhile.
        if let Some(wait) = self.charge_server(kind, network).await? {
            return Ok(Allowed::Later(wait.clamp(AGAIN.0, AGAIN.1)));
        }
        Ok(if self.take(&charges).await?.passed() { Allowed::Yes } else { Allowed::No(SHORT) })
    }

    /// How long a mail of a product has to wait for the budget of the server. None is dropped, because no stranger chose its
    /// recipient.
    pub(crate) async fn wait_for_server(
        &self,
        purpose: &'static str,
        is_new: bool,
    ) -> Result<Option<Duration>, AppError> {
        if !is_new {
            return Ok(None);
        }
        let wait = self.charge_server(Kind::notice(purpose), None).await?;
        Ok(wait.map(|wait| wait.clamp(AGAIN.0, AGAIN.1)))
    }

    /// The charges for a mail to this address, or the budget that is exhausted.
    async fn address_charges(
        &self,
        kind: Kind,
        email: &Email,
    ) -> Result<Result<Vec<Charge>, &'static str>, AppError> {
        let named = match kind.of {
            Some(user) => format!("{user} {}", email.as_str()),
            None => email.as_str().to_owned(),
        };
        let subject = Subject::Account(self.accounts.account(&named));
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

    /// Charges the share of the server; returns how long to wait if nothing is left of it.
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

    /// A bucket that all mails of a purpose share. It uses an account id that no user can have.
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

/// The verdict on a mail that must wait for the budget of the server.
pub(crate) fn over_budget(wait: Duration) -> Verdict {
    Verdict::Later { wait, reason: "the budget of the whole server is exhausted (MAIL_BUDGET_SERVER)" }
}

/// One per half of this time, within the bounds of quota windows.
fn one_in_half(life: Duration) -> Option<Quota> {
    let longest = u64::from(palisade_core::limits::MAX_WINDOW_SECS);
    Quota::new(1, Duration::from_secs((life.as_secs() / 2).clamp(1, longest))).ok()
}
