// What the list of people shows, as its address says it.

import type { Input } from "palisade-client";
import { isRole } from "../../../components/people";

/** Empty where it is not set. */
export interface Filters {
  /** How the address begins. */
  q: string;
  role: string;
  state: string;
  cursor: string;
}

type Parameters = Record<string, string | string[] | undefined>;

const one = (value: string | string[] | undefined) => (typeof value === "string" ? value.trim() : "");

/** Anybody can write any address, so what the server would refuse is left out here. */
export function filtersOf({ q, role, state, cursor }: Parameters): Filters {
  const [known, wanted] = [one(role), one(state)];
  return {
    q: one(q),
    role: isRole(known) ? known : "",
    state: ["active", "suspended", "deleted"].includes(wanted) ? wanted : "",
    cursor: one(cursor),
  };
}

/** The server searches by address or filters, not both: a search goes before. */
export function queryOf({ q, role, state, cursor }: Filters): NonNullable<Input<"GET /users">["query"]> {
  const page = cursor ? { cursor } : {};
  if (q) return { q, ...page };
  return {
    ...page,
    ...(isRole(role) && { role }),
    ...((state === "active" || state === "suspended") && { status: state }),
    ...(state === "deleted" && { deleted: true }),
  };
}

export function pathOf(filters: Filters): string {
  const set = Object.entries(filters).filter(([, value]) => value);
  return `/admin/people?${new URLSearchParams(set)}`;
}
