import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Suspense } from "react";
import { getUser } from "../../server";
import { providerSentence } from "../../components/problem";
import { DeleteAccount } from "./delete-account";
import { Devices } from "./devices";
import { ChangeEmail } from "./change-email";
import { Rename } from "./rename";
import { ChangePassword } from "./change-password";
import { Providers } from "./providers";

export const metadata: Metadata = { title: "Your account" };

export default function Page({ searchParams }: PageProps<"/settings">) {
  return (
    <>
      <h1>Your account</h1>
      <Suspense fallback={<p className="waiting">Loading…</p>}>
        <Settings searchParams={searchParams} />
      </Suspense>
    </>
  );
}

async function Settings({ searchParams }: Pick<PageProps<"/settings">, "searchParams">) {
  const [user, { error }] = await Promise.all([getUser(), searchParams]);
  if (!user) redirect("/sign-in?returnTo=/settings");
  return (
    <>
      {typeof error === "string" && <p className="notice bad">{providerSentence(error)}</p>}
      <section className="card" aria-labelledby="profile">
        <h2 id="profile">Profile</h2>
        <Rename name={user.name ?? ""} />
      </section>
      <section className="card" aria-labelledby="devices">
        <h2 id="devices">Devices</h2>
        <p className="lead">Where your account is signed in.</p>
        <Devices />
      </section>
      <section className="card" aria-labelledby="email">
        <h2 id="email">Email address</h2>
        <p>
          Your address is <strong>{user.email}</strong>.
        </p>
        <ChangeEmail />
      </section>
      <section className="card" aria-labelledby="password">
        <h2 id="password">Password</h2>
        <ChangePassword email={user.email} />
      </section>
      <Providers />
      <section className="card" aria-labelledby="delete">
        <h2 id="delete">Delete your account</h2>
        <DeleteAccount />
      </section>
    </>
  );
}
