import { redirect } from "next/navigation";
import { palisade } from "../../session";

async function signIn(form: FormData) {
  "use server";
  const body = { email: String(form.get("email")), password: String(form.get("password")) };
  const result = await palisade.call("POST /auth/login", { body });
  redirect(result.ok ? "/members" : `/sign-in?error=${result.error.code}`);
}

export default function SignIn() {
  return (
    <form action={signIn}>
      <input name="email" />
      <input name="password" type="password" />
      <button>Sign in</button>
    </form>
  );
}
