"use client";

import { PalisadeError } from "palisade-client";
import { createContext, useContext, useEffect, useId, useRef, useState } from "react";
import type { FormEvent, InputHTMLAttributes, ReactNode } from "react";
import { useSession } from "./session";

/** The errors of the last attempt: a general one, and one for each field by its name. */
interface Problem {
  general?: string;
  fields: Record<string, string>;
}

const NONE: Problem = { fields: {} };
const Mistakes = createContext(NONE.fields);

/** A form that shows that it is sending, and afterwards each error next to its field. */
export function Form(props: {
  send: (fields: Record<string, string>) => Promise<void>;
  button: string;
  /** The text of the button while the form is sending. */
  sending: string;
  className?: string;
  children?: ReactNode;
}) {
  const { setUser } = useSession();
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState(NONE);
  const form = useRef<HTMLFormElement>(null);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.currentTarget)) as Record<string, string>;
    setPending(true);
    setProblem(NONE);
    try {
      await props.send(fields);
    } catch (error) {
      // The session has ended and could not be refreshed.
      if (error instanceof PalisadeError && error.error.code === "AUTH_401") setUser(null);
      setProblem(explain(error, fields));
    }
    setPending(false);
  };

  // A disabled button would lose the focus.
  useEffect(() => {
    if (problem !== NONE) form.current?.querySelector<HTMLElement>("[aria-invalid=true], button")?.focus();
  }, [problem]);

  return (
    <form ref={form} className={props.className} onSubmit={submit} aria-busy={pending}>
      <Mistakes value={problem.fields}>{props.children}</Mistakes>
      <p role="alert" className="notice bad">
        {problem.general}
      </p>
      <button disabled={pending}>{pending ? props.sending : props.button}</button>
    </form>
  );
}

type FieldProps = InputHTMLAttributes<HTMLInputElement> & { name: string; label: string; hint?: string };

/** One input with its label and its error. */
export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  const mistake = useContext(Mistakes)[input.name];
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {!input.required && <small>(optional)</small>}
      </label>
      <input id={id} aria-invalid={mistake !== undefined} aria-describedby={`${id}-mistake ${id}-hint`} {...input} />
      <p id={`${id}-mistake`} className="mistake">
        {mistake}
      </p>
      <p id={`${id}-hint`} className="hint">
        {hint}
      </p>
    </div>
  );
}

function explain(thrown: unknown, sent: Record<string, string>): Problem {
  if (!(thrown instanceof PalisadeError)) return { fields: {}, general: thrown instanceof Error ? thrown.message : String(thrown) };
  const { error } = thrown;
  if (error.code === "RATE_LIMITED") {
    return { fields: {}, general: `Too many attempts. Please try again ${wait(error.retryAfter)}.` };
  }
  const fields: Record<string, string> = {};
  const details = error.code === "VALIDATION_FAILED" ? error.details : [];
  for (const { field, message } of details) fields[field] ??= `This ${message}.`;
  const elsewhere = Object.keys(fields).filter((field) => !(field in sent));
  if (details.length > 0 && elsewhere.length === 0) return { fields };
  return { fields, general: [`${error.message}.`, ...elsewhere.map((field) => `${field}: ${fields[field]}`)].join(" ") };
}

function wait(seconds = 60): string {
  if (seconds < 120) return `in ${seconds} seconds`;
  return seconds < 7200 ? `in ${Math.ceil(seconds / 60)} minutes` : `in ${Math.ceil(seconds / 3600)} hours`;
}
