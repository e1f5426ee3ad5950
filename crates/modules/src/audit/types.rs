//! The catalogue of events, and the input and the views of the routes about them.

use palisade_core::identity::{ApiKeyId, UserId};

use palisade_core::system::time::Timestamp;
use palisade_core::values::{Detail, Rules, Violation};
use palisade_core::{input, view};

palisade_core::id! {
    /// An event.
    pub AuditEventId = "aud";
}

palisade_core::string_enum! {
    /// What happened. The words are stable: a release may add some, and never gives one another meaning.
    pub EventType {
        /// A user was created.
        UserCreated = "user.created",
        /// The name of a user was changed.
        UserRenamed = "user.renamed",
        /// A user has another address, and confirmed it.
        UserEmailChanged = "user.email_changed",
        /// The password of a user was changed, or set with a mailed link.
        UserPasswordChanged = "user.password_changed",
        /// A user has another role.
        UserRoleChanged = "user.role_changed",
        /// A user has other permissions beside those of the role.
        UserPermissionsChanged = "user.permissions_changed",
        /// A user was suspended: every session ended.
        UserSuspended = "user.suspended",
        /// A suspended user can sign in again.
        UserReactivated = "user.reactivated",
        /// A user was deleted, and can be restored for a while.
        UserDeleted = "user.deleted",
        /// A deleted user was restored.
        UserRestored = "user.restored",
        /// A deleted user was removed for good.
        UserPurged = "user.purged",
        /// A copy of the data of a user was exported.
        UserExported = "user.exported",
        /// Every session of a user ended.
        UserSessionsEnded = "user.sessions_ended",
        /// A user signed in: the session is the target.
        SessionStarted = "session.started",
        /// One session ended before its time: it is the target.
        SessionEnded = "session.ended",
        /// A used refresh token came again, as a stolen one would: the session, which is the target, ended.
        SessionReplayed = "session.replayed",
        /// An administrator began to act as a user: the impersonation is the target.
        ImpersonationStarted = "impersonation.started",
        /// An administrator ended this, or their session ended.
        ImpersonationEnded = "impersonation.ended",
        /// An account at a provider was linked to a user.
        IdentityLinked = "identity.linked",
        /// An account at a provider was removed from a user.
        IdentityRemoved = "identity.removed",
        /// Somebody was invited: the invitation is the target.
        InvitationCreated = "invitation.created",
        /// An invitation was sent again.
        InvitationResent = "invitation.resent",
        /// An invitation was withdrawn.
        InvitationWithdrawn = "invitation.withdrawn",
        /// The operator made a link with which a user chooses another password.
        PasswordLinkCreated = "password_link.created",
        /// The operator made a link that creates a super-admin.
        SetupLinkCreated = "setup_link.created",
        /// A webhook was created: the webhook is the target.
        WebhookCreated = "webhook.created",
        /// The address, the events or the state of a webhook were changed.
        WebhookChanged = "webhook.changed",
        /// A webhook has another secret.
        WebhookSecretRotated = "webhook.secret_rotated",
        /// A webhook was deleted.
        WebhookDeleted = "webhook.deleted",
        /// Events that a webhook had got, or had refused, are sent to it again.
        WebhookReplayed = "webhook.replayed",
        /// A user made an API key of their own: the key is the target.
        ApiKeyCreated = "api_key.created",
        /// An API key was revoked: it is the target.
        ApiKeyRevoked = "api_key.revoked",
        /// The operator published the next signing key: it is the target.
        SigningKeyPublished = "signing_key.published",
        /// The operator withdrew a signing key: the key is the target.
        SigningKeyWithdrawn = "signing_key.withdrawn",
        /// The operator gave up a key that no secret opens, and the server made another: the lost one is the target.
        KeyReplaced = "key.replaced",
        /// The operator made a mail due again, which is the target; without a target, all that waited or were given up.
        MailRetried = "mail.retried",
        /// The operator dropped a mail: it is the target.
        MailDropped = "mail.dropped",
        /// The operator made the store equal to a backup. What happened between the two is not in the audit any more.
        StoreRestored = "store.restored",
    }
}

palisade_core::string_enum! {
    /// Whether it happened.
    pub Outcome {
        /// It happened.
        Succeeded = "succeeded",
        /// The actor tried, and was refused because of their rank or their own permissions.
        Refused = "refused",
    }
}

