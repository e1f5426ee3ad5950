//! Rate limits behind the REST interface of Upstash, which is also that of Vercel KV: shared by every instance that
//! names it, without a connection that a suspended instance would lose.
//!
//! A decision is one `EVALSHA`, one HTTP request. The body identifies the interface's answer, never the status
//! alone: servers of this protocol do not agree on the statuses.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use palisade_core::config::trust::CaFile;
use palisade_core::config::upstash::UpstashRest;
use palisade_core::limits::{Charge, Decision, Distinct, LimitStoreError};
use palisade_core::ports::{BoxFuture, LimitStore};
use reqwest::Certificate;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use crate::limits::{Keys, Mark, ScriptCall, decision};
use crate::trust::{Authorities, TrustError};

/// The timeout of a response; callers stop waiting long before.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Idle connections are closed before the other side closes them: a suspended instance wakes up with dead ones.
const IDLE: Duration = Duration::from_secs(10);
/// The maximum size of a response, in bytes: the few windows of a request need far less.
const MAX_RESPONSE: usize = 64 * 1024;

/// Why this interface has no limiter.
#[derive(Debug, thiserror::Error)]
pub enum UpstashOpenError {
    /// The token is not valid in a header.
    #[error("reading the token")]
    Token,
    /// Its authorities.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// The HTTP client.
    #[error("preparing the HTTP client")]
    Client(#[source] reqwest::Error),
}

/// Counts in Upstash. Clones share connections.
#[derive(Clone)]
pub struct UpstashLimiter {
    client: reqwest::Client,
    url: String,
    authorization: HeaderValue,
    keys: Keys,
    mark: Arc<Mark>,
}

impl UpstashLimiter {
    /// A limiter on this interface, its keys under this prefix. Connects to nothing yet.
    ///
    /// # Errors
    /// When the token is invalid, or this machine has no trusted certificates.
    pub fn open(rest: &UpstashRest, prefix: &str) -> Result<Self, UpstashOpenError> {
        let token = format!("Bearer {}", rest.token.expose());
        let mut authorization = HeaderValue::try_from(token).map_err(|_| UpstashOpenError::Token)?;
        authorization.set_sensitive(true);
        let client = reqwest::Client::builder()
            .timeout(RESPONSE_TIMEOUT)
            .pool_idle_timeout(IDLE)
            .tcp_nodelay(true)
            // The token goes only to the configured address.
            .redirect(reqwest::redirect::Policy::none())
            .tls_certs_only(authorities(rest)?)
            .build()
            .map_err(UpstashOpenError::Client)?;
        Ok(Self {
            client,
            url: rest.url.as_str().to_owned(),
            authorization,
            keys: Keys::new(prefix),
            mark: Arc::default(),
        })
    }

    async fn decide(&self, charges: &[Charge]) -> Result<Decision, LimitStoreError> {
        let asked = Distinct::of(charges);
        let call = self.keys.decide(&asked, true);
        let answer = match self.run(&call).await {
            // The server or a proxy had closed the idle connection. A repeated call is charged once.
            Err(LimitStoreError::Unreachable(_)) => self.run(&call).await?,
            answer => answer?,
        };
        decision(&asked, &answer, &self.mark)
    }

    async fn run(&self, call: &ScriptCall) -> Result<Vec<i64>, LimitStoreError> {
        let answer = match self.call("EVALSHA", &call.script.hash, call).await? {
            // This server does not know the script, or no longer does. `EVAL` also registers it.
            Answer { error: Some(error), .. } if error.contains("NOSCRIPT") => {
                self.call("EVAL", call.script.code, call).await?
            }
            answer => answer,
        };
        match answer.error {
            Some(error) => Err(LimitStoreError::BadAnswer(error.into())),
            None => Ok(answer.result.unwrap_or_default()),
        }
    }

    async fn call(&self, command: &str, script: &str, call: &ScriptCall) -> Result<Answer, LimitStoreError> {
        let mut words: Vec<Value> = vec![command.into(), script.into(), call.keys.len().to_string().into()];
        words.extend(call.keys.iter().chain(&call.arguments).map(|word| Value::from(word.as_str())));
        let request =
            self.client.post(&self.url).header(AUTHORIZATION, self.authorization.clone()).json(&words);
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(unreachable)? {
            body.extend_from_slice(&part);
            if body.len() > MAX_RESPONSE {
                return Err(LimitStoreError::BadAnswer("a response of more than 64 KiB".into()));
            }
        }
        serde_json::from_slice::<Answer>(&body)
            .ok()
            // A body with neither is not an answer of this protocol: a proxy's page, or an error in another format.
            .filter(|answer| answer.error.is_some() || (answer.result.is_some() && status.is_success()))
            .ok_or_else(|| LimitStoreError::BadAnswer(format!("HTTP {status} without an answer").into()))
    }
}

fn authorities(rest: &UpstashRest) -> Result<Vec<Certificate>, UpstashOpenError> {
    let known = Authorities::of(rest.authorities.as_ref().map(CaFile::path))?;
    known.der().map(|der| Certificate::from_der(der).map_err(UpstashOpenError::Client)).collect()
}

/// Without the address, which is private, because the error goes to the log.
fn unreachable(error: reqwest::Error) -> LimitStoreError {
    if error.is_timeout() {
        return LimitStoreError::TimedOut(RESPONSE_TIMEOUT);
    }
    LimitStoreError::Unreachable(error.without_url().into())
}

#[derive(Debug, Deserialize)]
struct Answer {
    #[serde(default)]
    result: Option<Vec<i64>>,
    #[serde(default)]
    error: Option<String>,
}

impl LimitStore for UpstashLimiter {
    fn take<'a>(&'a self, charges: &'a [Charge]) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(self.decide(charges))
    }

    fn give_back<'a>(
        &'a self,
        charges: &'a [Charge],
        decision: &'a Decision,
    ) -> BoxFuture<'a, Result<(), LimitStoreError>> {
        Box::pin(async move {
            if charges.is_empty() {
                return Ok(());
            }
            let call = self.keys.give_back(charges, decision.at());
            match self.run(&call).await {
                // As in `decide`: a repeated call gives back once.
                Err(LimitStoreError::Unreachable(_)) => self.run(&call).await.map(drop),
                answer => answer.map(drop),
            }
        })
    }
}

impl fmt::Debug for UpstashLimiter {
    /// Without the token.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpstashLimiter")
            .field("url", &self.url)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}
