"use client";

import { Field } from "../../components/field";
import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function Rename({ name }: { name: string }) {
  return (
    <Form
      send={({ name = "" }) => palisade.call("PATCH /users/me", { body: { name } })}
      button="Save"
      sending="Saving…"
      done="Your name is saved."
    >
      <Field label="Name" name="name" autoComplete="name" defaultValue={name} required />
    </Form>
  );
}
