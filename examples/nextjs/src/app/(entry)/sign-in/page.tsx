import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { Suspense } from "react";
import { getUser } from "../../../server";
import { providerSentence } from "../../../components/problem";
import { ownPath } from "./own-path";
import { Providers } from "./providers";
import { SignIn } from "./sign-in";

export const metadata: Metadata = { title: "Sign in" };

export default function Page({ searchParams }: PageProps<"/sign-in">) {
  return (
    <section className="card narrow">
      <h1>Sign in</h1>
      <Suspense fallback={<p className="waiting">Loading…</p>}>
        <Ways searchParams={searchParams} />
      </Suspense>
      <p className="lead">
        No account yet? <Link href="/sign-up">Create one</Link>
        <br />
        <Link href="/forgot-password">Forgot your password?</Link>
      </p>
    </section>
  );
}

async function Ways({ searchParams }: Pick<PageProps<"/sign-in">, "searchParams">) {
  const { error, returnTo } = await searchParams;
  const destination = ownPath(returnTo);
  if (await getUser()) redirect(destination);
  return (
    <>
      {typeof error === "string" && <p className="notice bad">{providerSentence(error)}</p>}
      <SignIn destination={destination} />
      <Providers destination={destination} />
    </>
  );
}
