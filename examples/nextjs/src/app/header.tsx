"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { useSession } from "palisade-client/next/client";
import { Suspense } from "react";
import { Form } from "../components/form";

/** The top of every page. Its frame is built ahead; who asks is known with the request. */
export function Header() {
  return (
    <header>
      <Link href="/" className="brand">
        <svg width="22" height="22" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
          <path d="M4 8l2-3 2 3v12H4zM10 8l2-3 2 3v12h-4zM16 8l2-3 2 3v12h-4z" />
        </svg>
        Example
      </Link>
      <nav aria-label="Account">
        <Suspense>
          <Ways />
        </Suspense>
      </nav>
    </header>
  );
}

function Ways() {
  const { session, signOut } = useSession();
  const router = useRouter();
  if (!session) {
    return (
      <>
        <Link href="/sign-in">Sign in</Link>
        <Link href="/sign-up">Create an account</Link>
      </>
    );
  }
  return (
    <>
      {session.permissions.includes("USER_READ") && <Link href="/admin/people">Admin</Link>}
      <Link href="/settings">Your account</Link>
      <Form send={signOut} then={() => router.replace("/")} button="Sign out" sending="Signing out…" className="quiet" />
    </>
  );
}
