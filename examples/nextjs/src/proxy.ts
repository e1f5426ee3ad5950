import { palisadeProxy } from "palisade-client/next/proxy";

/** Keeps sessions fresh on every page, and asks visitors to sign in where they must be. */
export const proxy = palisadeProxy({ protect: ["/settings", "/admin/:path*"], clientAddress: "x-forwarded-for-last" });

export const config = { matcher: ["/((?!_next/|icon.svg).*)"] };
