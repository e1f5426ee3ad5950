"use client";

import { useRouter } from "next/navigation";
import { Form } from "../components/form";
import { palisade } from "palisade-client/next/client";

export function SignOut() {
  const router = useRouter();
  return (
    <Form
      send={() => palisade.call("POST /auth/logout")}
      then={() => {
        router.replace("/");
        router.refresh();
      }}
      button="Sign out"
      sending="Signing out…"
      className="quiet"
    />
  );
}
