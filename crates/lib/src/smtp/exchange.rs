//! One exchange with a mail server, step by step: each answer belongs to a known step, and each step has the time
//! limit of RFC 5321.

use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::ClientId;
use palisade_core::config::mail::SmtpSecurity;

use super::error::SmtpError;
use super::reply::{Phase, Reply, Wants};

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
    /// The limits of RFC 5321 section 4.5.3.2: the time that a server may take. A server that is given up earlier
    /// while it works on a message has accepted it, and accepts it again when it is sent again.
    pub const RFC_5321: Self = Self {
        connect: Duration::from_secs(30),
        greeting: Duration::from_mins(5),
        command: Duration::from_mins(5),
        data: Duration::from_mins(2),
        // A block of the message may take three minutes, the answer to the dot ten.
        message: Duration::from_mins(13),
    };
}

impl Deadlines {
    /// For a person who waits for the answer of a probe.
    pub(super) const PROBE: Self = Self {
        connect: Duration::from_secs(5),
        greeting: Duration::from_secs(10),
        command: Duration::from_secs(10),
        ..Self::RFC_5321
    };
}

/// How long a server may take for `QUIT`. The mail has been sent or not; nothing depends on it.
const GOODBYE: Duration = Duration::from_secs(2);

/// The server, and how to connect to it.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: SmtpSecurity,
    /// The certificate that it must have; none for a connection to this machine.
    pub(super) tls: Option<TlsParameters>,
    pub(super) hello: ClientId,
    pub(super) credentials: Option<Credentials>,
    pub(super) deadlines: Deadlines,
}

impl Server {
    /// Hands a message over. `Ok` means that the server is responsible for it from now on.
    pub(super) async fn hand_over(&self, envelope: &Envelope, message: &[u8]) -> Result<(), SmtpError> {
        let mut connection = self.meet().await?;
        let outcome = self.converse(&mut connection, envelope, message).await;
        part(connection).await;
        outcome.map_err(|error| self.in_its_words(error))
    }

    /// Sends `EHLO`, signs in, names a sender and a recipient, cancels both, and disconnects. If the server rejects
    /// only the recipient as unknown, it accepts mail.
    pub(super) async fn probe(&self, envelope: &Envelope) -> Result<(), SmtpError> {
        let mut connection = self.meet().await?;
        let outcome = match self.address(&mut connection, envelope).await {
            Ok(()) | Err(SmtpError::Refused(_)) => {
                step(Phase::Recipient, self.deadlines.command, connection.command(Rset)).await.map(drop)
            }
            Err(error) => Err(error),
        };
        part(connection).await;
        outcome.map_err(|error| self.in_its_words(error))
    }

    /// For a server on this machine that requires TLS, which `smtp://` does not use here.
    fn in_its_words(&self, error: SmtpError) -> SmtpError {
        match error {
            SmtpError::NotTaken(Reply { phase, wants: Some(Wants::StartTls), .. })
                if self.security == SmtpSecurity::Plain =>
            {
                SmtpError::Unreachable { phase, doing: TLS_AT_HOME, source: None }
            }
            other => other,
        }
    }

