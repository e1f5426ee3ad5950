// Cookies of an answer, for the rest of the request that got it.

/** The `Cookie` header of a browser that has stored these `Set-Cookie` lines. */
export function withCookies(header: string, lines: readonly string[]): string {
  const set = lines.map((line) => line.split(";", 1)[0] ?? "");
  const names = new Set(set.map(nameOf));
  const kept = header.split(/; */).filter((pair) => pair && !names.has(nameOf(pair)));
  // Palisade deletes a cookie by setting it to nothing.
  return [...kept, ...set.filter((pair) => !pair.endsWith("="))].join("; ");
}

const nameOf = (pair: string) => pair.split("=", 1)[0]?.trim();
