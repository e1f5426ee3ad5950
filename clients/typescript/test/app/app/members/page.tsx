import { Suspense } from "react";
import { requireSession } from "../../session";

export default function Members() {
  return (
    <Suspense fallback={<p>One moment</p>}>
      <Own />
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
