"use client";
// The session in client components.

import { useRouter } from "next/navigation";
import { createContext, type ReactNode, Suspense, use, useCallback, useEffect, useRef, useState } from "react";
import { createClient, type Palisade } from "../client.js";
import type { Session } from "../generated/types.gen.js";
import type { Result } from "../result.js";
import type { SessionClaims } from "./token.js";

export type { SessionClaims } from "./token.js";

/** What {@link useSession} returns. */
export interface SessionState {
  /** The session, or `null` for a guest. It is there at the first rendering. */
  readonly session: SessionClaims | null;
  /** Asks Palisade again: call it after signing in. Other tabs, and server components, follow by themselves. */
  readonly refetch: () => Promise<void>;
  /** Ends the session, also in other tabs. If the call fails, nothing has changed. */
  readonly signOut: () => Promise<Result<"POST /auth/logout">>;
}

type Known = SessionClaims | null;

interface Held extends Omit<SessionState, "session"> {
  readonly known: Known | Promise<Known>;
  /** Asks Palisade again. If another tab has ended the session, there is nothing to refresh. */
  readonly ask: (ended: boolean) => Promise<void>;
  /** Whether this is still what the server rendered. */
  readonly rendered: boolean;
}

/** The channel on which tabs tell each other who is signed in. Every browser that Next.js 16 supports has channels. */
const TABS = "palisade";

/** What a tab says in place of the id of a user. */
const [ENDED, UNSURE] = ["ended", "unsure"];

/** Milliseconds in the background after which a tab asks again. */
const LONG = 60_000;

const Context = createContext<Held | undefined>(undefined);

let forget = () => {};

/** The client of the browser. All client components share it, and with it one refresh. */
export const palisade: Palisade = createClient({ onSignedOut: () => forget() });

/**
 * Holds the session for the components below it. `initial` is what `getSession()` on the server returned: awaited, or the
 * promise itself, for which only those components wait that read it.
 */
export function SessionProvider({ initial, children }: { initial: Known | Promise<Known>; children: ReactNode }): ReactNode {
  const [latest, setLatest] = useState(initial);
  const [known, set] = useState(initial);
  // The server has rendered again, and its word is newer.
  if (latest !== initial) {
    setLatest(initial);
    set(initial);
  }

  const ask = useCallback(async (ended: boolean) => {
    const asked = await palisade.call("GET /auth/session");
    if (!asked.ok) return;
    if (asked.data.user) return set(claims(asked.data as Session));
    if (!(await known)) return;
    if (ended) return set(null);
    // Perhaps only the access token has expired. If the session has ended, the client calls `forget`.
    const refreshed = await palisade.call("POST /auth/refresh");
    if (refreshed.ok) set(claims(refreshed.data));
  }, [known]);

  const refetch = useCallback(() => ask(false), [ask]);

  const signOut = useCallback(async () => {
    const result = await palisade.call("POST /auth/logout");
    if (result.ok) set(null);
    return result;
  }, []);

  useEffect(() => {
    forget = () => set(null);
    return () => void (forget = () => {});
  }, []);

  return (
    <Context value={{ known, ask, refetch, signOut, rendered: known === initial }}>
      {children}
      <Suspense>
        <Follow />
      </Suspense>
    </Context>
  );
}

/** The session, and how to change it. Below a {@link SessionProvider}. */
export function useSession(): SessionState {
  const { known, refetch, signOut } = useHeld();
  return { session: known && "then" in known ? use(known) : known, refetch, signOut };
}

/** Keeps this tab, the other tabs and the server components of one mind. */
function Follow(): null {
  const { ask, rendered } = useHeld();
  const { session, refetch } = useSession();
  const router = useRouter();
  const userId = session?.userId ?? "";
  const seen = useRef(userId);

  useEffect(() => {
    if (seen.current === userId) return;
    seen.current = userId;
    const tabs = new BroadcastChannel(TABS);
    // A page that was rendered without a session may only have been rendered while Palisade was out of reach.
    tabs.postMessage(userId || (rendered ? UNSURE : ENDED));
    tabs.close();
    if (!rendered) router.refresh();
  }, [userId, rendered, router]);

  useEffect(() => {
    const tabs = new BroadcastChannel(TABS);
    // It also hears what this tab says, which is nothing new.
    tabs.onmessage = ({ data }) => void (data !== (seen.current || ENDED) && ask(data === ENDED));
    return () => tabs.close();
  }, [ask]);

  useEffect(() => {
    let left = Date.now();
    const turned = () => {
      if (document.hidden) left = Date.now();
      else if (Date.now() - left > LONG) void refetch();
    };
    // A page from the back-forward cache has heard nothing.
    const shown = ({ persisted }: PageTransitionEvent) => void (persisted && refetch());
    document.addEventListener("visibilitychange", turned);
    addEventListener("pageshow", shown);
    return () => {
      document.removeEventListener("visibilitychange", turned);
      removeEventListener("pageshow", shown);
    };
  }, [refetch]);

  return null;
}

function useHeld(): Held {
  const held = use(Context);
  if (!held) throw new Error("useSession needs a <SessionProvider> above it");
  return held;
}

const claims = ({ user, expiresAt }: Session): SessionClaims => ({
  userId: user.id,
  role: user.role,
  permissions: user.effectivePermissions,
  expiresAt,
});
