//! The built-in permissions.

palisade_core::permissions! {
    /// Every permission of the built-in routes.
    pub CATALOGUE;
    UserRead = "USER_READ", "see users and invitations";
    UserCreate = "USER_CREATE", "invite users, and withdraw or resend invitations";
    UserUpdate = "USER_UPDATE", "change the names of users";
    UserGrant = "USER_GRANT", "give and take roles and permissions";
    UserSuspend = "USER_SUSPEND", "suspend users and let them back in";
    UserDelete = "USER_DELETE", "delete users and restore them";
    UserImpersonate = "USER_IMPERSONATE", "act as users for a while, to see what they see";
    SessionRead = "SESSION_READ", "see where users are signed in";
    SessionRevoke = "SESSION_REVOKE", "sign users out";
    AuditRead = "AUDIT_READ", "read the audit";
    ApiKeyCreate = "API_KEY_CREATE", "make API keys of one's own";
    ApiKeyManage = "API_KEY_MANAGE", "see and revoke the API keys of others";
    WebhookManage = "WEBHOOK_MANAGE", "choose where events are sent";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_the_documented_one() {
        let words: Vec<_> = CATALOGUE.iter().map(|name| name.as_str()).collect();
        let documented = "USER_READ USER_CREATE USER_UPDATE USER_GRANT USER_SUSPEND USER_DELETE USER_IMPERSONATE \
                          SESSION_READ SESSION_REVOKE AUDIT_READ API_KEY_CREATE API_KEY_MANAGE WEBHOOK_MANAGE";
        assert_eq!(words.join(" "), documented);
    }
}
