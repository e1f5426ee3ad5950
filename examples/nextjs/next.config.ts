import type { NextConfig } from "next";

// In development this server forwards Palisade's paths, so that the browser sees one origin. In production the proxy in
// front does that (nginx.conf, Caddyfile): only it knows the client's address, which a rewrite of Next.js does not pass on.
const development = process.env.NODE_ENV === "development";
const palisade = process.env.PALISADE_URL || (development ? "http://127.0.0.1:8080" : undefined);
const paths = ["/api/v1/:path*", "/account/:path*", "/docs"];
const rewrites = async () => (palisade ? paths.map((source) => ({ source, destination: palisade + source })) : []);

const config: NextConfig = {
  rewrites,
  // In development mail is not sent: it is in this mailbox.
  env: { MAILBOX: development ? `${palisade}/dev/mailbox` : "" },
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
};

export default config;
