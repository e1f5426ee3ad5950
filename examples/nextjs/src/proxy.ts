import { palisadeProxy } from "palisade-client/next/proxy";

/** Keeps sessions fresh on every page, and asks visitors to sign in where they must be. */
export const proxy = palisadeProxy({ protect: ["/settings", "/admin/:path*"], clientAddress: "x-forwarded-for-last" });

// Not for Palisade's own paths, which come here only in development; and not for a prefetch, which gets no more than the frame
// of a page, built ahead for everybody.
export const config = {
  matcher: [{ source: "/((?!api/v1/|account/|docs$|_next/|icon.svg).*)", missing: [{ type: "header", key: "next-router-prefetch" }] }],
};
