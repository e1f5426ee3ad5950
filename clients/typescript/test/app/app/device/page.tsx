import { Suspense } from "react";
import { getSession, getUser } from "../../session";

export default function Device() {
  return (
    <Suspense>
      <State />
    </Suspense>
  );
}

// Several parts of a page ask, each for itself.
async function State() {
  const [token, session, again, user] = await Promise.all([
    getSession(),
    getSession({ recheck: true }),
    getSession({ recheck: true }),
    getUser().then((user) => (user ? "user" : "guest"), () => "no answer"),
  ]);
  const said = [token, session, again].map((session) => (session ? "in" : "out"));
  return <p id="device">{[...said, user].join(", ")}</p>;
}