palisade_core::string_enum! {
    /// The kind of the actor.
    pub ActorKind {
        /// A user: in a session, with a link from their mailbox, or through a program with an API key.
        User = "user",
        /// A client that proved nothing.
        Anonymous = "anonymous",
        /// The operator, by command line or environment.
        Operator = "operator",
        /// The server itself.
        System = "system",
    }
}

view! {
    /// Who acted.
    pub struct ActorView = "AuditActor" {
        /// Whether a user acted, the operator, the server itself, or a client that proved nothing.
        kind: ActorKind,
        /// The user who acted.
        user_id? as "userId": UserId,
        /// The user whom the actor impersonated.
        on_behalf_of? as "onBehalfOf": UserId,
        /// The session in which the user acted, or the impersonation; left out for a sign-in, for a link from the mailbox, and
        /// for an API key.
        session_id? as "sessionId": String,
        /// The API key with which a program of the user acted.
        key_id? as "keyId": ApiKeyId,
        /// The command of the operator, or the job of the server.
        command?: String,
    }
}

view! {
    /// A field that changed. For a name and an address only the fact is kept.
    pub struct ChangeView = "AuditChange" {
        /// The name of the field.
        field: String,
        /// The value before. Several words are separated by spaces.
        before?: String,
        /// The value after.
        after?: String,
    }
}

view! {
    /// An event of the audit.
    pub struct AuditEventView = "AuditEvent" {
        /// Its id.
        id: AuditEventId,
        /// What happened.
        kind as "type": EventType,
        /// Whether it happened, or was tried and refused.
        outcome: Outcome,
        /// Who acted.
        actor: ActorView,
        /// The user to whom it happened; `null` if it concerns no user.
        user_id as "userId": Option<UserId>,
        /// The thing that it concerns beside the user, by its id: a session, an identity, an invitation, a key.
        target: Option<String>,
        /// The changed fields.
        changes: Vec<ChangeView>,
        /// The network of the client: an IPv4 address or an IPv6 /64. `null` after the user was removed for good.
        network: Option<String>,
        /// The browser and the system of the client, as they call themselves; likewise.
        device: Option<String>,
        /// The id of the request.
        request_id as "requestId": Option<String>,
        /// When it happened.
        at: Timestamp,
    }
}

view! {
    /// An event as other systems get it: ids and the names of changed fields, no values and nothing about the client.
    pub struct EventView = "Event" {
        /// Its id: the same event always has the same.
        id: AuditEventId,
        /// What happened.
        kind as "type": EventType,
        /// Whether it happened, or was tried and refused.
        outcome: Outcome,
        /// Who acted.
        actor: ActorView,
        /// The user to whom it happened; `null` if it concerns no user.
        user_id as "userId": Option<UserId>,
        /// The thing that it concerns beside the user, by its id.
        target: Option<String>,
        /// The names of the changed fields.
        changed: Vec<String>,
        /// When it happened.
        at: Timestamp,
    }
}

impl EventView {
    pub(super) fn of(event: AuditEventView) -> Self {
        let AuditEventView { id, kind, outcome, actor, user_id, target, changes, at, .. } = event;
        let changed = changes.into_iter().map(|change| change.field).collect();
        Self { id, kind, outcome, actor, user_id, target, changed, at }
    }
}

input! {
    /// The events to read: those after the last cursor.
    pub struct ReadEvents {} with feed
}

input! {
    /// The events to list.
    pub struct ListAuditEvents {
        query {
            user as "userId": Option<UserId>,
            actor as "actorId": Option<UserId>,
            kind as "type": Option<EventType>,
        }
    } with page checked by ListAuditEvents::mistakes
}

impl ListAuditEvents {
    /// There is no index by both users.
    fn mistakes(&self, _: &Rules) -> Vec<Detail> {
        let both = self.user.is_some() && self.actor.is_some();
        let refused = || Violation::not_allowed("cannot be combined with `userId`").at("actorId");
        both.then(refused).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A consumer stores these words: a changed one breaks it.
    #[test]
    fn each_type_is_a_subject_and_what_happened_to_it() {
        for kind in EventType::ALL {
            let (subject, happened) = kind.as_str().split_once('.').expect("two parts");
            for part in [subject, happened] {
                assert!(part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'), "{kind}");
            }
        }
    }
}
