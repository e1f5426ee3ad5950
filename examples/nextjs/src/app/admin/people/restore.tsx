"use client";

import { Form } from "../../../components/form";
import { palisade } from "palisade-client/next/client";

export function Restore({ id, revision, email }: { id: string; revision: number; email: string }) {
  return (
    <Form
      send={() => palisade.call("POST /users/{id}/restore", { path: { id }, body: { revision } })}
      button="Restore"
      sending="Restoring…"
      label={`Restore ${email}`}
      className="quiet"
    />
  );
}
