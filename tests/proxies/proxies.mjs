// The proxies: their configuration, and their commands in the foreground. Missing ones are left out. Those with a page in
// docs/deploy have its configuration.

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import * as pages from "./pages.mjs";

const write = (folder, name, text) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const tools =
  process.env.PALISADE_TEST_TOOLS ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "palisade-test-tools");

/** From a variable, from scripts/install-test-tools.sh, or from PATH. */
function nginxProgram() {
  const installed = join(tools, "nginx");
  return process.env.NGINX ?? (existsSync(installed) ? installed : "nginx");
}

const NAMES_CLIENTS = `proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header Forwarded "";
      proxy_set_header Host $host;`;

/** The expected result for a proxy that names no client and adds no header. */
const NAMES_NOBODY = ["no", "yes", "yes", "no"];

const nginx = (server, location, more = {}) => ({
  program: nginxProgram(),
  version: ["-v"],
  start: ({ folder, port, to }) => [
    "-c",
    write(
      folder,
      "nginx.conf",
      `daemon off; user root; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream palisade { server 127.0.0.1:${to}; ${more.upstream ?? ""} }
  server {
    listen 127.0.0.1:${port};
    ${server}
    location / {
      ${location.replace("TO", to)}
    }
  }
}
`,
    ),
    ...["-p", folder, "-e", join(folder, "error.log")],
  ],
  ...more,
});

const haproxy = (options, more = {}) => ({
  program: "haproxy",
  version: ["-v"],
  start: ({ folder, port, to }) => [
    "-db",
    "-f",
    write(
      folder,
      "haproxy.cfg",
      `defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend in
  bind 127.0.0.1:${port}
  default_backend palisade
backend palisade
  ${options}
  server one 127.0.0.1:${to}
`,
    ),
  ],
  ...more,
});

const envoy = (asAdvised, more = {}) => ({
  program: "envoy",
  version: ["--version"],
  start: ({ folder, port, to }) => {
    const at = (number) => ({ socket_address: { address: "127.0.0.1", port_value: number } });
    const typed = (name, more) => ({ "@type": `type.googleapis.com/envoy.extensions.${name}`, ...more });
    const manager = typed("filters.network.http_connection_manager.v3.HttpConnectionManager", {
      stat_prefix: "in",
      use_remote_address: asAdvised,
      route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, route: { cluster: "palisade" } }] }] },
      http_filters: [{ name: "router", typed_config: typed("filters.http.router.v3.Router") }],
    });
    const listener = { name: "in", address: at(port), filter_chains: [{ filters: [{ name: "manager", typed_config: manager }] }] };
    const cluster = {
      name: "palisade",
      type: "STATIC",
      load_assignment: { cluster_name: "palisade", endpoints: [{ lb_endpoints: [{ endpoint: { address: at(to) } }] }] },
      typed_extension_protocol_options: {
        "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed("upstreams.http.v3.HttpProtocolOptions", {
          ...(asAdvised ? { common_http_protocol_options: { idle_timeout: "60s" } } : {}),
          explicit_http_config: { http_protocol_options: {} },
        }),
      },
    };
    const text = JSON.stringify({ static_resources: { listeners: [listener], clusters: [cluster] } });
    return ["--use-dynamic-base-id", "--concurrency", "1", "--config-path", write(folder, "envoy.json", text)];
  },
  ...more,
});

