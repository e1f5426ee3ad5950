// What tabs of one browser tell each other: who is signed in.

const NAME = "palisade";

/** Tells the other tabs who is signed in now: the id of the user, or nothing. */
export function announce(userId: string): void {
  if (typeof BroadcastChannel === "function") {
    const channel = new BroadcastChannel(NAME);
    channel.postMessage(userId);
    channel.close();
    return;
  }
  try {
    localStorage.setItem(NAME, userId);
    localStorage.removeItem(NAME);
  } catch {
    // Without storage, tabs learn it when they become visible.
  }
}

/** Calls `hear` with what other tabs announce, and perhaps with what this one did. Returns how to stop. */
export function follow(hear: (userId: string) => void): () => void {
  const heard = ({ key, newValue }: StorageEvent) => key === NAME && newValue !== null && hear(newValue);
  addEventListener("storage", heard);
  const channel = typeof BroadcastChannel === "function" ? new BroadcastChannel(NAME) : undefined;
  channel?.addEventListener("message", ({ data }) => hear(String(data)));
  return () => {
    removeEventListener("storage", heard);
    channel?.close();
  };
}
