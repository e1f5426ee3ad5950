import type { Metadata } from "next";
import Link from "next/link";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <section className="card narrow">
      <h1>Not found</h1>
      <p>There is no page at this address.</p>
      <p>
        <Link href="/">Go to the start</Link>
      </p>
    </section>
  );
}
