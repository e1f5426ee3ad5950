import type { NextConfig } from "next";

const config: NextConfig = {
  // The browser only ever speaks to this app's own origin; what begins with /api goes on to Palisade.
  rewrites: async () => [
    { source: "/api/:path*", destination: `${process.env.PALISADE_URL ?? "http://localhost:8080"}/api/:path*` },
  ],
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
};

export default config;
