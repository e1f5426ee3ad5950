import { getSession, getUser, palisade, requirePermission } from "../../session";

export async function GET() {
  const [session, user] = await Promise.all([getSession(), getUser()]);
  return Response.json({ session, user });
}

export async function PUT() {
  const listed = await palisade.call("GET /auth/sessions");
  return Response.json(listed.ok ? listed.data.items.length : listed.error.code);
}

export async function DELETE() {
  const { status } = await palisade.call("POST /auth/logout");
  return Response.json({ status });
}

export async function POST() {
  await requirePermission("USER_READ");
  return new Response("admin or above");
}
