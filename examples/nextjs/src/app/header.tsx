"use client";

import Link from "next/link";
import { unwrap } from "palisade-client";
import { Form } from "../form";
import { palisade } from "../palisade";
import { useSession } from "../session";

/** The top of every page. */
export function Header() {
  const { user, setUser } = useSession();

  const signOut = async () => {
    unwrap(await palisade.call("POST /auth/logout"));
    setUser(null);
  };

  return (
    <header>
      <Link href="/" className="brand">
        <svg width="22" height="22" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
          <path d="M4 8l2-3 2 3v12H4zM10 8l2-3 2 3v12h-4zM16 8l2-3 2 3v12h-4z" />
        </svg>
        Example
      </Link>
      {user === null && (
        <nav aria-label="Account">
          <Link href="/sign-in">Sign in</Link>
          <Link href="/register">Create an account</Link>
        </nav>
      )}
      {user && (
        <div className="who">
          <span>{user.email}</span>
          <Form send={signOut} button="Sign out" sending="Signing out…" className="inline" />
        </div>
      )}
    </header>
  );
}
