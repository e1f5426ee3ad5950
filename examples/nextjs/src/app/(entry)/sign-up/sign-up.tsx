"use client";

import Link from "next/link";
import { useState } from "react";
import { Field } from "../../../components/field";
import { Form } from "../../../components/form";
import { palisade } from "palisade-client/next/client";

export function SignUp({ mailbox }: { mailbox: string | undefined }) {
  const [email, setEmail] = useState("");

  if (email) return <LookIntoYourMail email={email} mailbox={mailbox} />;
  return (
    <>
      <h1>Create an account</h1>
      <Form
        send={async ({ email = "", name, password = "" }) => {
          const result = await palisade.call("POST /auth/register", { body: { email, password, ...(name && { name }) } });
          if (result.ok) setEmail(email);
          return result;
        }}
        then={() => {}}
        button="Create the account"
        sending="Creating…"
      >
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Name" name="name" autoComplete="name" />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="At least 12 characters. A few words that you will remember are best."
          required
        />
      </Form>
      <p className="lead">
        You have one? <Link href="/sign-in">Sign in</Link>
      </p>
    </>
  );
}

/** Says the same for free and taken addresses, like the server. */
function LookIntoYourMail({ email, mailbox }: { email: string; mailbox: string | undefined }) {
  return (
    <>
      <h1 tabIndex={-1} ref={(heading) => heading?.focus()}>
        Look into your mail
      </h1>
      <p className="lead">
        We have written to <strong>{email}</strong>. Open the link in this browser and confirm, and then{" "}
        <Link href="/sign-in">sign in</Link>.
      </p>
      {mailbox && (
        <p className="notice">
          In development the mail lies in <a href={mailbox}>Palisade’s mailbox</a>.
        </p>
      )}
      <Form
        send={() => palisade.call("POST /auth/resend-verification", { body: { email } })}
        button="Send it once more"
        sending="Sending…"
        done="If the address is waiting for a link, another one is on its way."
        className="quiet"
      />
    </>
  );
}
