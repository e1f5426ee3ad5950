//! Mail over SMTP: one letter, one recipient, the envelope exactly as given.
//!
//! This module does not know the recipient or the reason of a mail, and neither an address nor a server's own text
//! (which often quotes addresses) may get into an error or a log.

mod error;
mod exchange;
mod reply;

use std::error::Error;
use std::net::IpAddr;
use std::time::{Duration, UNIX_EPOCH};

use lettre::address::{Address, Envelope};
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Message, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use palisade_core::config::mail::{MailFrom, SmtpSecurity, SmtpUrl};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::secret::ExposeSecret as _;

pub use error::SmtpError;
pub use exchange::Deadlines;
pub use reply::{EnhancedStatus, Phase, Reply, Wants};

use exchange::Server;

use crate::trust::Authorities;

/// A person waits for the answer of a probe: the server does not get as much time as for a mail.
const PROBE_DEADLINE: Duration = Duration::from_secs(20);

/// A mail to send.
#[derive(Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// The same each time this mail is sent, so that a recipient can recognize a duplicate.
    pub id: &'a str,
    /// The address, in ASCII.
    pub to: &'a str,
    /// One line.
    pub subject: &'a str,
    /// Plain text; lines end with `\n`.
    pub text: &'a str,
    /// The same as an HTML document, for readers that show one.
    pub html: Option<&'a str>,
    /// The language of both (RFC 3282).
    pub language: Option<&'a str>,
    /// When it was written.
    pub date: Timestamp,
}

impl std::fmt::Debug for OutgoingMail<'_> {
    /// Only the id: everything else is the recipient's.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OutgoingMail").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The certificate that the server must have.
fn tls(server: &SmtpUrl) -> Result<TlsParameters, SmtpError> {
    let setup = |error: lettre::transport::smtp::Error| SmtpError::Setup(error.into());
    let known = Authorities::of(server.authorities()).map_err(|error| SmtpError::Setup(error.into()))?;
    let mut tls = TlsParameters::builder(server.host().to_owned()).certificate_store(CertificateStore::None);
    for authority in known.der() {
        tls = tls.add_root_certificate(Certificate::from_der(authority.to_vec()).map_err(setup)?);
    }
    tls.build().map_err(setup)
}

/// Marks the mail as automatic, so that no vacation responder answers it (RFC 3834 section 5).
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

/// The language of the mail (RFC 3282). It is in a field of the header, so it may contain nothing but a tag.
#[derive(Clone)]
struct ContentLanguage(String);

impl Header for ContentLanguage {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Content-Language")
    }

    fn parse(tag: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let is_tag = !tag.is_empty() && tag.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        if is_tag { Ok(Self(tag.to_owned())) } else { Err("not the tag of a language".into()) }
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

/// The connection to a mail server.
///
/// Each mail gets its own connection: an interrupted one is never used again, so no mail reads the answer to an
/// earlier one.
#[derive(Clone)]
pub struct Smtp {
    server: Server,
    from: Mailbox,
    /// The part after the `@` of a Message-ID.
    host: String,
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Server { host, port, security, .. } = &self.server;
        f.debug_struct("Smtp")
            .field("host", host)
            .field("port", port)
            .field("security", security)
            .finish_non_exhaustive()
    }
}

impl Smtp {
    /// Prepares the connection; connects to nobody yet. `host` is the host of the product's URL.
    ///
    /// # Errors
    /// [`SmtpError::Setup`].
    pub fn new(server: &SmtpUrl, from: &MailFrom, host: &str) -> Result<Self, SmtpError> {
        let tls = match server.security() {
            SmtpSecurity::Tls | SmtpSecurity::StartTls => Some(tls(server)?),
            SmtpSecurity::Plain => None,
        };
        let host = host.trim_matches(['[', ']']);
        let address = host.parse::<IpAddr>();
        let hello = match address {
            Ok(IpAddr::V4(address)) => ClientId::Ipv4(address),
            Ok(IpAddr::V6(address)) => ClientId::Ipv6(address),
            Err(_) => ClientId::Domain(host.to_owned()),
        };
        let sender: Address = from.address().parse().map_err(|error| SmtpError::Setup(Box::new(error)))?;
        Ok(Self {
            server: Server {
                host: server.host().to_owned(),
                port: server.port(),
                security: server.security(),
                tls,
                hello,
                credentials: server.credentials().map(|(user, password)| {
                    Credentials::new(user.to_owned(), password.expose_secret().to_owned())
                }),
                deadlines: Deadlines::RFC_5321,
            },
            from: Mailbox::new(from.name().map(str::to_owned), sender),
            host: if address.is_ok() { format!("[{host}]") } else { host.to_owned() },
        })
    }

    /// The same with other deadlines than [`Deadlines::RFC_5321`].
    #[must_use]
    pub fn with_deadlines(mut self, deadlines: Deadlines) -> Self {
        self.server.deadlines = deadlines;
        self
    }

    /// Hands a mail to the server. `Ok` means that the server is responsible for it from now on. Takes as long as
    /// the server does, within the deadline of each step.
    ///
    /// # Errors
    /// See [`SmtpError`].
    pub async fn send(&self, mail: &OutgoingMail<'_>) -> Result<(), SmtpError> {
        let (envelope, bytes) = self.write(mail)?;
        self.server.hand_over(&envelope, &bytes).await
    }

    /// Connects, sends `EHLO`, signs in, names the sender as sender and as recipient, cancels that and disconnects,
    /// within 20 seconds. It sends no mail.
    ///
    /// # Errors
    /// [`SmtpError::Unreachable`], [`SmtpError::NotTaken`].
    pub async fn probe(&self) -> Result<(), SmtpError> {
        let sender = &self.from.email;
        let envelope = Envelope::new(Some(sender.clone()), vec![sender.clone()])
            .map_err(|error| SmtpError::Setup(Box::new(error)))?;
        let server = Server { deadlines: Deadlines::PROBE, ..self.server.clone() };
        match tokio::time::timeout(PROBE_DEADLINE, server.probe(&envelope)).await {
            Ok(outcome) => outcome,
            Err(_) => Err(SmtpError::Unreachable {
                phase: Phase::Greeting,
                doing: "it took too long",
                source: None,
            }),
        }
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
        let mut message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.subject)
            .date(UNIX_EPOCH + since_epoch)
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .header(AutoSubmitted)
            .header(MIME_VERSION_1_0);
        if let Some(tag) = mail.language {
            let language = ContentLanguage::parse(tag)
                .map_err(|_| SmtpError::Unwritable("the language is not the tag of one"))?;
            message = message.header(language);
        }
        let message = match mail.html {
            None => message.header(ContentType::TEXT_PLAIN).body(mail.text.to_owned()),
            Some(html) => message.multipart(
                // `=_` is never in an encoded body (RFC 2045, 6.7). The same mail has the same boundary.
                MultiPart::alternative()
                    .boundary(format!("=_{}", mail.id))
                    .singlepart(SinglePart::plain(mail.text.to_owned()))
                    .singlepart(SinglePart::html(html.to_owned())),
            ),
        };
        let message = message.map_err(|_| SmtpError::Unwritable("the headers do not fit together"))?;
        Ok((envelope, message.formatted()))
    }
}

#[cfg(test)]
mod tests;
