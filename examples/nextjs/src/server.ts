import { palisadeServer } from "palisade-client/next/server";

/** The helpers of all server components. They know visitors as nginx or Caddy name them. */
export const { getSession, getUser, requirePermission, palisade } = palisadeServer({ clientAddress: "x-forwarded-for-last" });
