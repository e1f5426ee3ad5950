import Link from "next/link";
import { getUser } from "../server";
import { Suspense } from "react";

export default function Page() {
  return (
    <Suspense fallback={<p className="waiting">Loading…</p>}>
      <Home />
    </Suspense>
  );
}

async function Home() {
  const user = await getUser();
  return user ? <Greeting name={user.name ?? user.email} /> : <Welcome />;
}

function Greeting({ name }: { name: string }) {
  return (
    <section className="welcome">
      <h1>Hello, {name}</h1>
      <p className="lead">
        The server has rendered your name: it knows the session before the page arrives.{" "}
        <Link href="/settings">Your account</Link> has devices, password, address and providers.
      </p>
    </section>
  );
}

function Welcome() {
  return (
    <section className="welcome">
      <h1>Accounts for your Next.js app</h1>
      <p className="lead">
        Registration, proof of the mailbox, sessions and limits come from Palisade. These pages only ask it, over their own
        origin.
      </p>
      <p className="inline">
        <Link href="/sign-up" className="button">
          Create an account
        </Link>
        <Link href="/sign-in" className="button quiet">
          Sign in
        </Link>
      </p>
    </section>
  );
}
