"use client";

import { createContext, type InputHTMLAttributes, type SelectHTMLAttributes, useContext, useId } from "react";

/** The errors of the form around the fields, by the name of the field. */
export const Mistakes = createContext<Record<string, string>>({});

type Common = { name: string; label: string; hint?: string };

/** One input with its label and its error. */
export function Field({ label, hint, ...input }: Common & InputHTMLAttributes<HTMLInputElement>) {
  const id = useId();
  const mistake = useContext(Mistakes)[input.name];
  const described = [mistake && `${id}-mistake`, hint && `${id}-hint`].filter(Boolean).join(" ");
  return (
    <div className="field">
      <label htmlFor={id}>
        {label} {!input.required && <small>(optional)</small>}
      </label>
      <input id={id} aria-invalid={mistake !== undefined} aria-describedby={described || undefined} {...input} />
      {mistake && (
        <p id={`${id}-mistake`} className="mistake">
          {mistake}
        </p>
      )}
      {hint && (
        <p id={`${id}-hint`} className="hint">
          {hint}
        </p>
      )}
    </div>
  );
}

interface Choices {
  name: string;
  label: string;
  choices: [value: string, name: string][];
}

/** A choice with its label. */
export function Choice({ label, choices, ...select }: Choices & SelectHTMLAttributes<HTMLSelectElement>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} {...select}>
        {choices.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}
