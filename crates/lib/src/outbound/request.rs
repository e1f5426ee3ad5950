//! One call, and its answer. `Debug` shows neither headers nor bodies: they hold codes, secrets and tokens.

use std::fmt;
use std::time::Duration;

use palisade_core::utils::crypto::secret::{ExposeSecret as _, SecretBytes, SecretString, secret_bytes};
use reqwest::header::{
    ACCEPT, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT,
};
use reqwest::{Client, Method};
use url::Url;

use super::error::OutboundError;

/// The largest answer unless the caller says otherwise, in bytes.
const MAX_BODY: usize = 256 * 1024;

/// A call that has not been sent.
pub struct Call {
    url: Url,
    method: Method,
    accept: &'static str,
    authorization: Option<SecretString>,
    body: Option<Body>,
    headers: Vec<(HeaderName, String)>,
    max_body: usize,
    ignores_body: bool,
    whole: Option<Duration>,
}

/// The body of a call.
enum Body {
    Form(SecretString),
    Json(String),
}

impl Call {
    /// Reads this address.
    pub fn get(url: Url) -> Self {
        Self {
            url,
            method: Method::GET,
            accept: "application/json",
            authorization: None,
            body: None,
            headers: Vec::new(),
            max_body: MAX_BODY,
            ignores_body: false,
            whole: None,
        }
    }

    /// Sends a form (`application/x-www-form-urlencoded`), already encoded, to this address.
    pub fn post_form(url: Url, form: SecretString) -> Self {
        Self { method: Method::POST, body: Some(Body::Form(form)), ..Self::get(url) }
    }

    /// Sends a JSON text to this address.
    pub fn post_json(url: Url, json: String) -> Self {
        Self { method: Method::POST, body: Some(Body::Json(json)), ..Self::get(url) }
    }

    /// The media types that the caller takes.
    #[must_use]
    pub fn accept(mut self, accept: &'static str) -> Self {
        self.accept = accept;
        self
    }

    /// The header `Authorization`.
    #[must_use]
    pub fn authorization(mut self, value: SecretString) -> Self {
        self.authorization = Some(value);
        self
    }

    /// A further header.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((HeaderName::from_static(name), value));
        self
    }

    /// The largest answer in bytes, instead of 256 KiB.
    #[must_use]
    pub fn max_body(mut self, bytes: usize) -> Self {
        self.max_body = bytes;
        self
    }

    /// Only the status matters: no more of the body is read than the largest answer.
    #[must_use]
    pub fn ignore_body(mut self) -> Self {
        self.ignores_body = true;
        self
    }

    /// The latest end of the whole call, instead of 5 seconds.
    #[must_use]
    pub fn within(mut self, whole: Duration) -> Self {
        self.whole = Some(whole);
        self
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        self.whole
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    /// Sends it. The caller ends it when `whole` is over.
    pub(super) async fn exchange(self, client: &Client, whole: Duration) -> Result<Answer, OutboundError> {
        let failed = |error| OutboundError::of(error, whole);
        let (max_body, ignores_body) = (self.max_body, self.ignores_body);
        let mut response = client.execute(self.request()?).await.map_err(failed)?;
        let header =
            |name| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (content_type, date, retry_after) = (header(CONTENT_TYPE), header(DATE), header(RETRY_AFTER));
        let status = response.status().as_u16();
        if !ignores_body && response.content_length().is_some_and(|length| length > max_body as u64) {
            return Err(OutboundError::TooLarge(max_body));
        }
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(failed)? {
            if body.len() + part.len() > max_body {
                if ignores_body {
                    break;
                }
                return Err(OutboundError::TooLarge(max_body));
            }
            body.extend_from_slice(&part);
        }
        Ok(Answer { status, content_type, date, retry_after, body: secret_bytes(body) })
    }

    fn request(self) -> Result<reqwest::Request, OutboundError> {
        let mut request = reqwest::Request::new(self.method, self.url);
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(self.accept));
        // Some servers, GitHub among them, refuse a client without a name.
        headers.insert(USER_AGENT, HeaderValue::from_static("palisade"));
        if let Some(value) = self.authorization {
            let mut value =
                HeaderValue::from_str(value.expose_secret()).map_err(|_| OutboundError::BadAddress)?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
        }
        for (name, value) in self.headers {
            headers.insert(name, HeaderValue::from_str(&value).map_err(|_| OutboundError::BadAddress)?);
        }
        let (media_type, body) = match self.body {
            None => return Ok(request),
            Some(Body::Form(form)) => ("application/x-www-form-urlencoded", form.expose_secret().to_owned()),
            Some(Body::Json(json)) => ("application/json", json),
        };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        *request.body_mut() = Some(body.into());
        Ok(request)
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("method", &self.method)
            .field("host", &self.url.host_str())
            .finish_non_exhaustive()
    }
}

/// A whole answer.
pub struct Answer {
    status: u16,
    content_type: Option<String>,
    date: Option<String>,
    retry_after: Option<String>,
    body: SecretBytes,
}

impl Answer {
    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The media type of the body, in lower case and without parameters; empty if there is none.
    pub fn media_type(&self) -> String {
        let whole = self.content_type.as_deref().unwrap_or_default();
        whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The header `Date`, as sent.
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }

    /// How long to wait before another call, if the server says so in seconds (RFC 9110, 10.2.3).
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after.as_deref()?.trim().parse().ok().map(Duration::from_secs)
    }

    /// The body. The caller is responsible for where it goes.
    pub fn body(&self) -> &[u8] {
        self.body.expose_secret()
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer").field("status", &self.status).finish_non_exhaustive()
    }
}
