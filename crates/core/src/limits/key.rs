//! The subject of a bucket: a client's network, a user, or an account that somebody tries to sign in to.
//!
//! A key contains no personal data beyond addresses and ids: an account is named by a keyed hash only.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::hmac;

use crate::net::NetworkKey;

/// An account, or a known device of an account, as a limit store sees it: a keyed hash that reveals nothing about
/// it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AccountKey([u8; 16]);

impl fmt::Display for AccountKey {
    /// 32 hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl fmt::Debug for AccountKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Creates [`AccountKey`]s: HMAC-SHA-256 under a key of its own, truncated to 128 bits.
///
/// The key must be the same on all instances that share a limit store, and must be used for nothing else.
pub struct AccountHasher(hmac::Key);

impl AccountHasher {
    /// A hasher under this key.
    pub fn new(key: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, key))
    }

    /// The key of an account, given in its canonical form: two spellings of one account must not be two
    /// buckets.
    pub fn account(&self, canonical: &str) -> AccountKey {
        self.hash(&[b"account", canonical.as_bytes()])
    }

    /// The key of one known device of an account. A device opens a bucket for that account only.
    pub fn device(&self, canonical: &str, device: &str) -> AccountKey {
        self.hash(&[b"device", canonical.as_bytes(), device.as_bytes()])
    }

    fn hash(&self, parts: &[&[u8]]) -> AccountKey {
        let mut mac = hmac::Context::with_key(&self.0);
        for part in parts {
            // The length keeps ("ab", "c") and ("a", "bc") apart.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        let mut key = [0; 16];
        for (to, from) in key.iter_mut().zip(mac.sign().as_ref()) {
            *to = *from;
        }
        AccountKey(key)
    }
}

impl fmt::Debug for AccountHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccountHasher(…)")
    }
}

/// The subject of one charge.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The network the request came from.
    Network(NetworkKey),
    /// The signed-in user, by id.
    User(Arc<str>),
    /// An API key, by id.
    ApiKey(Arc<str>),
    /// The account that the input names.
    Account(AccountKey),
    /// A known device of the account that the input names.
    Device(AccountKey),
    /// A known device, counting consecutive failed attempts.
    FailingDevice(AccountKey),
    /// A wide network, counting the accounts at which sign-ins from there failed.
    FailingNetwork(NetworkKey),
    /// One of those accounts: it counts once however often it is tried.
    Tried(NetworkKey, AccountKey),
    /// A wide network, once it is known to try many accounts.
    SprayingNetwork(NetworkKey),
}

impl Subject {
    /// The same subject, reduced to the part that all charges of one decision share.
    #[must_use]
    pub fn group(&self) -> Self {
        match self {
            Self::Tried(network, _) => Self::FailingNetwork(*network),
            other => other.clone(),
        }
    }

    /// The part that distinguishes it within its group.
    pub const fn within(&self) -> Option<&AccountKey> {
        match self {
            Self::Tried(_, account) => Some(account),
            _ => None,
        }
    }

    /// The kind of this subject.
    pub const fn kind(&self) -> SubjectKind {
        match self {
            Self::Network(_) => SubjectKind::Network,
            Self::User(_) => SubjectKind::User,
            Self::ApiKey(_) => SubjectKind::ApiKey,
            Self::Account(_) => SubjectKind::Account,
            Self::Device(_) => SubjectKind::Device,
            Self::FailingDevice(_) => SubjectKind::FailingDevice,
            Self::FailingNetwork(_) | Self::Tried(..) => SubjectKind::FailingNetwork,
            Self::SprayingNetwork(_) => SubjectKind::SprayingNetwork,
        }
    }
}

impl fmt::Display for Subject {
    /// `network:192.0.2.1`, `user:usr_…`, `api-key:psk_…`, `account:{hash}`, `failing-network:192.0.2.0/24:{hash}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind().word();
        match self {
            Self::Network(network) | Self::FailingNetwork(network) | Self::SprayingNetwork(network) => {
                write!(f, "{kind}:{network}")
            }
            Self::Tried(network, account) => write!(f, "{kind}:{network}:{account}"),
            Self::User(id) | Self::ApiKey(id) => write!(f, "{kind}:{id}"),
            Self::Account(hash) | Self::Device(hash) | Self::FailingDevice(hash) => {
                write!(f, "{kind}:{hash}")
            }
        }
    }
}

