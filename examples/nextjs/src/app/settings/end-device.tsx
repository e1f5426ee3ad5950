"use client";

import { useRouter } from "next/navigation";
import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function EndDevice({ id, device }: { id: string; device: string }) {
  return (
    <Form
      send={() => palisade.call("DELETE /auth/sessions/{id}", { path: { id } })}
      button="Sign out"
      sending="Signing out…"
      label={`Sign out ${device}`}
      className="quiet"
    />
  );
}

export function EndAll() {
  const router = useRouter();
  return (
    <Form
      send={() => palisade.call("POST /auth/logout-all")}
      then={() => {
        router.replace("/sign-in");
        router.refresh();
      }}
      button="Sign out everywhere"
      sending="Signing out…"
      className="quiet"
    />
  );
}
