import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { palisade, requirePermission } from "../../../../server";
import { Suspense } from "react";
import { roleName, stateName } from "../../../../components/people";
import { sentence } from "../../../../components/problem";
import { Time } from "../../../../components/time";

export const metadata: Metadata = { title: "Person" };

export default function Page({ params }: PageProps<"/admin/people/[id]">) {
  return (
    <Suspense fallback={<p className="waiting">Loading…</p>}>
      <Person params={params} />
    </Suspense>
  );
}

async function Person({ params }: Pick<PageProps<"/admin/people/[id]">, "params">) {
  await requirePermission("USER_READ");
  const { id } = await params;
  const found = await palisade.call("GET /users/{id}", { path: { id } });
  if (!found.ok) {
    // A text that is no id is refused as invalid.
    if (found.error.code === "NOT_FOUND" || found.error.code === "VALIDATION_FAILED") notFound();
    return <p className="notice bad">{sentence(found.error)}</p>;
  }
  const user = found.data;
  return (
    <>
      <h1>{user.name ?? user.email}</h1>
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
      {/* What an administrator does to this person goes here: a section for each, with a form like those of /settings. */}
      <p>
        <Link href="/admin/people">All people</Link>
      </p>
    </>
  );
}
