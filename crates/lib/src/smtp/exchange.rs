//! One exchange with a mail server, step by step: so that each answer is known for what it answers, and each step has the
//! time RFC 5321 gives it.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use palisade_core::config::mail::SmtpSecurity;

use super::SmtpError;
use super::reply::{Phase, Reply};

/// How long each step may take.
#[derive(Clone, Copy, Debug)]
pub struct Deadlines {
    /// A TCP connection.
    pub connect: Duration,
    /// The greeting, and with it TLS and `EHLO`.
    pub greeting: Duration,
    /// A command and its answer.
    pub command: Duration,
    /// `DATA` and its answer.
    pub data: Duration,
    /// The message and the answer to it.
    pub message: Duration,
}

impl Deadlines {
    /// Those of RFC 5321 section 4.5.3.2: what a server may take. One that is given up earlier while it works on a message
    /// has taken it, and takes it once more when it is sent again.
    pub const RFC_5321: Self = Self {
        connect: Duration::from_secs(30),
        greeting: Duration::from_mins(5),
        command: Duration::from_mins(5),
        data: Duration::from_mins(2),
        // A block of the message may take three minutes, the answer to the dot ten.
        message: Duration::from_mins(13),
    };
}

/// How long a server may take to say goodbye. The mail has left or it has not; nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(2);

/// The server and how to meet it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: SmtpSecurity,
    /// What certificate it must have; none for a connection to this machine.
    pub(super) tls: Option<TlsParameters>,
    pub(super) hello: ClientId,
    pub(super) credentials: Option<Credentials>,
    pub(super) deadlines: Deadlines,
}

impl Server {
    /// Hands a message over. `Ok` means that the server answers for it from now on.
    pub(super) async fn hand_over(&self, envelope: &Envelope, message: &[u8]) -> Result<(), SmtpError> {
        let mut connection = self.meet().await?;
        let outcome = self.converse(&mut connection, envelope, message).await;
        part(connection).await;
        outcome
    }

    /// Says hello, signs in, and leaves.
    pub(super) async fn probe(&self) -> Result<(), SmtpError> {
        let mut connection = self.meet().await?;
        let outcome = step(Phase::Greeting, self.deadlines.command, connection.command(Noop)).await;
        part(connection).await;
        outcome.map(drop)
    }

    /// Connects, says hello, makes it private, signs in.
    async fn meet(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let Self { host, port, hello, deadlines, .. } = self;
        let at_once = self.tls.clone().filter(|_| self.security == SmtpSecurity::Tls);
        let connecting = AsyncSmtpConnection::connect_tokio1(
            (host.as_str(), *port),
            Some(deadlines.connect),
            hello,
            at_once,
            None,
        );
        let mut connection = step(Phase::Greeting, deadlines.greeting, connecting).await?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.security, &self.tls) {
            step(Phase::Greeting, deadlines.greeting, connection.starttls(tls.clone(), hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            step(Phase::SignIn, deadlines.command, signing_in).await?;
        }
        Ok(connection)
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), SmtpError> {
        let deadlines = &self.deadlines;
        let sender = Mail::new(envelope.from().cloned(), Vec::new());
        step(Phase::Sender, deadlines.command, connection.command(sender)).await?;
        for to in envelope.to() {
            let recipient = Rcpt::new(to.clone(), Vec::new());
            step(Phase::Recipient, deadlines.command, connection.command(recipient)).await?;
        }
        step(Phase::Data, deadlines.data, connection.command(Data)).await?;
        step(Phase::Message, deadlines.message, connection.message(message)).await.map(drop)
    }
}

async fn part(mut connection: AsyncSmtpConnection) {
    // Whether it answers goodbye is nobody's concern.
    let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
}

async fn step<T>(
    phase: Phase,
    deadline: Duration,
    doing: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SmtpError> {
    match tokio::time::timeout(deadline, doing).await {
        Ok(answer) => answer.map_err(|error| explain(phase, error)),
        Err(_) => Err(SmtpError::Unreachable { phase, doing: "it takes too long", source: None }),
    }
}

/// Reduces what the driver says to what may be told: a server's words are dropped, only its codes stay.
fn explain(phase: Phase, error: lettre::transport::smtp::Error) -> SmtpError {
    if let Some(code) = error.status() {
        let words = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let reply = Reply::read(phase, u16::from(code), &words);
        return if reply.is_final() { SmtpError::Refused(reply) } else { SmtpError::NotTaken(reply) };
    }
    let doing = if error.is_response() {
        return SmtpError::Unreachable { phase, doing: "its answer is not SMTP", source: None };
    } else if error.is_client() {
        "it does not offer what we need (STARTTLS, or a way to sign in)"
    } else if error.is_tls() {
        "setting up TLS"
    } else if error.is_timeout() {
        "it takes too long"
    } else if phase == Phase::Greeting {
        "connecting"
    } else {
        "the connection broke"
    };
    SmtpError::Unreachable { phase, doing, source: Some(error.into()) }
}
