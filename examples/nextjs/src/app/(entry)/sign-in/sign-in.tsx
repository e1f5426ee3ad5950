"use client";

import { useRouter } from "next/navigation";
import { Field } from "../../../components/field";
import { Form } from "../../../components/form";
import { palisade, useSession } from "palisade-client/next/client";

export function SignIn({ destination }: { destination: string }) {
  const { refetch } = useSession();
  const router = useRouter();
  return (
    <Form
      send={({ email = "", password = "" }) => palisade.call("POST /auth/login", { body: { email, password } })}
      then={async () => {
        await refetch();
        router.replace(destination);
      }}
      button="Sign in"
      sending="Signing in…"
    >
      <Field label="Email" name="email" type="email" autoComplete="username" required />
      <Field label="Password" name="password" type="password" autoComplete="current-password" required />
    </Form>
  );
}
