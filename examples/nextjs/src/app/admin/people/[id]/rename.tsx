"use client";

import { Field } from "../../../../components/field";
import { Form } from "../../../../components/form";
import { palisade } from "palisade-client/next/client";
import type { Read } from "./page";

export function Rename({ id, revision, name }: Read & { name: string }) {
  return (
    <Form
      send={({ name = "" }) => palisade.call("PATCH /users/{id}", { path: { id }, body: { name, revision } })}
      button="Save the name"
      sending="Saving…"
      done="The name is saved."
    >
      <Field key={revision} label="Name" name="name" autoComplete="off" defaultValue={name} required />
    </Form>
  );
}
