//! The phases, by name.

/// The current phase of a request; the access log names the last one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the phases are described in docs/lifecycle.md")]
pub enum Phase {
    Arrival,
    NetworkLimit,
    Csrf,
    Authentication,
    UserLimit,
    Permission,
    Validation,
    AccountLimit,
    Reauthentication,
    Handler,
    Response,
}

impl Phase {
    /// The word in the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Arrival => "arrival",
            Self::NetworkLimit => "network_limit",
            Self::Csrf => "csrf",
            Self::Authentication => "authentication",
            Self::UserLimit => "user_limit",
            Self::Permission => "permission",
            Self::Validation => "validation",
            Self::AccountLimit => "account_limit",
            Self::Reauthentication => "reauthentication",
            Self::Handler => "handler",
            Self::Response => "response",
        }
    }
}
