"use client";

import { Choice, Field } from "../../../components/field";
import { Form } from "../../../components/form";
import { isRole } from "../../../components/people";
import { palisade } from "palisade-client/next/client";

export function Invite({ roles }: { roles: [value: string, name: string][] }) {
  return (
    <Form
      send={({ email = "", name, role }) =>
        palisade.call("POST /users", { body: { email, ...(name && { name }), ...(isRole(role) && { role }) } })
      }
      button="Invite"
      sending="Inviting…"
      done="The invitation is on its way."
      clears
    >
      <Field label="Email" name="email" type="email" autoComplete="off" required />
      <Field label="Name" name="name" autoComplete="off" />
      <Choice label="Role" name="role" choices={roles} />
    </Form>
  );
}
