"use client";

import Link from "next/link";
import { unwrap } from "palisade-client";
import { useState } from "react";
import { Field, Form } from "../../form";
import { palisade } from "../../palisade";

export default function Register() {
  const [email, setEmail] = useState("");

  const register = async ({ email = "", name, password = "" }: Record<string, string>) => {
    const body = { email, password, ...(name && { name }) };
    unwrap(await palisade.call("POST /auth/register", { body }));
    setEmail(email);
  };

  if (email) return <CheckYourMail email={email} />;
  return (
    <section className="card narrow">
      <title>Create an account · Example</title>
      <h1>Create an account</h1>
      <Form send={register} button="Create the account" sending="Creating…">
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Name" name="name" autoComplete="name" />
        <Field
          label="Password"
          name="password"
          type="password"
          autoComplete="new-password"
          hint="A few words that you will remember are best."
          required
        />
      </Form>
      <p className="lead">
        You have one? <Link href="/sign-in">Sign in</Link>
      </p>
    </section>
  );
}

/** Shows the same text for free and taken addresses, like the server. */
function CheckYourMail({ email }: { email: string }) {
  const [again, setAgain] = useState(false);

  const resend = async () => {
    setAgain(false);
    unwrap(await palisade.call("POST /auth/resend-verification", { body: { email } }));
    setAgain(true);
  };

  return (
    <section className="card narrow">
      <title>Check your mail · Example</title>
      <h1 tabIndex={-1} ref={(heading) => heading?.focus()}>
        Check your mail
      </h1>
      <p className="lead">
        We have written to <strong>{email}</strong>. Open the link in this browser and confirm, and then{" "}
        <Link href="/sign-in">sign in</Link>.
      </p>
      {process.env.MAILBOX && (
        <p className="notice">
          In development the mail lies in <a href={process.env.MAILBOX}>Palisade&rsquo;s mailbox</a>.
        </p>
      )}
      <Form send={resend} button="Send it once more" sending="Sending…" className="quiet" />
      <p role="status" className="notice">
        {again && "If the address is waiting for a link, another one is on its way."}
      </p>
    </section>
  );
}
