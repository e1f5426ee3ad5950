"use client";

import { type FormEvent, useState } from "react";
import { call } from "../../palisade";

export default function SignIn() {
  const [problem, setProblem] = useState("");

  const signIn = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    try {
      await call("post", "/api/v1/auth/login", {
        email: String(form.get("email")),
        password: String(form.get("password")),
      });
      location.assign("/");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };

  return (
    <form onSubmit={signIn}>
      <h1>Sign in</h1>
      <label>
        Email <input name="email" type="email" autoComplete="username" required />
      </label>
      <label>
        Password <input name="password" type="password" autoComplete="current-password" required />
      </label>
      <p role="alert">{problem}</p>
      <button>Sign in</button>
    </form>
  );
}
