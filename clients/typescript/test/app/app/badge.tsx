"use client";
import { useSession } from "palisade-client/next/client";

export function Badge() {
  const { session, signOut } = useSession();
  return (
    <p id="badge">
      {session ? `role ${session.role}` : "guest"} {session && <button onClick={signOut}>Sign out</button>}
    </p>
  );
}
