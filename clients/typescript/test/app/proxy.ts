import { palisadeProxy } from "palisade-client/next/proxy";
export const proxy = palisadeProxy({ protect: ["/members/:path*"], clientAddress: "x-forwarded-for-last" });
export const config = { matcher: ["/((?!api/v1/|account/|docs$|_next/).*)"] };
