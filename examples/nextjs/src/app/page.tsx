"use client";

import { useMe } from "./use-me";

export default function Home() {
  const me = useMe();
  if (me === undefined) return <p>…</p>;
  if (me === null) {
    return (
      <p>
        Nobody is signed in. <a href="/sign-in">Sign in</a>
      </p>
    );
  }
  return (
    <>
      <h1>Hello, {me.name ?? me.email}</h1>
      <dl>
        <dt>Role</dt>
        <dd>{me.role}</dd>
        <dt>May</dt>
        <dd>{me.effectivePermissions.join(", ") || "nothing beyond their own account"}</dd>
      </dl>
    </>
  );
}
