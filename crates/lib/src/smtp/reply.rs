//! What a reply of a mail server says about a mail: whether sending the same one again can ever help.
//!
//! Only a reply that plainly names the recipient's mailbox is final. Everything else may be a mistake of whoever runs the
//! two servers (a relay that is closed to us, a sender the login does not own, a block list), which gets mended, and mail
//! that waits must not be lost over it.

use std::fmt;

/// The step of the exchange that a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Connecting, the greeting, `EHLO`, `STARTTLS`.
    Greeting,
    /// `AUTH`.
    SignIn,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`: the only step that is about the recipient.
    Recipient,
    /// `DATA`.
    Data,
    /// The message, and the dot after it.
    Message,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greeting => "the greeting",
            Self::SignIn => "AUTH",
            Self::Sender => "MAIL FROM",
            Self::Recipient => "RCPT TO",
            Self::Data => "DATA",
            Self::Message => "the message",
        })
    }
}

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnhancedStatus {
    class: u16,
    subject: u16,
    detail: u16,
}

impl EnhancedStatus {
    /// `5.1.1`, and nothing else (RFC 3463 section 2).
    fn parse(word: &str) -> Option<Self> {
        let mut numbers = word.split('.').map(|number| {
            let digits = (1..=3).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| number.parse::<u16>().ok()).flatten()
        });
        let (class, subject, detail) = (numbers.next()??, numbers.next()??, numbers.next()??);
        (numbers.next().is_none() && matches!(class, 2 | 4 | 5)).then_some(Self { class, subject, detail })
    }

    /// Whether it says that this mailbox will never take mail: there is none (1.1), its name is none (1.3), it has moved
    /// without leaving an address (1.6), its domain takes no mail at all (1.10, RFC 7505), it is closed (2.1).
    ///
    /// Not among them, because servers say it of what is no fault of the mailbox: 1.0 (Postfix says it of a sender), 1.2 (a
    /// resolver that is broken), 1.4, 1.7 and 1.8 (the sender's address), 2.0, 2.2 (full), 2.3, and all of 3, 4, 5, 6, 7.
    const fn names_the_mailbox(self) -> bool {
        matches!((self.class, self.subject, self.detail), (5, 1, 1 | 3 | 6 | 10) | (5, 2, 1))
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// What a server wants that refuses, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// TLS first (RFC 3207 section 4: 530, `Must issue a STARTTLS command first`).
    StartTls,
    /// A user and a password (RFC 4954 section 6: 530 5.7.0), or other ones (535 5.7.8).
    SignIn,
    /// Nobody to ask it to pass mail on (RFC 3463: 5.7.1).
    NoRelay,
}

impl Wants {
    fn read(phase: Phase, code: u16, text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        // Of some servers each of these has the same code.
        if text.contains("starttls") {
            Some(Self::StartTls)
        } else if phase == Phase::Recipient && text.contains("relay") {
            Some(Self::NoRelay)
        } else if code == 530 || (phase == Phase::SignIn && matches!(code, 534 | 535)) {
            Some(Self::SignIn)
        } else {
            None
        }
    }
}

/// A reply that is a refusal, without the words of the server: they like to quote addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// What it answers.
    pub phase: Phase,
    /// The reply code (RFC 5321 section 4.2).
    pub code: u16,
    /// The enhanced status code, of a server that gives one (RFC 2034).
    pub status: Option<EnhancedStatus>,
    /// What it wants, where its words tell.
    pub wants: Option<Wants>,
    /// Whether the text gives a second, different one: then it is not plain what it says.
    mixed: bool,
}

impl Reply {
    /// Reads a reply; `text` is what follows the code, its lines joined by spaces.
    pub fn read(phase: Phase, code: u16, text: &str) -> Self {
        let mut words = text.split_ascii_whitespace();
        let status = words.next().and_then(EnhancedStatus::parse);
        let others = words.filter_map(EnhancedStatus::parse);
        let mixed = status.is_some_and(|status| others.into_iter().any(|other| other != status));
        Self { phase, code, status, wants: Wants::read(phase, code, text), mixed }
    }

    /// Whether the recipient's mailbox is what is refused, for good: a 5yz reply to `RCPT TO` whose enhanced status names
    /// the mailbox.
    ///
    /// The bare code does not tell. RFC 5321 section 4.2.3 gives 550, 551 and 553 to mailboxes, but Exim and OpenSMTPD say 550
    /// of relaying they refuse, and Postfix 553 of a sender the login does not own, both to `RCPT TO`.
    pub fn is_final(&self) -> bool {
        let names = self.status.is_some_and(EnhancedStatus::names_the_mailbox);
        self.phase == Phase::Recipient
            && matches!(self.code, 550 | 551 | 553 | 554 | 556)
            && names
            && !self.mixed
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was answered {}", self.phase, self.code)?;
        if let Some(status) = &self.status {
            write!(f, " {status}")?;
        }
        f.write_str(match (self.wants, self.phase) {
            (None, _) => "",
            (Some(Wants::StartTls), _) => " (it demands STARTTLS)",
            (Some(Wants::SignIn), Phase::SignIn) => " (it does not accept the user and the password)",
            (Some(Wants::SignIn), _) => " (it wants a user and a password)",
            (Some(Wants::NoRelay), _) => {
                " (it passes no mail on for this server: sign in there, or have this server's address allowed)"
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_plainly_names_the_mailbox_is_final() {
        use Phase::{Data, Greeting, Message, Recipient, Sender, SignIn};

        let table = [
            // The mailbox, plainly.
            (Recipient, 550, "5.1.1 <ada@example.org>: Recipient address rejected: User unknown", true),
            (
                Recipient,
                550,
                "5.1.1 The account does not exist. Learn more at https://support.example/ 5.1.1 x9-gsmtp",
                true,
            ),
            (Recipient, 554, "5.1.1 no such user", true),
            (Recipient, 553, "5.1.3 bad address syntax", true),
            (Recipient, 551, "5.1.6 moved", true),
            (Recipient, 556, "5.1.10 null MX", true),
            (Recipient, 550, "5.1.10 RESOLVER.ADR.RecipientNotFound", true),
            (Recipient, 550, "5.2.1 mailbox disabled", true),
            // The same codes without saying so: relaying, a sender, a list.
            (Recipient, 550, "relay not permitted", false),
            (Recipient, 550, "Invalid recipient: <ada@example.org>", false),
            (Recipient, 550, "", false),
            (Recipient, 551, "we do not relay", false),
            (Recipient, 553, "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)", false),
            (Recipient, 556, "no", false),
            (Recipient, 554, "5.7.1 <ada@example.org>: Relay access denied", false),
            (Recipient, 553, "5.7.1 <shop@example.org>: Sender address rejected: not owned by user x", false),
            (Recipient, 550, "5.1.0 <shop@example.org>: Sender address rejected: User unknown", false),
            (Recipient, 550, "5.1.2 host or domain name not found", false),
            (Recipient, 550, "5.1.7 bad sender mailbox", false),
            (Recipient, 550, "5.1.8 bad sender domain", false),
            (Recipient, 550, "5.7.1 blocked using zen.example", false),
            (Recipient, 550, "5.4.1 access denied", false),
            (Recipient, 550, "5.5.0 mailbox unavailable", false),
            (Recipient, 552, "5.2.2 mailbox full", false),
            (Recipient, 530, "5.1.1 odd", false),
            (Recipient, 503, "5.1.1 odd", false),
            (Recipient, 421, "4.7.0 too many connections", false),
            (Recipient, 451, "4.7.1 greylisted", false),
            // A reply that contradicts itself is not plain.
            (Recipient, 450, "5.1.1 unknown", false),
            (Recipient, 550, "4.1.1 unknown", false),
            (Recipient, 550, "2.1.1 unknown", false),
            (Recipient, 550, "5.1.1 unknown user, or 5.7.1 relay access denied", false),
            // What is no enhanced status.
            (Recipient, 550, "5.1.1.1 unknown", false),
            (Recipient, 550, "5.1 unknown", false),
            (Recipient, 550, "5.1.1: unknown", false),
            (Recipient, 550, "x5.1.1 unknown", false),
            (Recipient, 550, "5.01.1x unknown", false),
            // No other step is about the recipient, whatever it says.
            (Greeting, 554, "5.1.1 no service", false),
            (SignIn, 550, "5.1.1 who are you", false),
            (Sender, 550, "5.1.1 sender unknown", false),
            (Sender, 553, "5.7.1 not owned", false),
            (Data, 554, "5.1.1 no valid recipients", false),
            (Message, 550, "5.1.1 unknown", false),
            (Message, 552, "5.3.4 too large", false),
        ];
        for (phase, code, text, is_final) in table {
            let reply = Reply::read(phase, code, text);
            assert_eq!(reply.is_final(), is_final, "{phase}: {code} {text}");
            let shown = format!("{reply} {reply:?}");
            assert!(shown.contains(&code.to_string()) && !shown.contains('@'), "{shown}");
        }
    }

    #[test]
    fn a_reason_says_what_was_answered_to_what() {
        let shown = |text| Reply::read(Phase::Recipient, 550, text).to_string();
        assert_eq!(shown("5.7.1 blocked"), "RCPT TO was answered 550 5.7.1");
        assert_eq!(shown("blocked"), "RCPT TO was answered 550");
    }

    /// As Postfix, Exim, Dovecot, Exchange Online and Gmail say it.
    #[test]
    fn what_a_server_wants_is_told_where_its_words_tell() {
        use Phase::{Recipient, Sender, SignIn};

        for (phase, code, text, wants) in [
            (Sender, 530, "5.7.0 Must issue a STARTTLS command first", Some(Wants::StartTls)),
            (SignIn, 530, "5.7.0 Must issue a STARTTLS command first", Some(Wants::StartTls)),
            (SignIn, 538, "5.7.11 Encryption required; use StartTLS", Some(Wants::StartTls)),
            (Sender, 530, "5.7.0 Authentication Required", Some(Wants::SignIn)),
            (Sender, 530, "5.7.57 Client not authenticated to send mail", Some(Wants::SignIn)),
            (SignIn, 535, "5.7.8 Error: authentication failed", Some(Wants::SignIn)),
            (SignIn, 534, "5.7.9 Application-specific password required", Some(Wants::SignIn)),
            (Recipient, 554, "5.7.1 <ada@example.org>: Relay access denied", Some(Wants::NoRelay)),
            (Recipient, 550, "relay not permitted", Some(Wants::NoRelay)),
            (
                Recipient,
                550,
                "5.7.54 SMTP; Unable to relay recipient in non-accepted domain",
                Some(Wants::NoRelay),
            ),
            (Recipient, 550, "5.1.1 User unknown", None),
            (Recipient, 451, "4.7.1 greylisted", None),
            (Sender, 550, "5.7.1 blocked", None),
        ] {
            assert_eq!(Reply::read(phase, code, text).wants, wants, "{phase}: {code} {text}");
        }
        let shown = |phase, code, text| Reply::read(phase, code, text).to_string();
        assert!(
            shown(SignIn, 535, "5.7.8 no")
                .ends_with("535 5.7.8 (it does not accept the user and the password)")
        );
        assert!(shown(Sender, 530, "5.7.0 no").ends_with("530 5.7.0 (it wants a user and a password)"));
    }
}
