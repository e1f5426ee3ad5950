"use client";

import { useRouter } from "next/navigation";
import { Form } from "../../../../components/form";
import { palisade } from "palisade-client/next/client";
import type { Read } from "./page";

export function Suspend({ id, revision }: Read) {
  return (
    <Form
      send={() => palisade.call("POST /users/{id}/suspend", { path: { id }, body: { revision } })}
      button="Suspend"
      sending="Suspending…"
      className="grave"
    />
  );
}

export function Reactivate({ id, revision }: Read) {
  return (
    <Form
      send={() => palisade.call("POST /users/{id}/reactivate", { path: { id }, body: { revision } })}
      button="Reactivate"
      sending="Reactivating…"
    />
  );
}

export function Delete({ id, revision }: Read) {
  const router = useRouter();
  return (
    <Form
      send={() => palisade.call("DELETE /users/{id}", { path: { id }, body: { revision } })}
      then={() => {
        router.replace("/admin/people?state=deleted");
        router.refresh();
      }}
      button="Delete this account"
      sending="Deleting…"
      className="grave"
    >
      <label className="check">
        <input type="checkbox" required /> I want to delete this account.
      </label>
    </Form>
  );
}

export function EndSessions({ id }: { id: string }) {
  return (
    <Form
      send={() => palisade.call("DELETE /users/{id}/sessions", { path: { id } })}
      button="End all sessions"
      sending="Ending…"
      done="This person is signed out everywhere."
      className="quiet"
    />
  );
}
