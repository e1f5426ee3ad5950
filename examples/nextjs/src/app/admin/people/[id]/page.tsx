import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import type { User } from "palisade-client";
import { palisade, requirePermission } from "../../../../server";
import { type ReactNode, Suspense, useId } from "react";
import { actsOn, roleName, rolesBelow, stateName } from "../../../../components/people";
import { sentence } from "../../../../components/problem";
import { Time } from "../../../../components/time";
import { Delete, Reactivate, Suspend } from "./access";
import { ChangePermissions } from "./change-permissions";
import { ChangeRole } from "./change-role";
import { Events } from "./events";
import { Rename } from "./rename";
import { Sessions } from "./sessions";

export const metadata: Metadata = { title: "Person" };

/** The person as the page shows them. A change says on which revision it rests, and is refused if that is no longer so. */
export type Read = Pick<User, "id" | "revision">;

type Props = PageProps<"/admin/people/[id]">;

export default function Page({ params, searchParams }: Props) {
  return (
    <Suspense fallback={<p className="waiting">Loading…</p>}>
      <Person params={params} searchParams={searchParams} />
    </Suspense>
  );
}

async function Person({ params, searchParams }: Pick<Props, "params" | "searchParams">) {
  const { userId: own, role, permissions } = await requirePermission("USER_READ");
  const [{ id }, { events }] = await Promise.all([params, searchParams]);
  const found = await palisade.call("GET /users/{id}", { path: { id } });
  if (!found.ok) {
    // A text that is no id is refused as invalid.
    if (found.error.code === "NOT_FOUND" || found.error.code === "VALIDATION_FAILED") notFound();
    return <p className="notice bad">{sentence(found.error)}</p>;
  }
  const user = found.data;
  const read: Read = { id, revision: user.revision };
  // Palisade decides. This leaves out what it would refuse.
  const acts = id !== own && actsOn(role, user.role);
  const may = (permission: string) => acts && permissions.includes(permission);
  return (
    <>
      <h1>{user.name ?? user.email}</h1>
      <Details user={user} />
      {!acts && (
        <p className="notice">
          {id === own ? (
            <>
              This is you. You change your own account under <Link href="/settings">Your account</Link>.
            </>
          ) : (
            "You can change only people of a lower rank than yours."
          )}
        </p>
      )}
      {may("USER_UPDATE") && (
        <Section id="profile" title="Profile">
          <Rename {...read} name={user.name ?? ""} />
        </Section>
      )}
      {may("USER_GRANT") && (
        <Section id="rights" title="Rights">
          <ChangeRole {...read} role={user.role} roles={rolesBelow(role)} />
          <Permissions user={user} own={permissions} />
        </Section>
      )}
      {may("USER_SUSPEND") && (
        <Section id="access" title="Access">
          {user.status === "suspended" ? (
            <>
              <p>This person is suspended: they are signed out everywhere and cannot sign in.</p>
              <Reactivate {...read} />
            </>
          ) : (
            <>
              <p>Suspend this person, and they are signed out everywhere at once and cannot sign in.</p>
              <Suspend {...read} />
            </>
          )}
        </Section>
      )}
      {permissions.includes("SESSION_READ") && (
        <Section id="sessions" title="Sessions">
          <Sessions id={id} mayEnd={may("SESSION_REVOKE")} />
        </Section>
      )}
      {permissions.includes("AUDIT_READ") && (
        <Section id="events" title="Events">
          <Events id={id} own={own} cursor={typeof events === "string" ? events : undefined} />
        </Section>
      )}
      {may("USER_DELETE") && (
        <Section id="delete" title="Delete">
          <p>
            This person is signed out everywhere at once. For 30 days you find the account among the deleted ones and can restore
            it.
          </p>
          <Delete {...read} />
        </Section>
      )}
      <p>
        <Link href="/admin/people">All people</Link>
      </p>
    </>
  );
}

function Section({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  // Next.js keeps pages that were left: those of several people are in the document at once.
  const heading = useId();
  return (
    <section className="card" id={id} aria-labelledby={heading}>
      <h2 id={heading}>{title}</h2>
      {children}
    </section>
  );
}

function Details({ user }: { user: User }) {
  return (
    <section className="card" aria-label="Details">
      <dl>
        <dt>Email</dt>
        <dd>{user.email}</dd>
        <dt>Role</dt>
        <dd>{roleName(user.role)}</dd>
        <dt>State</dt>
        <dd>{stateName(user)}</dd>
        <dt>Permissions</dt>
        <dd>{user.effectivePermissions.join(", ") || "None beyond the own account"}</dd>
        <dt>Created</dt>
        <dd>
          <Time at={user.createdAt} />
        </dd>
        <dt>Changed</dt>
        <dd>
          <Time at={user.updatedAt} />
        </dd>
      </dl>
    </section>
  );
}

/** `own` are the permissions of the administrator. */
async function Permissions({ user, own }: { user: User; own: readonly string[] }) {
  const listed = await palisade.call("GET /permissions", { query: { limit: 100 } });
  if (!listed.ok) return <p className="notice bad">{sentence(listed.error)}</p>;
  const choosable = listed.data.items.map(({ name, description, roles }) => ({
    name,
    description,
    given: user.permissions.includes(name),
    withRole: roles.includes(user.role),
    own: own.includes(name),
  }));
  return <ChangePermissions id={user.id} revision={user.revision} choosable={choosable} />;
}
