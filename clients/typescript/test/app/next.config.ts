import { withPalisade } from "palisade-client/next";

export default withPalisade({
  cacheComponents: true,
  partialPrefetching: true,
  // The packages are those of the client.
  turbopack: { root: `${import.meta.dirname}/../..` },
});
