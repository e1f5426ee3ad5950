"use client";

import Link from "next/link";
import { PalisadeError, unwrap, type User } from "palisade-client";
import { useState } from "react";
import { Field, Form } from "../form";
import { palisade } from "../palisade";
import { useSession } from "../session";

export default function Home() {
  const { user } = useSession();
  return (
    <>
      <title>Example</title>
      {user === undefined ? <Waiting /> : user === null ? <Welcome /> : <Account user={user} />}
    </>
  );
}

function Waiting() {
  const { failure, ask } = useSession();
  if (!failure) return <p className="waiting">Loading…</p>;
  return (
    <section className="card">
      <h1>Something went wrong</h1>
      <p className="notice bad">{failure instanceof PalisadeError ? failure.error.message : String(failure)}</p>
      <button onClick={ask}>Try again</button>
    </section>
  );
}

function Welcome() {
  return (
    <section className="welcome">
      <h1>Accounts for your Next.js app</h1>
      <p className="lead">
        Registration, proof of the mailbox, sessions and limits come from Palisade. This page only asks it, over its own
        origin.
      </p>
      <p className="choices">
        <Link href="/register" className="button">
          Create an account
        </Link>
        <Link href="/sign-in" className="button quiet">
          Sign in
        </Link>
      </p>
    </section>
  );
}

function Account({ user }: { user: User }) {
  const { setUser } = useSession();
  const [saved, setSaved] = useState(false);

  const rename = async ({ name = "" }: Record<string, string>) => {
    setSaved(false);
    setUser(unwrap(await palisade.call("PATCH /users/me", { body: { name } })).data);
    setSaved(true);
  };

  return (
    <>
      <h1>Hello, {user.name ?? user.email}</h1>
      <section className="card">
        <h2>Your account</h2>
        <dl>
          <dt>Email</dt>
          <dd>{user.email}</dd>
          <dt>Role</dt>
          <dd>{user.role}</dd>
          <dt>Permissions</dt>
          <dd>{user.effectivePermissions.join(", ") || "None beyond your own account"}</dd>
          <dt>Since</dt>
          <dd>{new Date(user.createdAt).toLocaleDateString(undefined, { dateStyle: "long" })}</dd>
        </dl>
      </section>
      <section className="card">
        <h2>Your name</h2>
        <Form send={rename} button="Save" sending="Saving…">
          <Field label="Name" name="name" autoComplete="name" defaultValue={user.name ?? ""} required />
        </Form>
        <p role="status" className="notice">
          {saved && "Your name is saved."}
        </p>
      </section>
    </>
  );
}
