//! The input and the views of the user routes.

use palisade_core::identity::UserId;
use palisade_core::system::time::Timestamp;
use palisade_core::values::mail_address::canonical_domain_start;
use palisade_core::values::{Detail, Rules, Violation};
use palisade_core::{input, text, view};
use palisade_lib::store::Stored;

use super::{Email, Name, Role, Status};
use crate::product::Rights;
use crate::user::schema::UserDocument;

view! {
    /// A user, as all answers show it.
    pub struct UserView = "User" {
        /// The id of the user.
        id: UserId,
        /// The canonical address.
        email: Email,
        /// The name of the user.
        name: Option<Name>,
        /// The role of the user.
        role: Role,
        /// The permissions of the user beyond those of the role.
        permissions: Vec<String>,
        /// All permissions of the user.
        effective_permissions as "effectivePermissions": Vec<String>,
        /// Whether the user can sign in.
        status: Status,
        /// When the account was created.
        created_at as "createdAt": Timestamp,
        /// When it was last changed.
        updated_at as "updatedAt": Timestamp,
        /// Rises with every change; send it back with a change.
        revision: i64,
        /// When it was deleted; only where deleted users are shown.
        deleted_at? as "deletedAt": Timestamp,
    }
}

impl UserView {
    pub(crate) fn of(stored: &Stored<UserDocument>, rights: Rights) -> Self {
        let user = stored.value();
        let effective = rights.of_user(user.role, user.permissions.iter());
        Self {
            id: *stored.id(),
            email: user.email.clone(),
            name: user.name.clone(),
            role: user.role,
            permissions: user.permissions.iter().map(str::to_owned).collect(),
            effective_permissions: effective.iter().map(str::to_owned).collect(),
            status: user.status,
            created_at: stored.created_at(),
            updated_at: stored.updated_at(),
            revision: stored.revision(),
            deleted_at: stored.deleted_at(),
        }
    }
}

input! {
    /// The new name of the caller.
    pub struct Rename {
        body { name: Name }
    }
}

input! {
    /// The user to show.
    pub struct UserPath {
        path { id: UserId }
    }
}

text! {
    /// The beginning of a canonical address: the search ignores case because addresses have none. After the `@`,
    /// labels outside ASCII must be whole: the A-label of half a word belongs to another word.
    pub EmailPrefix, 1..=254 characters, |text| {
        let invalid = |message: &'static str| Violation::invalid_format(message);
        let text = text.trim();
        if text.is_empty() {
            return Err(Violation::too_short(1));
        }
        let (local, domain) = text.split_once('@').map_or((text, None), |(local, domain)| (local, Some(domain)));
        if !local.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(invalid("must be the beginning of an address"));
        }
        let mut start = local.to_ascii_lowercase();
        if let Some(domain) = domain {
            let domain = canonical_domain_start(domain).map_err(|problem| invalid(problem.message()))?;
            start.extend(["@", &domain]);
        }
        let fits = start.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(start) } else { Err(invalid("must be the beginning of an address")) }
    };
}

view! {
    /// A permission that a user can be given.
    pub struct PermissionView = "Permission" {
        /// The name, as in `permissions` of a user.
        name: String,
        /// What it permits.
        description: String,
        /// The roles that have it.
        roles: Vec<Role>,
    }
}

input! {
    /// The permissions to list.
    pub struct ListPermissions {} with page
}

input! {
    /// The users to list.
    pub struct ListUsers {
        query {
            role: Option<Role>,
            status: Option<Status>,
            q: Option<EmailPrefix>,
            deleted: Option<bool>,
        }
    } with page checked by ListUsers::mistakes
}

impl ListUsers {
    /// A search is ordered by address and has no index by role or status.
    fn mistakes(&self, _: &Rules) -> Vec<Detail> {
        let beside_q = [("role", self.role.is_some()), ("status", self.status.is_some())];
        let wrong = beside_q.into_iter().filter(|(_, given)| *given && self.q.is_some());
        wrong.map(|(field, _)| Violation::not_allowed("cannot be combined with `q`").at(field)).collect()
    }
}
