//! Compares the permissions that routes require with those that can be granted: every route has a possible caller, and
//! every permission has one meaning.

use crate::identity::PermissionName;
use crate::routes::Mounts;

/// The contradictions between the permissions that routes require and those that can be granted, by route.
pub(super) fn mistakes(routes: &Mounts, grantable: &[&'static PermissionName]) -> Vec<String> {
    let mut mistakes = Vec::new();
    for (position, one) in grantable.iter().enumerate() {
        let twin = grantable.iter().skip(position + 1).find(|other| other.as_str() == one.as_str());
        if let Some(twin) = twin {
            let (word, here, there) = (one.as_str(), one.declared_in(), twin.declared_in());
            mistakes
                .push(format!("{word} can be granted twice: as that of `{here}` and as that of `{there}`"));
        }
    }
    for route in routes {
        let Some(required) = route.declaration().permission else { continue };
        let (word, here) = (required.as_str(), required.declared_in());
        let name = format!("{} {}", route.declaration().method.as_str(), route.path());
        match grantable.iter().find(|held| held.as_str() == word) {
            Some(held) if *held == required => {}
            Some(held) => mistakes.push(format!(
                "{name}: requires the {word} of `{here}`, but the one that can be granted is that of `{there}`: a caller with \
                 one would have both. Rename it, or require the existing one",
                there = held.declared_in()
            )),
            None => mistakes.push(format!(
                "{name}: requires {word} (declared in `{here}`), which nobody can have: no role has it and it cannot be \
                 granted, so even a super-admin would be refused. Grant it in `Product::grants`, or require one of {}",
                words(grantable)
            )),
        }
    }
    mistakes
}

fn words(permissions: &[&'static PermissionName]) -> String {
    permissions.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ")
}
