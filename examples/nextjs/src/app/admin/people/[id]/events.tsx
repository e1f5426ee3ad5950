import Link from "next/link";
import type { AuditEvent } from "palisade-client";
import { palisade } from "../../../../server";
import { changesOf, eventName } from "../../../../components/events";
import { List } from "../../../../components/list";
import { sentence } from "../../../../components/problem";
import { Time } from "../../../../components/time";

/** What happened to a person, the newest first. `own` is the id of the administrator. */
export async function Events({ id, own, cursor }: { id: string; own: string; cursor: string | undefined }) {
  const query = { userId: id, limit: 10, ...(cursor && { cursor }) };
  const listed = await palisade.call("GET /audit-events", { query });
  if (!listed.ok) return <p className="notice bad">{sentence(listed.error)}</p>;
  const { nextCursor } = listed.page;
  const path = `/admin/people/${id}`;
  return (
    <List
      next={nextCursor && `${path}?${new URLSearchParams({ events: nextCursor })}#events`}
      first={cursor && `${path}#events`}
    >
      {listed.data.items.map((event) => (
        <li key={event.id}>
          <div>
            <strong>{eventName(event)}</strong> {event.outcome === "refused" && <span className="badge bad">Refused</span>}
            {changesOf(event).map((change) => (
              <p key={change}>{change}</p>
            ))}
            <p className="hint">
              <Time at={event.at} />, <Actor event={event} own={own} />
              {[event.device, event.network].map((origin) => origin && `, ${origin}`)}
            </p>
          </div>
        </li>
      ))}
    </List>
  );
}

/** Events name people by their ids only. */
function Actor({ event: { actor, userId }, own }: { event: AuditEvent; own: string }) {
  switch (actor.kind) {
    case "operator":
      return `by the operator (${actor.command})`;
    case "system":
      return `by the server (${actor.command})`;
    case "anonymous":
      return "by somebody who was not signed in";
    default:
      if (actor.userId === own) return "by you";
      if (actor.userId === userId) return "by this person";
      return <Link href={`/admin/people/${actor.userId}`}>by another person</Link>;
  }
}
