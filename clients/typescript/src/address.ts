// The address of a route.

const BASE_PATH = "/api/v1";

type Value = string | number | boolean | undefined;

/** The parts of an input that are in the address. */
export interface Place {
  path?: Readonly<Record<string, Value>>;
  query?: Readonly<Record<string, Value>>;
}

/**
 * The address of `/users/{id}` below `baseUrl`.
 *
 * @throws TypeError for an id that would lead to another route: none, `.` or `..`
 */
export function address(baseUrl: string, template: string, { path = {}, query = {} }: Place): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = String(path[name] ?? "");
    // A URL parser takes dots as steps, also encoded ones.
    if (/^\.{0,2}$/.test(value)) throw new TypeError(`"${value}" is no ${name} for ${template}`);
    return encodeURIComponent(value);
  });
  const sent = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
  const search = String(new URLSearchParams(sent));
  return baseUrl.replace(/\/+$/, "") + BASE_PATH + filled + (search && `?${search}`);
}
