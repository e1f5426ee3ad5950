// Events of the audit, in words.

import type { AuditEvent } from "palisade-client";
import { isRole, roleName } from "./people";

const NAMES: Record<AuditEvent["type"], string> = {
  "user.created": "Account created",
  "user.renamed": "Name changed",
  "user.email_changed": "Email address changed",
  "user.password_changed": "Password changed",
  "user.role_changed": "Role changed",
  "user.permissions_changed": "Permissions changed",
  "user.suspended": "Suspended",
  "user.reactivated": "Reactivated",
  "user.deleted": "Deleted",
  "user.restored": "Restored",
  "user.purged": "Removed for good",
  "user.exported": "Data exported",
  "user.sessions_ended": "Signed out everywhere",
  "session.started": "Signed in",
  "session.ended": "Signed out",
  "session.replayed": "Signed out, because a used token came again",
  "identity.linked": "Account at a provider linked",
  "identity.removed": "Account at a provider removed",
  "invitation.created": "Invited",
  "invitation.resent": "Invitation sent again",
  "invitation.withdrawn": "Invitation withdrawn",
  "password_link.created": "Link for another password made",
  "setup_link.created": "Setup link made",
  "impersonation.started": "An administrator began to act as this user",
  "impersonation.ended": "An administrator stopped acting as this user",
  "api_key.created": "API key made",
  "api_key.revoked": "API key revoked",
  "webhook.created": "Webhook created",
  "webhook.changed": "Webhook changed",
  "webhook.secret_rotated": "Webhook got another secret",
  "webhook.deleted": "Webhook deleted",
  "webhook.replayed": "Events sent to a webhook again",
  "signing_key.published": "Next signing key published",
  "signing_key.withdrawn": "Signing key withdrawn",
  "key.replaced": "Lost key replaced",
  "mail.retried": "Mail sent again",
  "mail.dropped": "Mail dropped",
  "store.restored": "Store put back from a backup",
};

/** A newer server may have types that this version does not know. */
export const eventName = ({ type }: AuditEvent): string => NAMES[type] ?? type;

/** What changed from what to what. A name or an address has no value in the audit, and the event itself says the status. */
export function changesOf({ changes }: AuditEvent): string[] {
  const valued = changes.filter(({ field }) => field === "role" || field === "permissions");
  return valued.map(({ before, after }) => `From ${inWords(before)} to ${inWords(after)}`);
}

/** Words of permissions are separated by spaces. */
const inWords = (value = "") => (isRole(value) ? roleName(value) : value.split(" ").join(", ") || "none");
