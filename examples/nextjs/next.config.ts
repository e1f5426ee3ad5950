import type { NextConfig } from "next";

// In development this server hands Palisade's paths on, so that the browser knows a single origin. In production the proxy
// in front does it (nginx.conf, Caddyfile): only the proxy knows who calls, and a rewrite of Next.js does not say it.
const development = process.env.NODE_ENV === "development";
const palisade = process.env.PALISADE_URL || (development ? "http://127.0.0.1:8080" : undefined);
const paths = ["/api/v1/:path*", "/account/:path*", "/docs"];
const rewrites = async () => (palisade ? paths.map((source) => ({ source, destination: palisade + source })) : []);

const config: NextConfig = {
  rewrites,
  // Mail is not sent in development: it lies there.
  env: { MAILBOX: development ? `${palisade}/dev/mailbox` : "" },
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
};

export default config;
