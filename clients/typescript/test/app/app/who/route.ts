import { getSession, getUser, palisade } from "../../session";

export async function GET() {
  const [session, user] = await Promise.all([getSession(), getUser()]);
  return Response.json({ session, user });
}

export async function DELETE() {
  const { status } = await palisade.call("POST /auth/logout");
  return Response.json({ status });
}
