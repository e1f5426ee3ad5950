import type { Metadata } from "next";
import { SignUp } from "./sign-up";

export const metadata: Metadata = { title: "Create an account" };

// In development mail is not sent: it is in this mailbox.
const development = process.env.NODE_ENV === "development";
const mailbox = development ? `${process.env.PALISADE_URL ?? "http://localhost:8080"}/dev/mailbox` : undefined;

export default function Page() {
  return (
    <section className="card narrow">
      <SignUp mailbox={mailbox} />
    </section>
  );
}
