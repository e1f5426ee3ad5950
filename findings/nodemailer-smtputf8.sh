#!/usr/bin/env bash
# nodemailer 9.0.3 (npm): sends a local part beyond ASCII to a server that does not offer SMTPUTF8, and calls it accepted.
#
# Expected: an error before RCPT TO: without the extension such a mailbox cannot be named (RFC 6531, 3.2), and Python's smtplib
# refuses in this case (`SMTPNotSupportedError`).
# Seen: `RCPT TO:<ü@example.com>` in raw UTF-8 without the parameter SMTPUTF8, and success if the server takes it. With the
# extension the parameter is there.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error nodemailer@9.0.3 >/dev/null
cat >seen.js <<'END'
const { createServer } = require("node:net");
const nodemailer = require("nodemailer");

/** What a server with these extensions is told. */
function told(extensions) {
  const lines = [];
  const server = createServer((socket) => {
    let rest = "";
    let isData = false;
    socket.write("220 localhost\r\n");
    socket.on("data", (bytes) => {
      rest += bytes;
      for (let end = rest.indexOf("\r\n"); end >= 0; end = rest.indexOf("\r\n")) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (isData) {
          if (line !== ".") continue;
          isData = false;
          socket.write("250 taken\r\n");
        } else if (line.startsWith("EHLO")) {
          socket.write(["localhost", ...extensions].map((word, at) => `250${at < extensions.length ? "-" : " "}${word}\r\n`).join(""));
        } else if (line === "DATA") {
          isData = true;
          socket.write("354 go on\r\n");
        } else if (line === "QUIT") {
          socket.end("221 bye\r\n");
        } else {
          lines.push(line);
          socket.write("250 ok\r\n");
        }
      }
    });
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", async () => {
      const transport = nodemailer.createTransport({ host: "127.0.0.1", port: server.address().port, ignoreTLS: true });
      const message = { from: "from@example.com", to: "ü@example.com", subject: "a subject", text: "a text" };
      const outcome = await transport.sendMail(message).then(
        ({ accepted }) => `accepted: ${accepted}`,
        (error) => `refused: ${error.code}`,
      );
      server.close();
      resolve([...lines, outcome].join(" | "));
    });
  });
}

(async () => {
  console.log(`with SMTPUTF8:    ${await told(["8BITMIME", "SMTPUTF8"])}`);
  console.log(`without SMTPUTF8: ${await told(["8BITMIME"])}`);
})();
END
echo "nodemailer $(node -p 'require("nodemailer/package.json").version'), node $(node --version)"
node seen.js | tee seen
cat >known <<'END'
with SMTPUTF8:    MAIL FROM:<from@example.com> SMTPUTF8 | RCPT TO:<ü@example.com> | accepted: ü@example.com
without SMTPUTF8: MAIL FROM:<from@example.com> | RCPT TO:<ü@example.com> | accepted: ü@example.com
END
diff known seen && echo "as known"
