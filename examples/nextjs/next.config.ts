// In development this adds a rewrite of Palisade's paths, so that the browser sees one origin. In production the proxy in
// front routes them (nginx.conf, Caddyfile): only it knows the client's address, which a rewrite of Next.js does not pass on.
import { withPalisade } from "palisade-client/next";

export default withPalisade({
  cacheComponents: true,
  partialPrefetching: true,
  poweredByHeader: false,
  turbopack: { root: import.meta.dirname },
});
