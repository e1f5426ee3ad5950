"use client";

import Link from "next/link";
import { useRouter } from "next/navigation";
import { unwrap } from "palisade-client";
import { useEffect } from "react";
import { Field, Form } from "../../form";
import { palisade } from "../../palisade";
import { useSession } from "../../session";

export default function SignIn() {
  const { user, setUser } = useSession();
  const router = useRouter();

  // A signed-in user, also one from an earlier visit, does not need this page.
  useEffect(() => {
    if (user) router.replace("/");
  }, [user, router]);

  const signIn = async ({ email = "", password = "" }: Record<string, string>) => {
    const session = unwrap(await palisade.call("POST /auth/login", { body: { email, password } }));
    setUser(session.data.user);
  };

  return (
    <section className="card narrow">
      <title>Sign in · Example</title>
      <h1>Sign in</h1>
      <Form send={signIn} button="Sign in" sending="Signing in…">
        <Field label="Email" name="email" type="email" autoComplete="username" required />
        <Field label="Password" name="password" type="password" autoComplete="current-password" required />
      </Form>
      <p className="lead">
        No account yet? <Link href="/register">Create one</Link>
      </p>
    </section>
  );
}
