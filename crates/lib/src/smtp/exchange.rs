//! One exchange with a mail server, step by step: so that each answer is known for what it answers, and each step has the
//! time RFC 5321 gives it.

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

impl Deadlines {
    /// For somebody who waits for the answer of a probe.
    pub(super) const PROBE: Self = Self {
        connect: Duration::from_secs(5),
        greeting: Duration::from_secs(10),
        command: Duration::from_secs(10),
        ..Self::RFC_5321
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
        outcome.map_err(|error| self.in_its_words(error))
    }

    /// Says hello, signs in, names a sender and a recipient, takes both back, and leaves. A recipient whom the server knows
    /// not to exist shows that it takes mail.
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

    /// Where a server on this machine demands TLS, which is not what `smtp://` means here.
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
        let mut connection = step(Phase::Greeting, deadlines.greeting, connecting)
            .await
            .map_err(|error| self.mixed_up(error))?;
        if let (SmtpSecurity::StartTls, Some(tls)) = (self.security, &self.tls) {
            if !connection.can_starttls() {
                part(connection).await;
                let doing = "it does not offer STARTTLS, and nothing is said to it in the clear";
                return Err(SmtpError::Unreachable { phase: Phase::Greeting, doing, source: None });
            }
            step(Phase::Greeting, deadlines.greeting, connection.starttls(tls.clone(), hello)).await?;
        }
        if let Some(credentials) = &self.credentials {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let at_home = self.security == SmtpSecurity::Plain && connection.can_starttls();
                let doing =
                    if at_home { TLS_AT_HOME } else { "it offers no way to sign in that is known here" };
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

    /// The first words tell whether one side spoke TLS and the other did not.
    fn mixed_up(&self, error: SmtpError) -> SmtpError {
        let SmtpError::Unreachable { phase, doing, source } = error else { return error };
        let said = source.as_ref().map(|source| all_of(source.as_ref())).unwrap_or_default();
        let doing = match self.security {
            SmtpSecurity::Tls if said.contains("corrupt message") => {
                "it does not begin with TLS at this port: write `smtp://`, which begins without and demands STARTTLS, or \
                 give the port for `smtps://` (465)"
            }
            SmtpSecurity::StartTls | SmtpSecurity::Plain if doing == TOO_LATE => {
                "it said nothing in the time it has: a server that expects TLS at once says nothing, and is `smtps://` (465)"
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
        Err(_) => Err(SmtpError::Unreachable { phase, doing: TOO_LATE, source: None }),
    }
}

const TOO_LATE: &str = "it takes too long";

/// To this machine nobody listens in between, so `smtp://` does without TLS there; some servers do not.
const TLS_AT_HOME: &str = "it demands STARTTLS, and `smtp://` to this machine goes without TLS: write `smtps://`, or the \
                           name that its certificate is for";

/// An error with everything that led to it.
fn all_of(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Reduces what the driver says to what may be told: a server's words are dropped, only its codes stay.
fn explain(phase: Phase, error: lettre::transport::smtp::Error) -> SmtpError {
    if let Some(code) = error.status() {
        let words = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        let reply = Reply::read(phase, u16::from(code), &words);
        return if reply.is_final() { SmtpError::Refused(reply) } else { SmtpError::NotTaken(reply) };
    }
    let said = all_of(&error);
    let doing = if error.is_response() {
        // What the driver calls the end of a stream where a reply should be.
        let doing = match (said.contains("incomplete response"), phase) {
            (true, Phase::Message) => {
                "it closed the connection and did not say whether it took the message; it is sent again, under the same id"
            }
            (true, _) => "it closed the connection without an answer",
            (false, _) => "its answer is not SMTP",
        };
        return SmtpError::Unreachable { phase, doing, source: None };
    } else if error.is_client() {
        "it does not offer what is needed"
    } else if said.contains("invalid peer certificate") {
        "its certificate does not hold: the URL has to name the host that the certificate names, and its issuer has to be one \
         that this machine trusts"
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
