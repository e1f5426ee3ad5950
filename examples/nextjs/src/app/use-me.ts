"use client";

import { useEffect, useState } from "react";
import { ApiError, call, type User } from "../palisade";

/** Who is signed in: `undefined` while we ask, `null` for nobody. */
export function useMe(): User | null | undefined {
  const [me, setMe] = useState<User | null>();
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    call("get", "/api/v1/users/me").then(setMe, (error: unknown) => {
      if (error instanceof ApiError && error.status === 401) setMe(null);
      else setFailure(error);
    });
  }, []);
  if (failure) throw failure;
  return me;
}
