"use client";

import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { call, refresh, type User } from "./palisade";

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
  const { user } = await call("get", "/api/v1/auth/session");
  // No user, but the mark is set: the access token has expired, but the session may still be valid.
  return user ?? (localStorage.getItem(MARK) ? refresh() : null);
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
