"use client";

import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function Link({ provider, label }: { provider: string; label: string }) {
  return (
    <Form
      send={({ password }) =>
        palisade.call("POST /auth/oauth/{provider}/link", {
          path: { provider },
          body: { returnTo: "/settings", ...(password && { password }) },
        })
      }
      then={({ location }) => window.location.assign(location)}
      button="Link"
      sending="Linking…"
      label={`Link ${label}`}
      className="quiet"
    />
  );
}

export function Remove({ id, label }: { id: string; label: string }) {
  return (
    <Form
      send={({ password }) =>
        palisade.call("DELETE /auth/identities/{id}", { path: { id }, body: { ...(password && { password }) } })
      }
      button="Remove"
      sending="Removing…"
      label={`Remove ${label}`}
      className="quiet"
    />
  );
}
