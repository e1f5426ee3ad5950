"use client";

import { createContext, type ReactNode, useCallback, useContext, useEffect, useState } from "react";
import { call, refresh, type User } from "./palisade";

interface Session {
  /** Who is signed in: `undefined` until we know, `null` for nobody. */
  user: User | null | undefined;
  /** Tells every part of the page, and the next visit. */
  setUser: (user: User | null) => void;
  /** Why we do not know. */
  failure: unknown;
  /** Asks the server. */
  ask: () => Promise<void>;
}

const Context = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = useContext(Context);
  if (!session) throw new Error("useSession stands outside SessionProvider");
  return session;
}

// Scripts cannot see the cookies. This mark says that there may be a session to go on with; without it a visitor who never
// signed in would be asked to refresh one, and be refused.
const MARK = "palisade-session";

async function current(): Promise<User | null> {
  const { user } = await call("get", "/api/v1/auth/session");
  // Nobody, but with the mark: the access token has expired, and the session may not have.
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
