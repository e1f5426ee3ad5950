//! The rules of rank: on whom a user may act, and what a user may give and take.

use palisade_core::errors::{AppError, codes};

use crate::auth::user_changes::Change;
use crate::user::User;
use crate::user::types::{PermissionList, Role};

/// Whether a user may act on another: on users of a strictly lower rank, a super-admin also on other super-admins, and
/// nobody on themselves.
///
/// # Errors
/// 403, with the rule that forbids it.
pub(in crate::auth::service) fn acts_on(actor: &User, subject: &User) -> Result<(), AppError> {
    if actor.id() == subject.id() {
        return Err(forbidden("You cannot administer your own account: use the routes under /users/me"));
    }
    if !actor.role().acts_on(subject.role()) {
        return Err(forbidden("You can act only on users of a lower rank than your own"));
    }
    Ok(())
}

/// Whether a user may make this change of another on whom they may act: give only what they may give.
///
/// # Errors
/// 403, with the rule that forbids it.
pub(super) fn allows(actor: &User, subject: &User, change: &Change) -> Result<(), AppError> {
    match change {
        Change::Role(role) => gives(actor, *role),
        Change::Permissions(after) => gives_and_takes(actor, subject.permissions(), after),
        _ => Ok(()),
    }
}

/// Whether a user may give this role: only those below their own.
fn gives(actor: &User, role: Role) -> Result<(), AppError> {
    if actor.role().gives(role) {
        return Ok(());
    }
    let own = actor.role();
    Err(forbidden(format!("You cannot give the role `{role}`: only roles below your own, `{own}`")))
}

/// Whether a user may turn one set of permissions into another: whatever they give or take they must have themselves. A
/// word that no permission has any more permits nothing, and anybody may take it. The error names the first permission that
/// the actor lacks.
fn gives_and_takes(actor: &User, before: &PermissionList, after: &PermissionList) -> Result<(), AppError> {
    let held = actor.effective_permissions();
    let lacks = |word: &&str| !held.contains(word);
    let given = after.iter().filter(|word| !before.contains(word)).find(lacks);
    if let Some(word) = given {
        return Err(forbidden(format!("You cannot give the permission `{word}`, which you do not have")));
    }
    let taken = before.iter().filter(|word| !after.contains(word) && actor.rights().find(word).is_some());
    match taken.into_iter().find(lacks) {
        Some(word) => {
            Err(forbidden(format!("You cannot take the permission `{word}`, which you do not have")))
        }
        None => Ok(()),
    }
}

fn forbidden(message: impl Into<std::borrow::Cow<'static, str>>) -> AppError {
    AppError::new(&codes::FORBIDDEN).with_message(message)
}
