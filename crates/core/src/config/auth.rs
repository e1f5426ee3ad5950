//! Accounts: password hashing, lifetimes, and the first administrator.

use super::mail::MailConfig;
use super::passphrase::Passphrase;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use super::values::{Count, Period};
use crate::utils::crypto::password::BcryptCost;
use crate::values::mail_address::{Address, AddressProblem};

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The longest life of an access token that any instance can be set to. Anything that has to outlive every possible
/// token uses this bound, not the current setting: the setting may have been longer yesterday, and may be longer on
/// another instance.
pub const LONGEST_ACCESS_TTL: std::time::Duration = std::time::Duration::from_secs(HOUR);

/// Above this one sign-in takes a second and more.
const SLOW_COST: u32 = 15;

settings! {
    /// Accounts and sessions.
    pub struct AuthConfig in "Accounts and sessions" {
        /// The cost of bcrypt: each step doubles the work of a sign-in and of an attacker.
        bcrypt_cost: BcryptCost = BCRYPT_COST default("12");
        /// The fewest characters (Unicode code points) of a new password.
        password_min_length: Count<8, 64> = PASSWORD_MIN_LENGTH default("12");
        /// The implementation of bcrypt: `lanes` computes several at once on each thread, `library` one after the
        /// other. The hashes are the same.
        password_hasher: HasherChoice = PASSWORD_HASHER default("lanes");
        /// The number of passwords that a thread hashes at once, with `lanes`. More lanes finish more hashes a
        /// second, until the core is full, and each hash takes longer.
        hashing_lanes: Count<1, 8> = HASHING_LANES default("4");
        /// The number of threads that hash passwords.
        hashing_threads: Count<1, 256> = HASHING_THREADS optional("one per core");
        /// The number of passwords that may wait to be hashed, half of them for known devices; when the queue is
        /// full the answer is 503. A request that has waited a third of `HANDLER_TIMEOUT` also gets 503.
        hashing_queue: Count<2, 10_000> = HASHING_QUEUE optional("32 for each thread");
        /// How long an access token is valid.
        access_ttl: Period<1, { LONGEST_ACCESS_TTL.as_secs() }> = ACCESS_TOKEN_TTL default("10m");
        /// How long a replaced refresh token still gets the same answer. Shorter than `ACCESS_TOKEN_TTL`.
        refresh_grace: Period<1, {5 * MINUTE}> = REFRESH_GRACE default("30s");
        /// A session ends after this time without a refresh. At least `ACCESS_TOKEN_TTL`, at most
        /// `SESSION_MAX_TTL`.
        session_idle_ttl: Period<1, {400 * DAY}> = SESSION_IDLE_TTL default("14d");
        /// Every session ends after this time. Browsers keep no cookie longer than 400 days.
        session_max_ttl: Period<1, {400 * DAY}> = SESSION_MAX_TTL default("90d");
        /// How long a registration and its mailed link are valid.
        registration_ttl: Period<MINUTE, {7 * DAY}> = REGISTRATION_TTL default("24h");
        /// How long the link that makes the first administrator is valid.
        setup_ttl: Period<MINUTE, DAY> = SETUP_TTL default("1h");
        /// How long the link that resets a password is valid. At least twice the window of `MAIL_BUDGET`.
        reset_ttl: Period<MINUTE, DAY> = PASSWORD_RESET_TTL default("30m");
        /// How long the link that confirms a new address of an account is valid, and the link with which the owner of the
        /// old one ends every session. At least twice the window of `MAIL_BUDGET`.
        email_change_ttl: Period<MINUTE, DAY> = EMAIL_CHANGE_TTL default("1h");
        /// How long after signing in a user need not give the password again to change the address or to delete the
        /// account.
        fresh_ttl: Period<1, HOUR> = FRESH_TTL default("10m");
        /// How long an administrator may act as another user before starting again.
        impersonation_ttl: Period<{5 * MINUTE}, { LONGEST_ACCESS_TTL.as_secs() }> = IMPERSONATION_TTL default("30m");
        /// How long an invitation and its mailed link are valid. At least twice the window of `MAIL_BUDGET`.
        invitation_ttl: Period<MINUTE, {30 * DAY}> = INVITATION_TTL default("7d");
        /// How long a browser counts as a known device of an account.
        device_ttl: Period<DAY, {400 * DAY}> = DEVICE_TTL default("180d");
        /// The first administrator: while there is no super-admin, the server mails this address a link that makes
        /// one when it starts. It does so only once in the life of a store, whatever becomes of the link and of the
        /// account.
        admin_email: AdminEmail = ADMIN_EMAIL optional("use `palisade admin create` to make the first administrator") like "ada@example.org";
        /// The password of `ADMIN_EMAIL`: with it the start makes the account itself, once, and mails nothing. It
        /// must meet the rules for passwords. Remove it from the environment afterwards.
        admin_password: Passphrase = ADMIN_PASSWORD optional("the server mails `ADMIN_EMAIL` a link to choose one");
    }
}

