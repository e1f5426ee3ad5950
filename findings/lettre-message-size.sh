#!/usr/bin/env bash
# lettre 0.11.23 (crate): neither looks at the SIZE that a server offers nor says the size of its message.
#
# Expected: a server offers `SIZE 1000` (RFC 1870); a message of 200 kB is refused before it is sent, or `MAIL FROM` has the
# parameter SIZE, so that the server can refuse it there.
# Seen: `MAIL FROM` without SIZE, and all 200 kB behind DATA; what is told is what the server answers after them. Python's
# smtplib says the size, and so learns it before.
set -eu
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
mkdir src
cat >Cargo.toml <<'END'
[package]
name = "seen"
version = "0.0.0"
edition = "2021"

[dependencies]
lettre = { version = "=0.11.23", default-features = false, features = ["builder", "smtp-transport"] }
END
cat >src/main.rs <<'END'
use lettre::{Message, SmtpTransport, Transport};

fn main() {
    let port = std::env::args().nth(1).unwrap().parse().unwrap();
    let message = Message::builder()
        .from("from@example.com".parse().unwrap())
        .to("to@example.com".parse().unwrap())
        .body("a line of the text\r\n".repeat(10_000))
        .unwrap();
    let transport = SmtpTransport::builder_dangerous("127.0.0.1").port(port).build();
    match transport.send(&message) {
        Ok(_) => println!("sent"),
        Err(error) => println!("{error}"),
    }
}
END
cat >seen.py <<'END'
"""A server that takes a thousand bytes, and what two clients tell it."""

import smtplib
import socket
import subprocess
import threading


def serve(listener, told):
    connection, _ = listener.accept()
    with connection, connection.makefile("rwb") as stream:

        def say(line):
            stream.write(line.encode() + b"\r\n")
            stream.flush()

        say("220 localhost")
        for line in stream:
            line = line.decode().strip()
            if line.upper().startswith("EHLO"):
                say("250-localhost\r\n250 SIZE 1000")
                continue
            if line.upper().startswith("MAIL"):
                told.append(line)
                size = line.upper().partition("SIZE=")[2]
                say("552 5.3.4 too large" if size and int(size) > 1000 else "250 ok")
            elif line.upper() == "DATA":
                say("354 go on")
                length = 0
                for line in stream:
                    if line == b".\r\n":
                        break
                    length += len(line)
                told.append(f"over {length // 100_000 * 100} kB")
                say("552 5.3.4 too large")
            elif line.upper() == "QUIT":
                say("221 bye")
                break
            else:
                say("250 ok")


def run(name, send):
    told = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = threading.Thread(target=serve, args=(listener, told))
        server.start()
        outcome = send(listener.getsockname()[1])
        server.join(30)
    print(f"{name}: {' | '.join(told)} | {outcome}")


def by_smtplib(port):
    try:
        with smtplib.SMTP("127.0.0.1", port, timeout=20) as client:
            client.sendmail("from@example.com", "to@example.com", "Subject: x\r\n\r\n" + "a line of the text\r\n" * 10_000)
    except smtplib.SMTPResponseException as error:
        return f"{error.smtp_code} {error.smtp_error.decode()}"
    return "sent"


def by_lettre(port):
    return subprocess.run(["target/debug/seen", str(port)], capture_output=True, text=True, timeout=30).stdout.strip()


run("lettre", by_lettre)
run("smtplib", by_smtplib)
END
cargo build --quiet
cargo tree --quiet --depth 1 --prefix none | sed -n 's/^\(lettre v[^ ]*\).*/\1/p'
python3 seen.py | tee seen
cat >known <<'END'
lettre: MAIL FROM:<from@example.com> | over 200 kB | permanent error (552): 5.3.4 too large
smtplib: mail FROM:<from@example.com> size=200014 | 552 5.3.4 too large
END
diff known seen && echo "as known"
