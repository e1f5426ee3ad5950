// What the access token says, checked with the public keys of Palisade and without a call.

import { createRemoteJWKSet, type errors, jwtVerify, type JWTPayload } from "jose";
import type { User } from "../generated/types.gen.js";
import type { Settings } from "./settings.js";

/** A permission, as `User.permissions` names it. */
export type Permission = User["permissions"][number];

/** Whose request this is, as the access token says. Plain data: it can be handed to client components. */
export interface SessionClaims {
  readonly userId: User["id"];
  readonly role: User["role"];
  /** All permissions of the user, with those of the role. */
  readonly permissions: readonly Permission[];
  /** When the access token expires, in RFC 3339. The session goes on: it is refreshed. */
  readonly expiresAt: string;
}

/** The session; `null` if the token is not valid, and `undefined` if the keys to check it are out of reach. */
export type Verdict = SessionClaims | null | undefined;

interface Claims extends JWTPayload {
  readonly sub: string;
  readonly exp: number;
  readonly role: User["role"];
  readonly permissions: Permission[];
}

/** How a check fails without the keys; the network's own errors have no code. The others mean that the token is wrong. */
const OUT_OF_REACH = ["", "ERR_JWKS_TIMEOUT", "ERR_JOSE_GENERIC"];

/** Checks tokens. The keys are requested once in five minutes, as long as Palisade lets them be cached. */
export function verifier(settings: () => Settings): (token: string | undefined) => Promise<Verdict> {
  let keys: ReturnType<typeof createRemoteJWKSet> | undefined;
  return async (token) => {
    if (!token) return null;
    const { appUrl, palisadeUrl } = settings();
    const address = new URL("/api/v1/auth/jwks", palisadeUrl);
    keys ??= createRemoteJWKSet(address, { cacheMaxAge: 300_000 });
    const expected = { issuer: appUrl, audience: appUrl, algorithms: ["ES256"], typ: "at+jwt", clockTolerance: 5 };
    try {
      const { sub, role, permissions, exp } = (await jwtVerify<Claims>(token, keys, expected)).payload;
      return { userId: sub, role, permissions, expiresAt: new Date(exp * 1000).toISOString() };
    } catch (error) {
      const { code = "", claim, payload } = error as Partial<errors.JWTClaimValidationFailed>;
      if (claim === "iss") {
        // The signature is Palisade's: nobody forged this.
        console.error(`APP_URL is ${appUrl}, but Palisade has ${payload?.iss}`);
      }
      return OUT_OF_REACH.includes(code) ? undefined : null;
    }
  };
}
