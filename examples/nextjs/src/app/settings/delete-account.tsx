"use client";

import { useRouter } from "next/navigation";
import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function DeleteAccount() {
  const router = useRouter();
  return (
    <>
      <p>You are signed out everywhere at once. After 30 days the account and everything in it are gone for good.</p>
      <Form
        send={({ password }) => palisade.call("DELETE /users/me", { body: { ...(password && { password }) } })}
        then={() => {
          router.replace("/");
          router.refresh();
        }}
        button="Delete my account"
        sending="Deleting…"
        className="grave"
      >
        <label className="check">
          <input type="checkbox" required /> I want to delete my account.
        </label>
      </Form>
    </>
  );
}
