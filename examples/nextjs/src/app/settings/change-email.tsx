"use client";

import { Field } from "../../components/field";
import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function ChangeEmail() {
  return (
    <Form
      send={({ newEmail = "", password }) =>
        palisade.call("POST /auth/change-email", { body: { newEmail, ...(password && { password }) } })
      }
      button="Change the address"
      sending="Sending…"
      done="A mail is on its way to the new address. Open its link in this browser; until then your address stays as it is."
      clears
    >
      <Field label="New email" name="newEmail" type="email" autoComplete="email" required />
    </Form>
  );
}
