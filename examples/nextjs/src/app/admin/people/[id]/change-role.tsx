"use client";

import { Choice } from "../../../../components/field";
import { Form } from "../../../../components/form";
import { isRole, type Role, roleName } from "../../../../components/people";
import { palisade } from "palisade-client/next/client";
import type { Read } from "./page";

/** `roles` are those that the administrator may give. */
export function ChangeRole({ id, revision, role, roles }: Read & { role: Role; roles: [value: Role, name: string][] }) {
  // Another super-admin has a role that nobody gives here.
  const choices = roles.some(([lower]) => lower === role) ? roles : [...roles, [role, roleName(role)] satisfies [Role, string]];
  return (
    <Form
      send={(fields) => {
        const chosen = isRole(fields.role) ? fields.role : role;
        return palisade.call("PUT /users/{id}/role", { path: { id }, body: { role: chosen, revision } });
      }}
      button="Change the role"
      sending="Changing…"
      done="The role is changed. It holds from this person’s next request on."
    >
      {/* Shown again with every revision: what somebody else has chosen meanwhile. */}
      <Choice key={revision} label="Role" name="role" defaultValue={role} choices={choices} />
    </Form>
  );
}
