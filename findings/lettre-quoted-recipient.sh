#!/usr/bin/env bash
# lettre 0.11.23 (crate): its builder of messages loses recipients that its own type of addresses accepts.
#
# Expected: `"a b"@example.com` and `a@[192.0.2.1]` parse as `Address` (RFC 5321, 4.1.2 and 4.1.3), so a message to them can be
# built.
# Seen: they parse, and `body()` fails with `MissingTo`: the header is written out and read again by a narrower grammar, and
# what that does not know is taken for no recipient. An `Envelope` given to the builder goes round it.
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
lettre = { version = "=0.11.23", default-features = false, features = ["builder"] }
END
cat >src/main.rs <<'END'
use lettre::address::Envelope;
use lettre::message::{Mailbox, MessageBuilder};
use lettre::{Address, Message};

fn told(builder: MessageBuilder) -> String {
    match builder.body("a text".to_owned()) {
        Ok(message) => format!("sent to {:?}", message.envelope().to().iter().map(Address::as_ref).collect::<Vec<&str>>()),
        Err(error) => format!("{error:?}"),
    }
}

fn main() {
    let from: Address = "from@example.com".parse().unwrap();
    for to in ["ab@example.com", "\"a b\"@example.com", "a@[192.0.2.1]"] {
        let Ok(to) = to.parse::<Address>() else {
            println!("{to}: is no address");
            continue;
        };
        let builder = Message::builder().from(Mailbox::new(None, from.clone())).to(Mailbox::new(None, to.clone()));
        println!("{to}: {}", told(builder.clone()));
        let envelope = Envelope::new(Some(from.clone()), vec![to.clone()]).unwrap();
        println!("{to}, with an envelope: {}", told(builder.envelope(envelope)));
    }
}
END
cargo build --quiet
cargo tree --quiet --depth 1 --prefix none | sed -n 's/^\(lettre v[^ ]*\).*/\1/p'
target/debug/seen | tee seen
cat >known <<'END'
ab@example.com: sent to ["ab@example.com"]
ab@example.com, with an envelope: sent to ["ab@example.com"]
"a b"@example.com: MissingTo
"a b"@example.com, with an envelope: sent to ["\"a b\"@example.com"]
a@[192.0.2.1]: MissingTo
a@[192.0.2.1], with an envelope: sent to ["a@[192.0.2.1]"]
END
diff known seen && echo "as known"