    /// Connects, sends `EHLO`, starts TLS, signs in.
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
        let mut connection = step(Phase::Greeting, deadlines.greeting, connecting)
            .await
            .map_err(|error| self.mixed_up(error))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.security, &self.tls) {
            if !connection.can_starttls() {
                part(connection).await;
                let doing = "it does not offer STARTTLS, and nothing is sent unencrypted";
                return Err(SmtpError::Unreachable { phase: Phase::Greeting, doing, source: None });
            }
            step(Phase::Greeting, deadlines.greeting, connection.starttls(tls.clone(), hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let at_home = self.security == SmtpSecurity::Plain && connection.can_starttls();
                let doing = if at_home { TLS_AT_HOME } else { "it offers no supported way to sign in" };
                part(connection).await;
                return Err(SmtpError::Unreachable { phase: Phase::SignIn, doing, source: None });
            }
            let signing_in = connection.auth(DEFAULT_MECHANISMS, credentials);
            step(Phase::SignIn, deadlines.command, signing_in)
                .await
                .map_err(|error| self.in_its_words(error))?;
        }
        Ok(connection)
    }

    /// The first bytes show whether one side used TLS and the other did not.
    fn mixed_up(&self, error: SmtpError) -> SmtpError {
        let SmtpError::Unreachable { phase, doing, source } = error else { return error };
        let said = source.as_ref().map(|source| all_of(source.as_ref())).unwrap_or_default();
        let doing = match self.security {
            SmtpSecurity::Tls if said.contains("corrupt message") => {
                "it does not begin with TLS at this port: write `smtp://`, which begins without and demands STARTTLS, or \
                 give the port for `smtps://` (465)"
            }
            SmtpSecurity::StartTls | SmtpSecurity::Plain if doing == TOO_LATE => {
                "it did not answer in time: a server that expects TLS at once sends nothing, and needs `smtps://` (465)"
            }
            _ => doing,
        };
        SmtpError::Unreachable { phase, doing, source }
    }

    /// Names the sender and each recipient.
    async fn address(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
    ) -> Result<(), SmtpError> {
        let sender = Mail::new(envelope.from().cloned(), Vec::new());
        step(Phase::Sender, self.deadlines.command, connection.command(sender)).await?;
        for to in envelope.to() {
            let recipient = Rcpt::new(to.clone(), Vec::new());
            step(Phase::Recipient, self.deadlines.command, connection.command(recipient)).await?;
        }
        Ok(())
    }

    async fn converse(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> Result<(), SmtpError> {
        let deadlines = &self.deadlines;
        self.address(connection, envelope).await?;
        step(Phase::Data, deadlines.data, connection.command(Data)).await?;
        step(Phase::Message, deadlines.message, connection.message(message)).await.map(drop)
    }
}

async fn part(mut connection: AsyncSmtpConnection) {
    // The answer to `QUIT` does not matter.
    let _ = tokio::time::timeout(GOODBYE, connection.quit()).await;
}

async fn step<T>(
    phase: Phase,
    deadline: Duration,
    doing: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SmtpError> {
    match tokio::time::timeout(deadline, doing).await {
        Ok(answer) => answer.map_err(|error| explain(phase, error)),
        Err(_) => Err(SmtpError::Unreachable { phase, doing: TOO_LATE, source: None }),
    }
}

const TOO_LATE: &str = "it took too long";

/// Nobody can listen on the way to this machine, so `smtp://` does without TLS there; some servers require it.
const TLS_AT_HOME: &str = "it requires STARTTLS, and `smtp://` to this machine uses no TLS: write `smtps://`, or the \
                           host name in its certificate";

/// An error with all its causes.
fn all_of(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Reduces the driver's error to its public part: a server's text is dropped, only its codes stay.
fn explain(phase: Phase, error: lettre::transport::smtp::Error) -> SmtpError {
    if let Some(code) = error.status() {
        let words = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let reply = Reply::read(phase, u16::from(code), &words);
        return if reply.is_final() { SmtpError::Refused(reply) } else { SmtpError::NotTaken(reply) };
    }
    let said = all_of(&error);
    let doing = if error.is_response() {
        // The driver's error for the end of a stream where a reply should be.
        let doing = match (said.contains("incomplete response"), phase) {
            (true, Phase::Message) => {
                "it closed the connection without saying whether it accepted the message; it is sent again, under the same id"
            }
            (true, _) => "it closed the connection without an answer",
            (false, _) => "its answer is not SMTP",
        };
        return SmtpError::Unreachable { phase, doing, source: None };
    } else if error.is_client() {
        "it does not offer a required feature"
    } else if said.contains("invalid peer certificate") {
        "its certificate is not valid: the URL must name the host of the certificate, and this machine must trust its \
         issuer"
    } else if error.is_tls() {
        "setting up TLS"
    } else if error.is_timeout() {
        "it took too long"
    } else if phase == Phase::Greeting {
        "connecting"
    } else {
        "the connection broke"
    };
    SmtpError::Unreachable { phase, doing, source: Some(error.into()) }
}
