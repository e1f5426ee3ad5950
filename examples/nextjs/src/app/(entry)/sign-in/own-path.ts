/** The path of `?returnTo=` if it is one of this app, or else the start: anybody can write anything there. */
export function ownPath(returnTo: string | string[] | undefined): string {
  const base = "http://app.invalid";
  if (typeof returnTo !== "string" || !URL.canParse(returnTo, base)) return "/";
  const { origin, pathname, search } = new URL(returnTo, base);
  // Of `/.//elsewhere.example` the parser makes `//elsewhere.example`, which browsers take as another site.
  return origin === base && !pathname.startsWith("//") ? pathname + search : "/";
}
