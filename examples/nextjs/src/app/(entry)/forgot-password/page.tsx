import type { Metadata } from "next";
import Link from "next/link";
import { ForgotPassword } from "./forgot-password";

export const metadata: Metadata = { title: "Forgot your password?" };

export default function Page() {
  return (
    <section className="card narrow">
      <h1>Forgot your password?</h1>
      <p className="lead">We send you a link. The page behind it takes another password.</p>
      <ForgotPassword />
      <p className="lead">
        <Link href="/sign-in">Back to the sign-in</Link>
      </p>
    </section>
  );
}
