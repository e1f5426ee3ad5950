import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "Not allowed" };

/** In place of a page for which the user has no permission. */
export default function Forbidden() {
  return (
    <section className="card narrow">
      <h1>Not allowed</h1>
      <p>Your account may not see this page. Ask an administrator if it should.</p>
      <p>
        <Link href="/">Go to the start</Link>
      </p>
    </section>
  );
}
