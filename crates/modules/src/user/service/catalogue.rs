//! The catalogue of permissions.

use palisade_core::errors::AppError;
use palisade_core::identity::{Granted, PermissionName};
use palisade_core::utils::pagination::{Cursor, Page, invalid_cursor};

use super::Service;
use crate::permissions::UserGrant;
use crate::product::Rights;
use crate::user::types::{ListPermissions, PermissionView, Role};

impl Service {
    /// A page of the permissions that a user can be given, by name. The cursor is the name of the last one.
    ///
    /// # Errors
    /// 400 for a cursor of another list.
    #[expect(clippy::unused_async, reason = "a handler awaits one call, whatever it calls")]
    pub async fn permissions(
        &self,
        _by: Granted<UserGrant>,
        input: ListPermissions,
    ) -> Result<Page<PermissionView>, AppError> {
        let rights = self.rights();
        let mut names: Vec<_> = rights.all().collect();
        names.sort_unstable_by_key(|name| name.as_str());
        let mut names = names.into_iter();
        if let Some(last) = input.page.cursor() {
            let unknown = || AppError::validation(vec![invalid_cursor().at("cursor")]);
            names.find(|name| name.as_str() == last.as_str()).ok_or_else(unknown)?;
        }
        let limit = input.page.limit();
        let items: Vec<_> =
            names.by_ref().take(limit.get() as usize).map(|name| view(name, rights)).collect();
        let last = items.last().filter(|_| names.len() > 0);
        let next = last.map(|permission| Cursor::from_sealed(permission.name.clone()));
        Ok(Page { items, limit, next })
    }
}

fn view(name: &'static PermissionName, rights: Rights) -> PermissionView {
    let has = |role: &&Role| rights.of(**role).any(|held| held == name);
    PermissionView {
        name: name.as_str().to_owned(),
        description: name.description().to_owned(),
        roles: Role::ALL.iter().filter(has).copied().collect(),
    }
}
