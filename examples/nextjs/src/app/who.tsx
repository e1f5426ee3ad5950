"use client";

import { call } from "../palisade";
import { useMe } from "./use-me";

/** The corner of every page. */
export function Who() {
  const me = useMe();
  if (!me) return null;
  const signOut = async () => {
    await call("post", "/api/v1/auth/logout");
    // A full load: nothing of the old session stays in memory.
    location.assign("/sign-in");
  };
  return (
    <span>
      {me.email} <button onClick={signOut}>Sign out</button>
    </span>
  );
}
