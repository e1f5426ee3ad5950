import { palisade } from "../../../../server";
import { sentence } from "../../../../components/problem";
import { Time } from "../../../../components/time";
import { EndSessions } from "./access";

/** Where a person is signed in. At most 50 sessions, so one page is all. */
export async function Sessions({ id, mayEnd }: { id: string; mayEnd: boolean }) {
  const listed = await palisade.call("GET /users/{id}/sessions", { path: { id }, query: { limit: 100 } });
  if (!listed.ok) return <p className="notice bad">{sentence(listed.error)}</p>;
  const { items } = listed.data;
  return (
    <>
      {items.length > 0 ? (
        <ul className="rows">
          {items.map((session) => (
            <li key={session.id}>
              <div>
                <strong>{session.device ?? "Unknown device"}</strong>
                <p className="hint">
                  {session.ip}, last used <Time at={session.lastUsedAt} />
                </p>
              </div>
            </li>
          ))}
        </ul>
      ) : (
        <p className="waiting">Not signed in anywhere.</p>
      )}
      {mayEnd && <EndSessions id={id} />}
    </>
  );
}
