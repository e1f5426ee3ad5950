import { palisadeServer } from "palisade-client/next/server";

export const { getSession, getUser, requireSession, requirePermission, palisade } = palisadeServer({
  clientAddress: "x-forwarded-for-last",
});
