import type { Metadata } from "next";
import { palisade, requirePermission } from "../../../server";
import { Suspense } from "react";
import { List } from "../../../components/list";
import { roleName, rolesBelow } from "../../../components/people";
import { sentence } from "../../../components/problem";
import { Time } from "../../../components/time";
import { Invite } from "./invite";
import { Pending } from "./pending";

export const metadata: Metadata = { title: "Invitations" };

export default function Page({ searchParams }: PageProps<"/admin/invitations">) {
  return (
    <>
      <h1>Invitations</h1>
      <Suspense fallback={<p className="waiting">Loading…</p>}>
        <Invitations searchParams={searchParams} />
      </Suspense>
    </>
  );
}

async function Invitations({ searchParams }: Pick<PageProps<"/admin/invitations">, "searchParams">) {
  const { permissions, role: own } = await requirePermission("USER_READ");
  const mayInvite = permissions.includes("USER_CREATE");
  const roles = rolesBelow(own);
  const { cursor } = await searchParams;
  const listed = await palisade.call("GET /invitations", typeof cursor === "string" ? { query: { cursor } } : {});
  const next = listed.ok ? listed.page.nextCursor : null;
  return (
    <>
      {mayInvite && (
        <section className="card" aria-labelledby="invite">
          <h2 id="invite">Invite somebody</h2>
          <Invite roles={roles} />
        </section>
      )}
      <section className="card" aria-labelledby="pending">
        <h2 id="pending">Pending</h2>
        {!listed.ok ? (
          <p className="notice bad">{sentence(listed.error)}</p>
        ) : (
          <List
            next={next && `/admin/invitations?${new URLSearchParams({ cursor: next })}`}
            first={cursor ? "/admin/invitations" : undefined}
          >
            {listed.data.items.map(({ id, email, role, expiresAt }) => (
              <li key={id}>
                <div>
                  <strong>{email}</strong> <span className="badge">{roleName(role)}</span>
                  <p className="hint">
                    Until <Time at={expiresAt} />
                  </p>
                </div>
                {mayInvite && roles.some(([lower]) => lower === role) && <Pending id={id} email={email} />}
              </li>
            ))}
          </List>
        )}
      </section>
    </>
  );
}
