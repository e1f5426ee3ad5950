"use client";

import { useRouter } from "next/navigation";
import type { Data, Result, RouteName } from "palisade-client";
import { type FormEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Field, Mistakes } from "./field";
import { explain, type Problem } from "./problem";

const NONE: Problem = { fields: {} };

interface Props<K extends RouteName> {
  /** Sends the values of the fields by their names. */
  send: (fields: Record<string, string>) => Promise<Result<K>>;
  /** After a success. Default: the server renders the page again. */
  then?: (data: Data<K>) => void | Promise<void>;
  button: string;
  /** The text of the button while the form is sending. */
  sending: string;
  /** What a success says. */
  done?: string;
  /** The whole name of the button, where several have the same text. */
  label?: string;
  /** Empties the fields after a success. */
  clears?: boolean;
  className?: string;
  children?: ReactNode;
}

/** A form that shows that it is sending, and afterwards each error at its field. */
export function Form<K extends RouteName>(props: Props<K>) {
  const router = useRouter();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState(NONE);
  const [done, setDone] = useState(false);
  /** The server wants to see the password again before it does this. */
  const [confirming, setConfirming] = useState(false);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setPending(true);
    setProblem(NONE);
    setDone(false);
    const result = await props.send(fields);
    setPending(false);
    if (result.ok) {
      setConfirming(false);
      setDone(true);
      if (props.clears) form.current?.reset();
      if (props.then) props.then(result.data);
      else router.refresh();
      return;
    }
    setProblem(explain(result.error, Object.keys(fields)));
    if (result.error.code === "REAUTHENTICATION_REQUIRED") setConfirming(true);
    // The session is over: where a page needs one, the server now leads to the sign-in. Or the page shows what was so before.
    if (result.error.code === "AUTH_401" || result.error.code === "REVISION_MISMATCH") router.refresh();
  };

  // Next.js keeps a page that was left, and shows it again: without passwords, and without what it said last.
  useLayoutEffect(() => {
    const shown = form.current;
    setProblem(NONE);
    setDone(false);
    setConfirming(false);
    return () => {
      for (const input of shown?.querySelectorAll<HTMLInputElement>("[type=password]") ?? []) input.value = "";
    };
  }, []);

  // After an error the focus goes to the field to correct, or else back to the button, which lost it while disabled.
  useEffect(() => {
    if (problem === NONE) return;
    const wrong = "[aria-invalid=true], [data-confirming] input, button";
    form.current?.querySelector<HTMLElement>(wrong)?.focus();
  }, [problem]);

  return (
    <form ref={form} className={props.className} onSubmit={submit} aria-busy={pending}>
      <Mistakes value={problem.fields}>
        {props.children}
        {confirming && (
          <div data-confirming>
            <Field
              label="Your password"
              name="password"
              type="password"
              autoComplete="current-password"
              hint="No password? Sign out and in again, then you need none here."
              required
            />
          </div>
        )}
      </Mistakes>
      <p role="alert" className="notice bad">
        {problem.general}
      </p>
      <p role="status" className="notice">
        {done && props.done}
      </p>
      <button disabled={pending} aria-label={props.label && !pending ? props.label : undefined}>
        {pending ? props.sending : props.button}
      </button>
    </form>
  );
}
