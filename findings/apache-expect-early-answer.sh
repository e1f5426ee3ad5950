#!/usr/bin/env bash
# apache2 2.4.71 (Debian 12, mod_proxy_http): makes a 500 of an early answer to a request that waits for `100 Continue`.
#
# Expected: a client sends the head of a POST with `Expect: 100-continue` and waits; the upstream answers 413 at once, in place
# of 100, and keeps its connection (RFC 9110, 10.1.1). The client gets the 413, as through HAProxy, Squid and Traefik.
# Seen: 500, and in Apache's log "read less bytes of request body than expected (got 0 …)". When the upstream's answer says
# `Connection: close`, the client gets it.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
for package in apache2-bin=2.4.71-1~deb12u1 libapr1=1.7.2-3+deb12u1 libaprutil1=1.6.3-1+deb12u1; do apt-get download "$package" >/dev/null 2>&1; done
for package in *.deb; do dpkg-deb --extract "$package" root; done
cat >seen.mjs <<'END'
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";

const listen = (server) => new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
let connection = "";

// Answers each head at once, and reads on.
const upstream = createServer((socket) => {
  let head = "";
  socket.on("error", () => {});
  socket.on("data", (bytes) => {
    if (head.includes("\r\n\r\n")) return;
    head += bytes.toString("latin1");
    if (head.includes("\r\n\r\n")) socket.write(`HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n${connection}\r\ntoo large`);
  });
});
const to = await listen(upstream);
const free = createServer();
const port = await listen(free);
await new Promise((resolve) => free.close(resolve));
const place = process.cwd();
writeFileSync(
  "apache.conf",
  `ServerRoot ${place}/root/usr/lib/apache2
ServerName localhost
Listen 127.0.0.1:${port}
PidFile ${place}/apache.pid
ErrorLog ${place}/error.log
Mutex file:${place}
LoadModule mpm_event_module modules/mod_mpm_event.so
LoadModule authz_core_module modules/mod_authz_core.so
LoadModule proxy_module modules/mod_proxy.so
LoadModule proxy_http_module modules/mod_proxy_http.so
ProxyPass / http://127.0.0.1:${to}/
`,
);
const apache = spawn("root/usr/sbin/apache2", ["-D", "FOREGROUND", "-f", `${place}/apache.conf`], { stdio: "inherit" });

function open() {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(socket)).on("error", () => resolve(null));
  });
}

async function ask() {
  let socket = null;
  for (let turn = 0; turn < 200 && socket === null; turn += 1) socket = (await open()) ?? (await pause(), null);
  if (socket === null) throw new Error("apache does not listen");
  let said = "";
  socket.on("data", (bytes) => (said += bytes));
  socket.write("POST / HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 900000\r\n\r\n");
  for (let turn = 0; turn < 200 && said === ""; turn += 1) await pause();
  socket.destroy();
  return said.slice(9, 12);
}

try {
  console.log(`the upstream keeps its connection:  ${await ask()}`);
  connection = "Connection: close\r\n";
  console.log(`the upstream's answer says "close": ${await ask()}`);
} finally {
  apache.kill("SIGTERM");
  upstream.close();
  setTimeout(() => process.exit(), 500);
}
END
export LD_LIBRARY_PATH="$place/root/usr/lib/x86_64-linux-gnu"
root/usr/sbin/apache2 -v | head -1
node seen.mjs | tee seen
grep --only-matching 'read less bytes of request body.*' error.log | tee -a seen
cat >known <<'END'
the upstream keeps its connection:  500
the upstream's answer says "close": 413
read less bytes of request body than expected (got 0, expected 900000)
END
diff known seen && echo "as known"
