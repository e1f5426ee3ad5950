import { palisadeProxy } from "palisade-client/next/proxy";

/** Keeps sessions fresh on every page, and asks visitors to sign in where they must be. */
export const proxy = palisadeProxy({ protect: ["/settings", "/admin/:path*"], clientAddress: "x-forwarded-for-last" });

// A prefetch gets no more than the frame of a page, which was built ahead and is nobody's.
export const config = {
  matcher: [{ source: "/((?!_next/|icon.svg).*)", missing: [{ type: "header", key: "next-router-prefetch" }] }],
};
