import Link from "next/link";
import { getUser } from "../server";
import { Suspense } from "react";
import { SignOut } from "./sign-out";

/** The top of every page. The frame is built ahead; the server adds who asks. */
export function Header() {
  return (
    <header>
      <Link href="/" className="brand">
        <svg width="22" height="22" viewBox="0 0 24 24" fill="currentColor" aria-hidden="true">
          <path d="M4 8l2-3 2 3v12H4zM10 8l2-3 2 3v12h-4zM16 8l2-3 2 3v12h-4z" />
        </svg>
        Example
      </Link>
      <Suspense>
        <Who />
      </Suspense>
    </header>
  );
}

async function Who() {
  const user = await getUser();
  if (!user) {
    return (
      <nav aria-label="Account">
        <Link href="/sign-in">Sign in</Link>
        <Link href="/sign-up">Create an account</Link>
      </nav>
    );
  }
  return (
    <nav aria-label="Account">
      {user.effectivePermissions.includes("USER_READ") && <Link href="/admin/people">Administration</Link>}
      <Link href="/settings">Your account</Link>
      <SignOut />
    </nav>
  );
}
