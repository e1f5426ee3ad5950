#!/usr/bin/env bash
# smtp-server 3.21.6 (npm): refuses a recipient whose quoted local part has a space, as a mistake of syntax.
#
# Expected: `RCPT TO:<"a b"@example.com>` is accepted: a quoted string is a local part (RFC 5321, 4.1.2), and may hold a space.
# Seen: 501, "Bad recipient address syntax". The same without the space is accepted, quoted or not. aiosmtpd 1.4.6 accepts all.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
npm init --yes >/dev/null
npm install --no-audit --no-fund --loglevel=error smtp-server@3.21.6 >/dev/null
python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check aiosmtpd==1.4.6
cat >talk.py <<'END'
import smtplib
import socket
import sys


def talk(name, port):
    server = smtplib.SMTP("127.0.0.1", port, timeout=10)
    server.ehlo("localhost")
    server.docmd("MAIL FROM:<from@example.com>")
    for to in ['ab@example.com', '"ab"@example.com', '"a\\"b"@example.com', '"a b"@example.com']:
        code, text = server.docmd(f"RCPT TO:<{to}>")
        print(f"{name} {to}: {code} {text.decode()}")
    server.quit()


if sys.argv[1] == "aiosmtpd":
    from aiosmtpd.controller import Controller
    from aiosmtpd.handlers import Sink

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    talk("aiosmtpd", port)
    controller.stop()
else:
    talk("smtp-server", int(sys.argv[1]))
END
cat >server.js <<'END'
const { execFile } = require("node:child_process");
const { SMTPServer } = require("smtp-server");

const server = new SMTPServer({ authOptional: true, disabledCommands: ["STARTTLS"] });
const listening = server.listen(0, "127.0.0.1", () => {
  execFile("python/bin/python", ["talk.py", `${listening.address().port}`], (error, said) => {
    process.stdout.write(said);
    server.close(() => process.exit(error ? 1 : 0));
  });
});
END
echo "smtp-server $(node -p 'require("smtp-server/package.json").version') (npm), aiosmtpd $(python/bin/pip show aiosmtpd | sed -n 's/^Version: //p') (PyPI)"
{ node server.js; python/bin/python talk.py aiosmtpd; } | tee seen
cat >known <<'END'
smtp-server ab@example.com: 250 Accepted
smtp-server "ab"@example.com: 250 Accepted
smtp-server "a\"b"@example.com: 250 Accepted
smtp-server "a b"@example.com: 501 Error: Bad recipient address syntax
aiosmtpd ab@example.com: 250 OK
aiosmtpd "ab"@example.com: 250 OK
aiosmtpd "a\"b"@example.com: 250 OK
aiosmtpd "a b"@example.com: 250 OK
END
diff known seen && echo "as known"
