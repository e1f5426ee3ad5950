import { palisadeServer } from "palisade-client/next/server";

/** The helpers of all server components. They know visitors as nginx or Caddy name them. */
export const { getSession, getUser, requirePermission, palisade } = palisadeServer({ clientAddress: "x-forwarded-for-last" });

/** The session for the whole page. One that ended on another device is none, although its token still looks valid. */
export async function livingSession() {
  const session = await getSession();
  const alive = session && (await getUser().then(Boolean, () => true));
  return alive ? session : null;
}
