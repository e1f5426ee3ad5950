"use client";

import Link from "next/link";
import { Field } from "../../components/field";
import { Form } from "../../components/form";
import { palisade } from "palisade-client/next/client";

export function ChangePassword({ email }: { email: string }) {
  return (
    <>
      <Form
        send={({ currentPassword = "", newPassword = "" }) =>
          palisade.call("POST /auth/change-password", { body: { currentPassword, newPassword } })
        }
        button="Change the password"
        sending="Changing…"
        done="Your password is changed. Every other device is signed out."
        clears
      >
        {/* Tells password managers whose password it is. */}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <Field label="Current password" name="currentPassword" type="password" autoComplete="current-password" required />
        <Field
          label="New password"
          name="newPassword"
          type="password"
          autoComplete="new-password"
          hint="At least 12 characters."
          required
        />
      </Form>
      <p className="lead">
        You have none, because you came through a provider? <Link href="/forgot-password">Ask for a link</Link> to choose one.
      </p>
    </>
  );
}