/// The kinds of subject a bucket can count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SubjectKind {
    /// Client networks.
    Network,
    /// Signed-in users.
    User,
    /// API keys.
    ApiKey,
    /// Accounts, tried from unknown devices.
    Account,
    /// Accounts, tried from a device that they know.
    Device,
    /// Known devices: each consecutive failed attempt. When it is full, the device counts as unknown.
    FailingDevice,
    /// Wide networks (IPv4 /24, IPv6 /48): each account at which an attempt from an unknown device fails, once.
    FailingNetwork,
    /// Wide networks whose bucket above is full: each attempt from an unknown device.
    SprayingNetwork,
}

impl SubjectKind {
    /// Whether clients may see the state of such a bucket. That of an account would reveal other people's attempts on
    /// it.
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Network | Self::User | Self::ApiKey)
    }

    /// Whether it counts attempts to sign in to accounts, and not ordinary requests.
    pub const fn is_of_accounts(self) -> bool {
        match self {
            Self::Network | Self::User | Self::ApiKey => false,
            Self::Account
            | Self::Device
            | Self::FailingDevice
            | Self::FailingNetwork
            | Self::SprayingNetwork => true,
        }
    }

    /// Its word in a key.
    const fn word(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::User => "user",
            Self::ApiKey => "api-key",
            Self::Account => "account",
            Self::Device => "device",
            Self::FailingDevice => "failing-device",
            Self::FailingNetwork => "failing-network",
            Self::SprayingNetwork => "spraying-network",
        }
    }
}

impl fmt::Display for SubjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// The name of one counter: a bucket of a policy, and its subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LimitKey {
    bucket: Arc<str>,
    subject: Subject,
}

impl LimitKey {
    /// The counter of this subject in this bucket, named uniquely among all policies.
    pub fn new(bucket: Arc<str>, subject: Subject) -> Self {
        Self { bucket, subject }
    }

    /// The name of the bucket: `login`, `login-account-day`.
    pub fn bucket(&self) -> &str {
        &self.bucket
    }

    /// The same, shared.
    pub(super) fn shared_bucket(&self) -> Arc<str> {
        Arc::clone(&self.bucket)
    }

    /// The subject.
    pub const fn subject(&self) -> &Subject {
        &self.subject
    }
}

impl fmt::Display for LimitKey {
    /// The spelling for stores with text keys: `login:network:192.0.2.1`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.bucket, self.subject)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_key_depends_on_every_part_and_on_the_secret() {
        let hasher = AccountHasher::new(&[7; 32]);
        let key = hasher.account("ada@example.org");
        assert_eq!(key, hasher.account("ada@example.org"));
        assert_ne!(key, hasher.account("bob@example.org"));
        assert_ne!(key, AccountHasher::new(&[8; 32]).account("ada@example.org"));
        assert_ne!(hasher.device("ab", "c"), hasher.device("a", "bc"));
        assert_ne!(hasher.device("ada", ""), hasher.account("ada"));
    }

    #[test]
    fn no_address_of_a_person_is_ever_printed() {
        let hasher = AccountHasher::new(&[7; 32]);
        let key = LimitKey::new("login".into(), Subject::Account(hasher.account("ada@example.org")));
        for printed in [key.to_string(), format!("{key:?}"), format!("{hasher:?}")] {
            assert!(!printed.contains("ada") && !printed.contains('@'), "{printed}");
        }
    }

    #[test]
    fn keys_print_as_stores_with_text_keys_want_them() {
        let client = Subject::Network(NetworkKey::of("192.0.2.1".parse().unwrap()));
        assert_eq!(
            LimitKey::new("login-hourly".into(), client).to_string(),
            "login-hourly:network:192.0.2.1"
        );
        assert_eq!(
            LimitKey::new("normal".into(), Subject::User("usr_1".into())).to_string(),
            "normal:user:usr_1"
        );
        let wide = NetworkKey::of("192.0.2.1".parse().unwrap()).wide();
        let tried = Subject::Tried(wide, AccountHasher::new(&[7; 32]).account("ada@example.org"));
        assert!(tried.to_string().starts_with("failing-network:192.0.2.0/24:"));
        assert_eq!(tried.group(), Subject::FailingNetwork(wide));
        assert_eq!(tried.group().to_string(), "failing-network:192.0.2.0/24");
    }
}
