// The proxies with the configuration of their page in docs/deploy: only names, ports, certificates and places are filled in.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const PAGES = join(dirname(fileURLToPath(import.meta.url)), "../../docs/deploy");

/** The block that follows the name of this file on the page. */
function block(page, file) {
  const text = readFileSync(join(PAGES, page), "utf8");
  const after = text.split(`\`${file}\``)[1];
  const found = after?.match(/^```[a-z]+\n([^]*?)^```$/m)?.[1];
  if (!found) throw new Error(`docs/deploy/${page} does not show ${file}`);
  return found;
}

/** The text with other words in some places. A word that is not there is a mistake. */
function filled(text, words) {
  let result = text;
  for (const [word, other] of Object.entries(words)) {
    if (!result.includes(word)) throw new Error(`"${word}" is not in\n${result}`);
    result = result.replaceAll(word, other);
  }
  return result;
}

function write(folder, name, text) {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

/** A certificate that nobody has signed: the key, the certificate, and a file with both. */
function certificate(folder) {
  const [key, chain] = [join(folder, "privkey.pem"), join(folder, "fullchain.pem")];
  const asked = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  execFileSync("openssl", [...asked, "-keyout", key, "-out", chain], { stdio: "ignore" });
  return { key, chain, both: write(folder, "both.pem", readFileSync(chain, "utf8") + readFileSync(key, "utf8")) };
}

const NAME = "app.example.org";
const TLS = "/etc/ssl/app.example.org";

/** A proxy that ends TLS for `localhost`, and redirects from a second port. */
const documented = (more) => ({ tls: true, host: "localhost", redirects: true, ...more });

export const nginx = (program) =>
  documented({
    program,
    version: ["-v"],
    start: ({ folder, port, plain, to }) => {
      certificate(folder);
      const site = filled(block("nginx.md", "/etc/nginx/conf.d/palisade.conf"), {
        ...{ [TLS]: folder, [NAME]: "localhost", "127.0.0.1:8080": `127.0.0.1:${to}` },
        ...{ "listen 443 ssl": `listen 127.0.0.1:${port} ssl`, "listen 80": `listen 127.0.0.1:${plain}` },
      });
      const kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
      const around = `daemon off; user root; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events {}
http {
access_log off;
${kinds.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
${site}}
`;
      return ["-c", write(folder, "nginx.conf", around), "-p", folder, "-e", join(folder, "error.log")];
    },
  });

export const haproxy = documented({
  program: "haproxy",
  version: ["-v"],
  start: ({ folder, port, plain, to }) => {
    const { both } = certificate(folder);
    const text = filled(block("haproxy.md", "/etc/haproxy/haproxy.cfg"), {
      ...{ "/etc/haproxy/app.example.org.pem": both, "127.0.0.1:8080": `127.0.0.1:${to}` },
      ...{ "bind :443": `bind 127.0.0.1:${port}`, "bind :80": `bind 127.0.0.1:${plain}` },
    });
    return ["-db", "-f", write(folder, "haproxy.cfg", text)];
  },
});

export const caddy = documented({
  program: "caddy",
  version: ["version"],
  start: ({ folder, port, plain, to }) => {
    const { key, chain } = certificate(folder);
    // Without a certificate of its own Caddy would ask an authority for one.
    const site = filled(block("caddy.md", "/etc/caddy/Caddyfile"), {
      ...{ [`${NAME} {`]: `localhost {\n\tbind 127.0.0.1\n\ttls ${chain} ${key}`, "127.0.0.1:8080": `127.0.0.1:${to}` },
    });
    const options = `{\n\tadmin off\n\thttp_port ${plain}\n\thttps_port ${port}\n}\n`;
    return ["run", "--adapter", "caddyfile", "--config", write(folder, "Caddyfile", options + site)];
  },
});

export const traefik = documented({
  program: process.env.TRAEFIK ?? "traefik",
  version: ["version"],
  start: ({ folder, port, plain, to }) => {
    certificate(folder);
    const routes = filled(block("traefik.md", "/etc/traefik/palisade.yml"), {
      ...{ [TLS]: folder, [NAME]: "localhost", "127.0.0.1:8080": `127.0.0.1:${to}` },
    });
    const text = filled(block("traefik.md", "/etc/traefik/traefik.yml"), {
      ...{ '":443"': `127.0.0.1:${port}`, '":80"': `127.0.0.1:${plain}` },
      ...{ "/etc/traefik/palisade.yml": write(folder, "palisade.yml", routes) },
    });
    return [`--configFile=${write(folder, "traefik.yml", text)}`];
  },
});

export const apache = documented({
  program: "apache2",
  version: ["-v"],
  start: ({ folder, port, plain, to }) => {
    certificate(folder);
    mkdirSync(join(folder, "logs"), { recursive: true });
    const site = filled(block("apache.md", "/etc/apache2/sites-available/palisade.conf"), {
      ...{ [TLS]: folder, [NAME]: "localhost", "127.0.0.1:8080": `127.0.0.1:${to}` },
      ...{ "*:443": `127.0.0.1:${port}`, "*:80": `127.0.0.1:${plain}` },
    });
    // The modules that the page enables, those that they need, and those that Debian enables by itself.
    const page = readFileSync(join(PAGES, "apache.md"), "utf8");
    const enabled = page.match(/^a2enmod ([a-z_ ]+) &&/m)[1].split(" ");
    const modules = ["mpm_event", "authz_core", "alias", "proxy", "socache_shmcb", ...enabled];
    const around = `ServerRoot /usr/lib/apache2
ServerName localhost
Listen 127.0.0.1:${port}
Listen 127.0.0.1:${plain}
PidFile ${folder}/apache.pid
ErrorLog ${folder}/error.log
Mutex file:${folder}
User www-data
Group www-data
${modules.map((name) => `LoadModule ${name}_module modules/mod_${name}.so`).join("\n")}
${site}`;
    return ["-D", "FOREGROUND", "-f", write(folder, "apache.conf", around)];
  },
});
