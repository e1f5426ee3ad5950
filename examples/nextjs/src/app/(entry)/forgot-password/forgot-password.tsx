"use client";

import { Field } from "../../../components/field";
import { Form } from "../../../components/form";
import { palisade } from "palisade-client/next/client";

export function ForgotPassword() {
  return (
    <Form
      send={({ email = "" }) => palisade.call("POST /auth/forgot-password", { body: { email } })}
      then={() => {}}
      button="Send the link"
      sending="Sending…"
      done="If there is an account with this address, a mail with a link is on its way. The link works for 30 minutes."
    >
      <Field label="Email" name="email" type="email" autoComplete="username" required />
    </Form>
  );
}