impl AuthConfig {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if self.bcrypt_cost.get() > SLOW_COST {
            reader.warn(format!(
                "BCRYPT_COST: above {SLOW_COST} each sign-in keeps a core busy for a second or more"
            ));
        }
        let (access, idle, max) =
            (self.access_ttl.get(), self.session_idle_ttl.get(), self.session_max_ttl.get());
        let grace = self.refresh_grace.get();
        reader.relate(Self::REFRESH_GRACE, Self::ACCESS_TOKEN_TTL, grace < access, "shorter than");
        reader.relate(Self::ACCESS_TOKEN_TTL, Self::SESSION_IDLE_TTL, access <= idle, "no longer than");
        reader.relate(Self::SESSION_IDLE_TTL, Self::SESSION_MAX_TTL, idle <= max, "no longer than");
        self.check_administrator(reader);
    }

    /// A stranger who uses up an address's mail budget must not outlast a link that was already sent.
    pub(super) fn check_links(&self, mail: &MailConfig, reader: &mut Reader<'_>) {
        let holds = self.registration_ttl.get() >= mail.budget.window().saturating_mul(2);
        reader.relate(Self::REGISTRATION_TTL, MailConfig::BUDGET, holds, "at least twice the window of");
        let holds = self.reset_ttl.get() >= mail.budget.window().saturating_mul(2);
        reader.relate(Self::PASSWORD_RESET_TTL, MailConfig::BUDGET, holds, "at least twice the window of");
        let holds = self.email_change_ttl.get() >= mail.budget.window().saturating_mul(2);
        reader.relate(Self::EMAIL_CHANGE_TTL, MailConfig::BUDGET, holds, "at least twice the window of");
        let holds = self.invitation_ttl.get() >= mail.budget.window().saturating_mul(2);
        reader.relate(Self::INVITATION_TTL, MailConfig::BUDGET, holds, "at least twice the window of");
    }

    fn check_administrator(&self, reader: &mut Reader<'_>) {
        let Some(password) = &self.admin_password else { return };
        reader.keep(Self::ADMIN_PASSWORD, password.expose());
        if self.admin_email.is_none() && !reader.failed(Self::ADMIN_EMAIL) {
            reader.refuse_for(
                Self::ADMIN_PASSWORD,
                "is set without ADMIN_EMAIL",
                "both, or only ADMIN_EMAIL",
            );
        }
        let shortest =
            if reader.failed(Self::PASSWORD_MIN_LENGTH) { 8 } else { self.password_min_length.get() };
        let length = password.expose().chars().count();
        if u32::try_from(length).map_or(true, |length| !(shortest..=128).contains(&length)) {
            let expected = format!("from {shortest} to 128 characters");
            reader.refuse_for(Self::ADMIN_PASSWORD, "has the wrong length", expected);
        } else if reader.is_production() && password.is_sample() {
            reader.refuse_for(
                Self::ADMIN_PASSWORD,
                "is a sample or easily guessed",
                "a password that nobody else knows",
            );
        }
    }
}

/// An integer within the bounds of the type.
type Cost = Count<{ BcryptCost::MIN.get() }, { BcryptCost::MAX.get() }>;

impl Setting for BcryptCost {
    fn expects() -> String {
        Cost::expects()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::new(Cost::parse(text)?.get()).map_err(|error| error.to_string().into())
    }

    fn show(&self) -> String {
        self.get().to_string()
    }
}

/// The implementation of bcrypt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HasherChoice {
    /// `palisade-bcrypt`, several at once on each thread.
    Lanes,
    /// The `bcrypt` crate, one after the other.
    Library,
}

impl Setting for HasherChoice {
    fn expects() -> String {
        "`lanes` or `library`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "lanes" => Ok(Self::Lanes),
            "library" => Ok(Self::Library),
            _ => Err("is neither".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Lanes => "lanes".to_owned(),
            Self::Library => "library".to_owned(),
        }
    }
}

/// The first administrator's address, as text in the canonical form that accounts use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdminEmail(String);

impl AdminEmail {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for AdminEmail {
    fn expects() -> String {
        "an e-mail address".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let address = Address::parse(text).map_err(AddressProblem::message)?;
        if !address.is_qualified() {
            return Err(AddressProblem::Domain.message().into());
        }
        Ok(Self(format!("{}@{}", address.local().to_ascii_lowercase(), address.domain())))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}
