import { unwrap } from "palisade-client";
import { Suspense } from "react";
import { palisade, requireSession } from "../../session";

async function rename() {
  "use server";
  await requireSession({ returnTo: "/members" });
  unwrap(await palisade.call("PATCH /users/me", { body: { name: "Renamed" } }));
}

export default function Members() {
  return (
    <Suspense fallback={<p>One moment</p>}>
      <Own />
      <form action={rename}>
        <button id="rename">Rename</button>
      </form>
    </Suspense>
  );
}

// The session is read outside `use cache`, and what it says goes in.
async function Own() {
  const { userId } = await requireSession({ returnTo: "/members" });
  return <Summary userId={userId} />;
}

async function Summary({ userId }: { userId: string }) {
  "use cache";
  return (
    <p id="summary">
      {userId} at {Date.now()}
    </p>
  );
}
