//! The built-in roles: a static list in code, each with its rank and its permissions.

use palisade_core::identity::{Permission, PermissionName};

use crate::permissions::{
    AuditRead, CATALOGUE, SessionRead, SessionRevoke, UserCreate, UserDelete, UserGrant, UserRead,
    UserSuspend, UserUpdate,
};

palisade_core::string_enum! {
    /// The role of a user, lowest rank first.
    pub Role {
        /// Anyone with an account.
        User = "user",
        /// May look into accounts and end sessions.
        Support = "support",
        /// Administers the product.
        Admin = "admin",
        /// May do everything. Role, version and status are read from the store on each request.
        SuperAdmin = "super_admin",
    }
}

impl Role {
    /// The rank, from 0; higher ranks act on lower ones.
    pub const fn rank(self) -> u8 {
        self as u8
    }

    /// The permissions of Palisade that the role has. A product may grant it more.
    pub(crate) fn built_in(self) -> &'static [&'static PermissionName] {
        static SUPPORT: &[&PermissionName] = &[UserRead::NAME, SessionRead::NAME, SessionRevoke::NAME];
        // Permissions of later releases are not in it: what reaches beyond users is given by hand.
        static ADMIN: &[&PermissionName] = &[
            UserRead::NAME,
            UserCreate::NAME,
            UserUpdate::NAME,
            UserGrant::NAME,
            UserSuspend::NAME,
            UserDelete::NAME,
            SessionRead::NAME,
            SessionRevoke::NAME,
            AuditRead::NAME,
        ];
        match self {
            Self::User => &[],
            Self::Support => SUPPORT,
            Self::Admin => ADMIN,
            Self::SuperAdmin => CATALOGUE,
        }
    }

    /// Whether a user of this role may give the other to somebody: only roles below one's own.
    pub fn gives(self, other: Self) -> bool {
        self > other
    }

    /// Whether a user of this role may act on one with the other: on strictly lower ranks only; super-admins also
    /// on super-admins.
    pub fn acts_on(self, other: Self) -> bool {
        self > other || self == Self::SuperAdmin
    }

    /// Whether a user of this role may act as one with the other: on strictly lower ranks only, also for super-admins.
    pub fn impersonates(self, other: Self) -> bool {
        self > other
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::values::Field;

    use super::*;

    fn words(role: Role) -> Vec<&'static str> {
        role.built_in().iter().map(|name| name.as_str()).collect()
    }

    #[test]
    fn ranks_rise_as_written() {
        let ranks: Vec<u8> = Role::ALL.iter().map(|role| role.rank()).collect();
        assert_eq!(ranks, [0, 1, 2, 3]);
        assert!(Role::User < Role::Support && Role::Support < Role::Admin && Role::Admin < Role::SuperAdmin);
    }

    #[test]
    fn each_role_has_the_permissions_it_is_documented_with() {
        assert!(words(Role::User).is_empty());
        assert_eq!(words(Role::Support), ["USER_READ", "SESSION_READ", "SESSION_REVOKE"]);
        assert_eq!(words(Role::Admin).len(), 9);
        let all: Vec<&str> = CATALOGUE.iter().map(|name| name.as_str()).collect();
        assert_eq!(words(Role::SuperAdmin), all);
    }

    #[test]
    fn one_acts_on_lower_ranks_and_super_admins_on_each_other() {
        for actor in Role::ALL {
            for user in Role::ALL {
                let expected = actor.rank() > user.rank() || (actor.rank() == 3 && user.rank() == 3);
                assert_eq!(actor.acts_on(*user), expected, "{actor} on {user}");
            }
        }
    }

    #[test]
    fn nobody_gives_their_own_role_or_a_higher_one() {
        let given = |giver: Role| Role::ALL.iter().filter(|role| giver.gives(**role)).count();
        assert_eq!(Role::ALL.iter().map(|role| given(*role)).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert!(Role::SuperAdmin.gives(Role::Admin) && !Role::Admin.gives(Role::Admin));
    }

    #[test]
    fn only_the_exact_words_are_read() {
        for role in Role::ALL {
            assert_eq!(Role::from_text(role.to_string()), Ok(*role));
        }
        for text in ["", "ADMIN", "superadmin", "super-admin", "admin ", "admin\0", "owner"] {
            assert!(Role::from_text(text.to_owned()).is_err(), "{text:?}");
            assert!(serde_json::from_str::<Role>(&format!("{text:?}")).is_err(), "{text:?}");
        }
    }
}
