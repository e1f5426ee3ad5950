// The server of @humanwhocodes/upstash-redis-server, but only on the loopback address: its own program listens on all.
// Prints its address when it listens.
import { serve } from "@hono/node-server";
import { createApp } from "@humanwhocodes/upstash-redis-server";

const { TOKEN: token, REDIS_URL: redisUrl } = process.env;
serve({ fetch: createApp({ token, redisUrl }).fetch, port: 0, hostname: "127.0.0.1" }, ({ port }) => {
  console.log(`http://127.0.0.1:${port}`);
});
