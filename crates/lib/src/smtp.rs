//! Mail leaves through a server, over SMTP: one letter, one recipient, the envelope exactly as given.
//!
//! Who is written to and why is not known here, and neither an address nor a server's own words (they like to quote
//! addresses) may get out of here into an error or a log.

use std::error::Error;
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use palisade_core::config::mail::{MailFrom, SmtpSecurity, SmtpUrl};
use palisade_core::utils::time::Timestamp;

/// After this long a mail has left or it has not; the server may have taken it all the same.
pub const SEND_DEADLINE: Duration = Duration::from_mins(1);

const CONNECT_DEADLINE: Duration = Duration::from_secs(15);

/// What is to be sent.
#[derive(Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// The same each time this mail is sent, so that a recipient can see a second copy for what it is.
    pub id: &'a str,
    /// The address, in ASCII.
    pub to: &'a str,
    /// One line.
    pub subject: &'a str,
    /// Plain text; lines end with `\n`.
    pub text: &'a str,
    /// When it was written.
    pub date: Timestamp,
}

impl std::fmt::Debug for OutgoingMail<'_> {
    /// The id alone: all else is the recipient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingMail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a mail did not leave, or why there is no way for mail to leave at all.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender is no address, or the host no name a certificate could be for.
    #[error("preparing the connection to the mail server")]
    Setup(#[source] Box<dyn Error + Send + Sync>),
    /// It is no mail: an address with something else in it, or a subject of more than one line. Sending it again is no use.
    #[error("writing a mail: {0}")]
    Unwritable(&'static str),
    /// The server will never take mail for this recipient (RFC 5321 section 4.2.3). Sending it again is no use.
    #[error("the mail server refuses the recipient ({code})")]
    Refused {
        /// The reply code.
        code: u16,
    },
    /// The server did not take the mail, for a reason that may pass or that an operator can take away.
    #[error("the mail server did not take the mail ({code})")]
    NotTaken {
        /// The reply code.
        code: u16,
    },
    /// The server cannot be reached, or not securely, or does not speak SMTP.
    #[error("speaking with the mail server: {doing}")]
    Unreachable {
        /// What was being done.
        doing: &'static str,
        /// What went wrong with it.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
}

impl SmtpError {
    /// Whether sending the same mail again can never help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Unwritable(_) | Self::Refused { .. })
    }
}

/// Says that no person wrote this, so that no vacation responder answers it (RFC 3834 section 5).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

/// The way to a mail server.
///
/// Each mail gets a connection of its own. The driver's pool would take one back even when an exchange was cut off in
/// the middle, and the next mail would then read the answer that was meant for the one before it.
#[derive(Clone, Debug)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    /// What stands behind the `@` of a Message-ID.
    host: String,
}

impl Smtp {
    /// Prepares the way; connects to nobody yet. `host` is the name of the product, as in its URL.
    ///
    /// # Errors
    /// [`SmtpError::Setup`].
    pub fn new(server: &SmtpUrl, from: &MailFrom, host: &str) -> Result<Self, SmtpError> {
        type Transport = AsyncSmtpTransport<Tokio1Executor>;
        let setup = |error: lettre::transport::smtp::Error| SmtpError::Setup(error.into());
        let builder = match server.security() {
            SmtpSecurity::Tls => Transport::relay(server.host()).map_err(setup)?,
            SmtpSecurity::StartTls => Transport::starttls_relay(server.host()).map_err(setup)?,
            SmtpSecurity::Plain => Transport::builder_dangerous(server.host()),
        };
        let host = host.trim_matches(['[', ']']);
        let address = host.parse::<IpAddr>();
        let hello = match address {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        let mut builder = builder.port(server.port()).hello_name(hello).timeout(Some(CONNECT_DEADLINE));
        if let Some((user, password)) = server.credentials() {
            builder = builder.credentials(Credentials::new(user.to_owned(), password.expose().to_owned()));
        }
        let sender: Address = from.address().parse().map_err(|error| SmtpError::Setup(Box::new(error)))?;
        Ok(Self {
            transport: builder.build(),
            from: Mailbox::new(from.name().map(str::to_owned), sender),
            host: if address.is_ok() { format!("[{host}]") } else { host.to_owned() },
        })
    }

    /// Hands a mail to the server. `Ok` means that the server answers for it from now on.
    ///
    /// # Errors
    /// See [`SmtpError`]. When the connection broke or the deadline passed, the server may have taken it all the same.
    pub async fn send(&self, mail: &OutgoingMail<'_>) -> Result<(), SmtpError> {
        let (envelope, bytes) = self.write(mail)?;
        within_deadline(self.transport.send_raw(&envelope, &bytes)).await.map(drop)
    }

    /// Connects, says hello, signs in and leaves.
    ///
    /// # Errors
    /// [`SmtpError::Unreachable`], [`SmtpError::NotTaken`].
    pub async fn probe(&self) -> Result<(), SmtpError> {
        if within_deadline(self.transport.test_connection()).await? {
            return Ok(());
        }
        Err(SmtpError::Unreachable { doing: "it does not answer NOOP", source: None })
    }

    /// The envelope and the message (RFC 5322) as it goes over the wire.
    fn write(&self, mail: &OutgoingMail<'_>) -> Result<(Envelope, Vec<u8>), SmtpError> {
        if !mail.to.is_ascii() {
            return Err(SmtpError::Unwritable("the address is not ASCII"));
        }
        let to: Address =
            mail.to.parse().map_err(|_| SmtpError::Unwritable("the address is not one address"))?;
        if mail.subject.chars().any(char::is_control) {
            return Err(SmtpError::Unwritable("the subject is not one line"));
        }
        let envelope = Envelope::new(Some(self.from.email.clone()), vec![to.clone()])
            .map_err(|_| SmtpError::Unwritable("there is no recipient"))?;
        let since_epoch = mail.date.since(Timestamp::EPOCH);
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .date(UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .header(AutoSubmitted)
            .header(MIME_VERSION_1_0)
            .header(ContentType::TEXT_PLAIN)
            .body(mail.text.to_owned())
            .map_err(|_| SmtpError::Unwritable("the headers do not fit together"))?;
        Ok((envelope, message.formatted()))
    }
}

async fn within_deadline<T>(
    exchange: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SmtpError> {
    match tokio::time::timeout(SEND_DEADLINE, exchange).await {
        Ok(answer) => answer.map_err(explain),
        Err(_) => Err(SmtpError::Unreachable { doing: "it takes too long", source: None }),
    }
}

/// Reduces what the driver says to what may be told: a server's words are dropped, only its codes stay.
fn explain(error: lettre::transport::smtp::Error) -> SmtpError {
    if let Some(code) = error.status() {
        // Of the permanent codes these alone speak of the recipient. The others (relaying, authentication, size,
        // policy) are for an operator to put right, and mail that waits must not be lost over them.
        return match u16::from(code) {
            code @ (550 | 551 | 553 | 556) => SmtpError::Refused { code },
            code => SmtpError::NotTaken { code },
        };
    }
    let doing = if error.is_response() {
        return SmtpError::Unreachable { doing: "its answer is not SMTP", source: None };
    } else if error.is_client() {
        "it does not offer what we need (STARTTLS, or a way to sign in)"
    } else if error.is_tls() {
        "setting up TLS"
    } else if error.is_timeout() {
        "it takes too long"
    } else {
        "connecting"
    };
    SmtpError::Unreachable { doing, source: Some(error.into()) }
}

#[cfg(test)]
mod tests;
