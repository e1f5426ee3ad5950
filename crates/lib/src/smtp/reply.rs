//! The meaning of a mail server's reply: whether a retry of the same mail can ever help.
//!
//! Only a reply that plainly names the recipient's mailbox is final. Everything else may be a mistake of an
//! operator of the two servers (a closed relay, a sender that the login does not own, a block list), which gets
//! fixed, and waiting mail must not be lost over it.

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
    /// `RCPT TO`: the only step about the recipient.
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

    /// Whether it says that this mailbox will never accept mail: it does not exist (1.1), its name is invalid
    /// (1.3), it has moved without a forwarding address (1.6), its domain accepts no mail at all (1.10, RFC 7505),
    /// it is disabled (2.1).
    ///
    /// Not among them, because servers use these for problems that are not the mailbox's: 1.0 (Postfix uses it for
    /// a sender), 1.2 (a broken resolver), 1.4, 1.7 and 1.8 (the sender's address), 2.0, 2.2 (full), 2.3, and all
    /// of 3, 4, 5, 6, 7.
    const fn names_the_mailbox(self) -> bool {
        matches!((self.class, self.subject, self.detail), (5, 1, 1 | 3 | 6 | 10) | (5, 2, 1))
    }
}

impl fmt::Display for EnhancedStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.class, self.subject, self.detail)
    }
}

/// The requirement of a refusing server, as far as its text shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// TLS first (RFC 3207 section 4: 530, `Must issue a STARTTLS command first`).
    StartTls,
    /// A user and a password (RFC 4954 section 6: 530 5.7.0), or different ones (535 5.7.8).
    SignIn,
    /// It does not relay for this client (RFC 3463: 5.7.1).
    NoRelay,
}

impl Wants {
    fn read(phase: Phase, code: u16, text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        // Some servers use the same code for all of these.
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

/// A refusal, without the server's text, which often quotes addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The step that it answers.
    pub phase: Phase,
    /// The reply code (RFC 5321 section 4.2).
    pub code: u16,
    /// The enhanced status code, of a server that gives one (RFC 2034).
    pub status: Option<EnhancedStatus>,
    /// The server's requirement, if its text shows it.
    pub wants: Option<Wants>,
    /// Whether the text gives a second, different one: then its meaning is unclear.
    mixed: bool,
}

impl Reply {
    /// Parses a reply; `text` is the part after the code, its lines joined by spaces.
    pub fn read(phase: Phase, code: u16, text: &str) -> Self {
        let mut words = text.split_ascii_whitespace();
        let status = words.next().and_then(EnhancedStatus::parse);
        let others = words.filter_map(EnhancedStatus::parse);
        let mixed = status.is_some_and(|status| others.into_iter().any(|other| other != status));
        Self { phase, code, status, wants: Wants::read(phase, code, text), mixed }
    }

    /// Whether the recipient's mailbox is refused for good: a 5yz reply to `RCPT TO` whose enhanced status names
    /// the mailbox.
    ///
    /// The bare code is not enough. RFC 5321 section 4.2.3 assigns 550, 551 and 553 to mailboxes, but Exim and
    /// OpenSMTPD answer 550 to refused relaying, and Postfix 553 to a sender that the login does not own, both to
    /// `RCPT TO`.
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
            (Some(Wants::StartTls), _) => " (it requires STARTTLS)",
            (Some(Wants::SignIn), Phase::SignIn) => " (it does not accept the user and the password)",
            (Some(Wants::SignIn), _) => " (it requires a user and a password)",
            (Some(Wants::NoRelay), _) => {
                " (it does not relay for this server: set a user and password, or have this server's address allowed)"
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
            // The same codes without a clear meaning: relaying, a sender, a list.
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
            // A reply that contradicts itself is unclear.
            (Recipient, 450, "5.1.1 unknown", false),
            (Recipient, 550, "4.1.1 unknown", false),
            (Recipient, 550, "2.1.1 unknown", false),
            (Recipient, 550, "5.1.1 unknown user, or 5.7.1 relay access denied", false),
            // Not an enhanced status.
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

    /// The texts of Postfix, Exim, Dovecot, Exchange Online and Gmail.
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
        assert!(shown(Sender, 530, "5.7.0 no").ends_with("530 5.7.0 (it requires a user and a password)"));
    }
}
