import type { Metadata } from "next";
import Link from "next/link";
import { palisade, requirePermission } from "../../../server";
import { Suspense } from "react";
import { List } from "../../../components/list";
import { actsOn, type Role, roleName, stateName } from "../../../components/people";
import { sentence } from "../../../components/problem";
import { Time } from "../../../components/time";
import { type Filters, filtersOf, pathOf, queryOf } from "./filters";
import { Restore } from "./restore";
import { Search } from "./search";

export const metadata: Metadata = { title: "People" };

export default function Page({ searchParams }: PageProps<"/admin/people">) {
  return (
    <>
      <h1>People</h1>
      <Suspense fallback={<p className="waiting">Loading…</p>}>
        <People searchParams={searchParams} />
      </Suspense>
    </>
  );
}

async function People({ searchParams }: Pick<PageProps<"/admin/people">, "searchParams">) {
  const { role, permissions } = await requirePermission("USER_READ");
  const filters = filtersOf(await searchParams);
  return (
    <>
      <Search filters={filters} />
      <section className="card" aria-label="Found">
        <Found filters={filters} mayRestore={(other) => permissions.includes("USER_DELETE") && actsOn(role, other)} />
      </section>
    </>
  );
}

async function Found({ filters, mayRestore }: { filters: Filters; mayRestore: (role: Role) => boolean }) {
  const listed = await palisade.call("GET /users", { query: queryOf(filters) });
  if (!listed.ok) return <p className="notice bad">{sentence(listed.error)}</p>;
  const { nextCursor } = listed.page;
  return (
    <List
      next={nextCursor && pathOf({ ...filters, cursor: nextCursor })}
      first={filters.cursor && pathOf({ ...filters, cursor: "" })}
    >
      {listed.data.items.map((user) => (
        <li key={user.id}>
          <div>
            {/* A deleted person has no page. */}
            {user.deletedAt ? user.email : <Link href={`/admin/people/${user.id}`}>{user.email}</Link>}
            <p className="hint">
              {user.name ?? "No name"}
              {user.deletedAt && (
                <>
                  , deleted <Time at={user.deletedAt} />
                </>
              )}
            </p>
          </div>
          <span>
            {user.role !== "user" && <span className="badge">{roleName(user.role)}</span>}{" "}
            {stateName(user) !== "Active" && <span className="badge bad">{stateName(user)}</span>}
          </span>
          {user.deletedAt && mayRestore(user.role) && <Restore id={user.id} revision={user.revision} email={user.email} />}
        </li>
      ))}
    </List>
  );
}
