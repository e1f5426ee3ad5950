//! The declaration of a route: everything that the phases, the documentation and the mount check read.

use crate::errors::Code;
use crate::identity::PermissionName;
use crate::input::InputDoc;
use crate::limits::Policy;
use crate::output::OutputDoc;

/// The methods that a route can have. HEAD is answered wherever GET is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are RFC 9110's")]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The method as on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether it may change something (RFC 9110, 9.2.1).
    pub fn is_unsafe(self) -> bool {
        !matches!(self, Self::Get)
    }
}

/// The closed kinds of access.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessKind {
    /// Anyone.
    Public,
    /// Anyone; a signed-in caller is known.
    Optional,
    /// A signed-in caller.
    Session,
    /// A signed-in caller whom nobody impersonates.
    InPerson,
    /// A caller in person who signed in a moment ago, or who sends the password.
    Fresh,
    /// A caller with the permission.
    Permission,
    /// A signed-in caller, who reaches their own things, and with the permission those of everybody.
    OwnerOrPermission,
    /// A caller in person with the permission.
    PermissionInPerson,
    /// A caller in person with the permission who signed in a moment ago, or who sends the password.
    FreshPermission,
    /// A caller with a refresh cookie.
    RefreshCookie,
    /// This machine only.
    Loopback,
    /// The scheduler, which sends `CRON_SECRET`.
    Scheduler,
}

impl AccessKind {
    /// Whether a caller must be signed in.
    pub fn requires_session(self) -> bool {
        matches!(self, Self::Session | Self::Permission | Self::OwnerOrPermission) || self.is_in_person()
    }

    /// Whether nobody who impersonates a user is admitted.
    pub fn is_in_person(self) -> bool {
        matches!(self, Self::InPerson | Self::PermissionInPerson) || self.is_fresh()
    }

    /// Whether the caller signed in a moment ago, or sends the password.
    pub fn is_fresh(self) -> bool {
        matches!(self, Self::Fresh | Self::FreshPermission)
    }
}

/// The declaration of a route, for documentation, tests and the mount check.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "facts of a route that do not depend on each other, and no states"
)]
pub struct Declaration {
    /// The method.
    pub method: Method,
    /// The path below the mount's prefix, with `{parameters}`.
    pub path: &'static str,
    /// The rate limit policy.
    pub policy: Policy,
    /// The required kind of caller.
    pub access: AccessKind,
    /// The required permission; for [`AccessKind::OwnerOrPermission`] the one that reaches further.
    pub permission: Option<&'static PermissionName>,
    /// Whether an API key with that permission will do.
    pub takes_keys: bool,
    /// Whether the type of the permission was given the name of another by hand.
    pub(crate) forged: bool,
    /// Whether another site may post it as a form: then it is exempt from the CSRF check, and may only redirect.
    pub is_cross_site_form: bool,
    /// Its input.
    pub input: InputDoc,
    /// Its output.
    pub output: OutputDoc,
    /// Whether a limit follows from the input.
    pub limited_by_input: bool,
    /// One line for the documentation.
    pub summary: &'static str,
    /// The codes that it can answer beyond those of the life cycle.
    pub errors: Vec<&'static Code>,
    /// The codes with which it may clear cookies.
    pub clearing: Vec<&'static Code>,
}
