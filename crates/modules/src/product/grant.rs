//! Who has which permission: the roles of Palisade, and what a product grants.

use palisade_core::identity::{Permission, PermissionName, PermissionSet};

use crate::permissions::CATALOGUE;
use crate::role::Role;

/// A permission of a product, and the roles that have it.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    permission: &'static PermissionName,
    from: Role,
}

impl Grant {
    /// A permission of this role and of every higher one. Others can be given it one by one.
    pub const fn from_role<P: Permission>(role: Role) -> Self {
        Self { permission: P::NAME, from: role }
    }

    /// A permission that people are given one by one. Super-admins have it, as they have every other.
    pub const fn one_by_one<P: Permission>() -> Self {
        Self::from_role::<P>(Role::SuperAdmin)
    }
}

/// Every permission of a server, and the roles that have it.
#[derive(Clone, Copy, Debug)]
pub struct Rights(&'static [Grant]);

impl Rights {
    /// Those of Palisade and of these grants.
    pub const fn with(grants: &'static [Grant]) -> Self {
        Self(grants)
    }

    /// Every permission, those of Palisade first.
    pub fn all(self) -> impl Iterator<Item = &'static PermissionName> {
        CATALOGUE.iter().copied().chain(self.0.iter().map(|grant| grant.permission))
    }

    /// The permission with this word.
    pub fn find(self, word: &str) -> Option<&'static PermissionName> {
        self.all().find(|name| name.as_str() == word)
    }

    /// The permissions of a role.
    pub fn of(self, role: Role) -> impl Iterator<Item = &'static PermissionName> {
        let granted = self.0.iter().filter(move |grant| grant.from <= role);
        role.built_in().iter().copied().chain(granted.map(|grant| grant.permission))
    }

    /// The permissions of a role together with those given to one user: the `permissions` of their token.
    pub fn of_user<'a>(self, role: Role, explicit: impl IntoIterator<Item = &'a str>) -> PermissionSet {
        let of_role = self.of(role).map(|name| -> &'a str { name.as_str() });
        of_role.chain(explicit).collect()
    }

    /// What is wrong with the grants, each as a sentence.
    pub fn mistakes(self) -> Vec<String> {
        self.mistakes_within(PermissionSet::MAX_ENCODED)
    }

    /// The same, where a token has room for so many bytes.
    fn mistakes_within(self, most: usize) -> Vec<String> {
        let all: Vec<_> = self.all().collect();
        let twice = all.iter().enumerate().filter_map(|(position, one)| {
            let earlier = all.iter().take(position).find(|other| other.as_str() == one.as_str())?;
            let (word, here, there) = (one.as_str(), earlier.declared_in(), one.declared_in());
            Some(format!("{word} is granted twice: as that of `{here}` and as that of `{there}`"))
        });
        let too_long = Role::ALL.iter().filter_map(|role| {
            let length = self.of_user(*role, []).encoded_length();
            (length > most).then(|| {
                format!(
                    "the permissions of the role `{role}` need {length} bytes, and an access cookie has room for {most}: \
                     declare fewer permissions, or shorter words"
                )
            })
        });
        twice.chain(too_long).collect()
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::identity::Permission as _;

    use super::*;
    use crate::permissions::UserRead;

    palisade_core::permissions! {
        /// Permissions of a product.
        NOTES;
        NoteRead = "NOTE_READ", "read notes";
        NoteKeep = "NOTE_KEEP", "keep notes";
    }

    static GRANTS: &[Grant] = &[Grant::from_role::<NoteRead>(Role::Support), Grant::one_by_one::<NoteKeep>()];
    const RIGHTS: Rights = Rights::with(GRANTS);

    #[test]
    fn a_permission_is_that_of_its_role_and_of_every_higher_one() {
        let has = |role, word| RIGHTS.of_user(role, []).contains(word);
        let having = |word| Role::ALL.iter().filter(|role| has(**role, word)).count();
        assert_eq!((having("NOTE_READ"), having("NOTE_KEEP")), (3, 1));
        assert!(!has(Role::User, "NOTE_READ") && has(Role::SuperAdmin, "NOTE_KEEP"));
        assert_eq!(RIGHTS.all().count(), CATALOGUE.len() + NOTES.len());
        assert_eq!(RIGHTS.find("NOTE_KEEP"), Some(NoteKeep::NAME));
        assert_eq!(Rights::with(&[]).find("NOTE_KEEP"), None);
        assert_eq!(RIGHTS.mistakes(), [""; 0]);
    }

    #[test]
    fn a_higher_role_has_everything_a_lower_one_has() {
        for pair in Role::ALL.windows(2) {
            assert!(RIGHTS.of_user(pair[1], []).includes(&RIGHTS.of_user(pair[0], [])), "{pair:?}");
        }
    }

    #[test]
    fn explicit_permissions_are_added_to_the_role() {
        let set = RIGHTS.of_user(Role::Support, ["AUDIT_READ", "USER_READ"]);
        let held: Vec<_> = set.iter().collect();
        assert_eq!(held, ["AUDIT_READ", "NOTE_READ", "SESSION_READ", "SESSION_REVOKE", "USER_READ"]);
    }

    #[test]
    fn one_word_is_granted_once() {
        mod twin {
            palisade_core::permissions! {
                /// A word of a permission of Palisade.
                pub(super) CATALOGUE;
                UserRead = "USER_READ", "see users";
            }
        }
        static TWINS: &[Grant] = &[Grant::one_by_one::<twin::UserRead>(), Grant::one_by_one::<NoteRead>()];
        let mistakes = Rights::with(TWINS).mistakes();
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert!(
            mistake.starts_with("USER_READ is granted twice: as that of `palisade_modules::"),
            "{mistake}"
        );
        assert_ne!(twin::CATALOGUE[0], UserRead::NAME);
    }

    /// The built-in roles leave most of the room to a product.
    #[test]
    fn the_largest_role_fits_into_a_token() {
        for role in Role::ALL {
            let length = Rights::with(&[]).of_user(*role, []).encoded_length();
            assert!(length < PermissionSet::MAX_ENCODED / 3, "{role} needs {length} bytes");
        }
    }

    #[test]
    fn a_role_that_does_not_fit_into_a_token_is_named() {
        let length = RIGHTS.of_user(Role::SuperAdmin, []).encoded_length();
        assert_eq!(RIGHTS.mistakes_within(length), [""; 0]);
        let mistakes = RIGHTS.mistakes_within(length - 1);
        let [mistake] = &mistakes[..] else { panic!("{mistakes:?}") };
        assert!(mistake.starts_with("the permissions of the role `super_admin` need "), "{mistake}");
    }
}
