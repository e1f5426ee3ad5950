"use client";

import { useRouter } from "next/navigation";
import { Field } from "../../../components/field";
import { Form } from "../../../components/form";
import { palisade } from "palisade-client/next/client";

export function SignIn({ destination }: { destination: string }) {
  const router = useRouter();
  return (
    <Form
      send={({ email = "", password = "" }) => palisade.call("POST /auth/login", { body: { email, password } })}
      then={() => {
        router.replace(destination);
        router.refresh();
      }}
      button="Sign in"
      sending="Signing in…"
    >
      <Field label="Email" name="email" type="email" autoComplete="username" required />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
    </Form>
  );
}
