"use client";

import { unwrap, type User } from "palisade-client";
import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { palisade } from "./palisade";

interface Session {
  /** The signed-in user: `undefined` until it is known, `null` for none. */
  user: User | null | undefined;
  /** Updates every part of the page, and remembers it for the next visit. */
  setUser: (user: User | null) => void;
  /** Why the user is not known. */
  failure: unknown;
  /** Loads the user from the server. */
  ask: () => Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession stands outside SessionProvider");
  return session;
}

// Scripts cannot see the cookies. This mark means that there may be a session; without it the page would try to refresh
// one for visitors who never signed in.
const MARK = "palisade-session";

async function current(): Promise<User | null> {
  const { user } = unwrap(await palisade.call("GET /auth/session")).data;
  if (user || !localStorage.getItem(MARK)) return user;
  // The access token has expired, but the session may still be valid.
  const refreshed = await palisade.call("POST /auth/refresh");
  if (!refreshed.ok && refreshed.error.code === "SESSION_REVOKED") return null;
  return unwrap(refreshed).data.user;
}

export function SessionProvider({ children }: { children: ReactNode }) {
  const [user, setState] = useState<User | null>();
  const [failure, setFailure] = useState<unknown>();

  const setUser = useCallback((user: User | null) => {
    setState(user);
    if (user) localStorage.setItem(MARK, user.id);
    else localStorage.removeItem(MARK);
  }, []);

  const ask = useCallback(async () => {
    setFailure(undefined);
    await current().then(setUser, setFailure);
  }, [setUser]);

  useEffect(() => {
    void ask();
    // Somebody signed in or out in another tab.
    const elsewhere = (event: StorageEvent) => {
      if (event.key === MARK) void ask();
    };
    addEventListener("storage", elsewhere);
    return () => removeEventListener("storage", elsewhere);
  }, [ask]);

  return <Context value={{ user, setUser, failure, ask }}>{children}</Context>;
}
