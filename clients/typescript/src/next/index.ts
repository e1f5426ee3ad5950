// What next.config.ts needs.

import type { NextConfig } from "next";

declare const process: { readonly env: Readonly<Record<string, string | undefined>> };

const PATHS = ["/api/v1/:path*", "/account/:path*", "/docs"];

type Rewrites = Awaited<ReturnType<NonNullable<NextConfig["rewrites"]>>>;

/**
 * Adds to a configuration what Palisade needs: in development a rewrite of its paths, so that the browser sees one
 * origin, and always `forbidden()`, which `requirePermission` calls.
 *
 * In production the proxy in front routes the paths, because a rewrite does not tell Palisade the client's address. A
 * build has a rewrite only if it gets `PALISADE_URL`.
 */
export function withPalisade(config: NextConfig = {}): NextConfig {
  const { NODE_ENV, PALISADE_URL } = process.env;
  const palisade = PALISADE_URL || (NODE_ENV === "development" ? "http://127.0.0.1:8080" : undefined);
  const ours = palisade ? PATHS.map((source) => ({ source, destination: palisade + source })) : [];
  const rewrites = async (): Promise<Rewrites> => {
    const theirs = (await config.rewrites?.()) ?? [];
    if (Array.isArray(theirs)) return [...ours, ...theirs];
    return { ...theirs, afterFiles: [...ours, ...(theirs.afterFiles ?? [])] };
  };
  return { ...config, rewrites, experimental: { authInterrupts: true, ...config.experimental } };
}