export const proxies = {
  none: null,
  nginx: pages.nginx(nginxProgram()),
  "nginx, no keepalive": nginx("", `proxy_pass http://palisade; ${NAMES_CLIENTS}`),
  "nginx, client_max_body_size 20m": nginx("client_max_body_size 20m;", `proxy_pass http://palisade; ${NAMES_CLIENTS}`),
  "nginx, 20m, keepalive": nginx(
    "client_max_body_size 20m;",
    // With the other headers: a location with its own `proxy_set_header` inherits none.
    `proxy_pass http://palisade; proxy_http_version 1.1; proxy_set_header Connection ""; ${NAMES_CLIENTS}`,
    { upstream: "keepalive 8;" },
  ),
  // The default configuration: `Host` is the name of the upstream, and no other header is added. From 1.29.7 on in HTTP/1.1.
  "nginx, bare": nginx("", "proxy_pass http://127.0.0.1:TO;", { only: ["identity"], identity: [...NAMES_NOBODY, /yes|no/] }),
  "nginx, X-Forwarded-For without removing Forwarded": nginx(
    "",
    "proxy_pass http://palisade; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header Host $host;",
    { only: ["identity"] },
  ),
  haproxy: pages.haproxy,
  // Since 2.8. Its clients are known although it passes their X-Forwarded-For on.
  "haproxy, option forwarded": haproxy("option forwarded", { only: ["identity"], from: 2.8 }),
  "haproxy, bare": haproxy("", { only: ["identity"], identity: [...NAMES_NOBODY, "no"] }),
  caddy: pages.caddy,
  apache: pages.apache,
  varnish: {
    program: "varnishd",
    version: ["-V"],
    start: ({ folder, port, to }) => [
      ...["-F", "-a", `127.0.0.1:${port}`, "-b", `127.0.0.1:${to}`],
      ...["-n", join(folder, "varnish"), "-s", "malloc,64m"],
    ],
  },
  lighttpd: {
    program: "lighttpd",
    version: ["-v"],
    start: ({ folder, port, to }) => [
      "-D",
      "-f",
      write(
        folder,
        "lighttpd.conf",
        `server.document-root = "${folder}"
server.bind = "127.0.0.1"
server.port = ${port}
server.errorlog = "${folder}/error.log"
server.upload-dirs = ( "${folder}" )
server.modules = ( "mod_proxy" )
proxy.server = ( "" => ( ( "host" => "127.0.0.1", "port" => ${to} ) ) )
`,
      ),
    ],
  },
  trafficserver: {
    program: "traffic_server",
    version: ["--version"],
    start: ({ folder, port, to }) => {
      const root = join(folder, "root");
      execFileSync("traffic_layout", ["init", "--path", root, "--force", "--copy-style=soft"], { stdio: "ignore" });
      const settings = execFileSync("traffic_layout", ["info", `--run-root=${root}`], { encoding: "utf8" });
      const etc = settings.match(/^SYSCONFDIR: (.*)$/m)[1];
      mkdirSync(etc, { recursive: true });
      write(etc, "remap.config", `map / http://127.0.0.1:${to}/\n`);
      write(
        etc,
        "records.config",
        `CONFIG proxy.config.http.server_ports STRING ${port}:ip-in=127.0.0.1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.url_remap.remap_required INT 1
`,
      );
      return [`--run-root=${root}`];
    },
  },
  squid: {
    program: "squid",
    version: ["-v"],
    start: ({ folder, port, to }) => [
      "-N",
      "-f",
      write(
        folder,
        "squid.conf",
        `http_port 127.0.0.1:${port} accel defaultsite=localhost no-vhost
cache_peer 127.0.0.1 parent ${to} 0 no-query originserver
http_access allow all
cache deny all
access_log none
cache_log ${folder}/cache.log
pid_filename ${folder}/squid.pid
coredump_dir ${folder}
shutdown_lifetime 1 second
`,
      ),
    ],
  },
  traefik: pages.traefik,
  envoy: envoy(true),
  // It names no client and keeps a connection for an hour.
  "envoy, as it comes": envoy(false, { only: ["identity", "idle"], identity: ["no", "yes", "yes", "yes", "no"] }),
  pound: {
    program: "pound",
    version: ["-V"],
    start: ({ folder, port, to }) => [
      ...["-F", "-e", "-p", join(folder, "pound.pid"), "-f"],
      write(
        folder,
        "pound.cfg",
        `ListenHTTP
  Address 127.0.0.1
  Port ${port}
  xHTTP 1
  Service
    Backend
      Address 127.0.0.1
      Port ${to}
    End
  End
End
`,
      ),
    ],
  },
  hitch: {
    program: "hitch",
    version: ["-V"],
    tls: true,
    identity: [...NAMES_NOBODY, "no"],
    start: ({ folder, port, to }) => {
      const [key, certificate] = [join(folder, "key.pem"), join(folder, "certificate.pem")];
      const asked = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1"];
      execFileSync("openssl", [...asked, "-keyout", key, "-out", certificate], { stdio: "ignore" });
      const both = readFileSync(key, "utf8") + readFileSync(certificate, "utf8");
      return ["--config", write(folder, "hitch.conf", `frontend = "[127.0.0.1]:${port}"
backend = "[127.0.0.1]:${to}"
pem-file = "${write(folder, "hitch.pem", both)}"
user = "nobody"
group = "nogroup"
workers = 1
`)];
    },
  },
  "Next.js rewrite": {
    program: "node",
    // Only on request: it installs and builds the example.
    option: "--next",
    identity: ["no", "yes", "yes", "yes", "no"],
    prepare: ({ folder, to, repository }) => {
      const [client, app] = ["clients/typescript", "examples/nextjs"].map((name) => {
        const copy = join(folder, name);
        cpSync(join(repository, name), copy, {
          recursive: true,
          filter: (source) => !/node_modules|\.next$/.test(source),
        });
        return copy;
      });
      const environment = { ...process.env, PALISADE_URL: `http://127.0.0.1:${to}`, NEXT_TELEMETRY_DISABLED: "1" };
      const run = (cwd, ...command) => execFileSync(command[0], command.slice(1), { cwd, env: environment });
      run(client, "npm", "ci", "--loglevel=error");
      run(client, "npm", "run", "build");
      run(app, "npm", "ci", "--loglevel=error");
      run(app, "node", "node_modules/next/dist/bin/next", "build");
      const { version } = JSON.parse(run(app, "node", "-p", 'JSON.stringify(require("next/package.json"))'));
      return version;
    },
    start: ({ folder, port }) => [
      join(folder, "examples/nextjs/node_modules/next/dist/bin/next"),
      ...["start", join(folder, "examples/nextjs"), "--hostname", "127.0.0.1", "--port", `${port}`],
    ],
  },
};
