//! The purposes of keys.

/// Every purpose that a key is derived for. A released label is never reused for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Authenticates refresh tokens.
    RefreshMac,
    /// Authenticates the cursors of lists.
    Cursor,
    /// Hides the subject of a rate limit, such as the account named in a login.
    LimitKeys,
    /// Seals the cookie of a browser that began a registration.
    RegistrationCookie,
    /// The keyed hash of a password inside that cookie.
    RegistrationPassword,
    /// Seals the cookie of a device that has signed in before.
    DeviceCookie,
    /// Seals the cookie of one OAuth attempt.
    OAuthAttempt,
    /// Seals the cookie of a browser that brought an identity from a provider.
    OAuthPending,
    /// Seals waiting emails in the outbox, and the intents from which they are rendered.
    OutboxSeal,
    /// Hides the recipient in the field by which the outbox keeps the order of mails.
    OutboxLine,
    /// The secrets that the receivers of events check signatures with.
    WebhookSecrets,
}

impl Purpose {
    /// All purposes.
    pub const ALL: [Self; 11] = [
        Self::RefreshMac,
        Self::Cursor,
        Self::LimitKeys,
        Self::RegistrationCookie,
        Self::RegistrationPassword,
        Self::DeviceCookie,
        Self::OAuthAttempt,
        Self::OAuthPending,
        Self::OutboxSeal,
        Self::OutboxLine,
        Self::WebhookSecrets,
    ];

    /// The label in the derivation.
    pub const fn label(self) -> &'static str {
        match self {
            Self::RefreshMac => "refresh-mac",
            Self::Cursor => "cursor",
            Self::LimitKeys => "limit-keys",
            Self::RegistrationCookie => "registration-cookie",
            Self::RegistrationPassword => "registration-password",
            Self::DeviceCookie => "device-cookie",
            Self::OAuthAttempt => "oauth-attempt",
            Self::OAuthPending => "oauth-pending",
            Self::OutboxSeal => "outbox-seal",
            Self::OutboxLine => "outbox-line",
            Self::WebhookSecrets => "webhook-secrets",
        }
    }
}
