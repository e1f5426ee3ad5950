//! The one error type of Palisade: a code and a public message for the caller, a private cause for the log.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::Code;
use super::codes;
use crate::causes::with_causes;
use crate::cookies::SetCookie;
use crate::files::FileError;
use crate::utils::crypto::password::HashError;
use crate::utils::templates::TemplateError;
use crate::values::Detail;

/// Why a request failed.
///
/// It has two messages. The public one comes from the [`Code`]; the private [cause](Self::cause) goes to the log
/// only. There is deliberately no `Display`: nobody can print the private one into an answer by accident.
pub struct AppError(Box<Inner>);

/// Behind a box: every `Result` carries the error, and most of them succeed.
struct Inner {
    code: &'static Code,
    message: Option<Cow<'static, str>>,
    details: Vec<Detail>,
    retry_after: Option<Duration>,
    allow: Option<String>,
    accept: Option<&'static str>,
    file_length: Option<u64>,
    cookies: Vec<SetCookie>,
    dependencies: BTreeMap<&'static str, &'static str>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl AppError {
    /// An error with the public message of its code.
    pub fn new(code: &'static Code) -> Self {
        Self(Box::new(Inner {
            code,
            message: None,
            details: Vec::new(),
            retry_after: None,
            allow: None,
            accept: None,
            file_length: None,
            cookies: Vec::new(),
            dependencies: BTreeMap::new(),
            cause: None,
        }))
    }

    /// A bug: 500 with a fixed body; `cause` is logged.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(&codes::INTERNAL).with_cause(cause)
    }

    /// A dependency is down or the server is full: 503 with `Retry-After`.
    pub fn unavailable(retry_after: Duration, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(&codes::SERVICE_UNAVAILABLE).retry_after(retry_after).with_cause(cause)
    }

    /// All mistakes in the input at once.
    pub fn validation(details: Vec<Detail>) -> Self {
        let mut error = Self::new(&codes::VALIDATION_FAILED);
        error.0.details = details;
        error
    }

    /// The request is not well-formed; `message` says how.
    pub fn malformed(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(&codes::MALFORMED_REQUEST).with_message(message)
    }

    /// Replaces the public message.
    #[must_use]
    pub fn with_message(mut self, message: impl Into<Cow<'static, str>>) -> Self {
        self.0.message = Some(message.into());
        self
    }

    /// Adds the private cause.
    #[must_use]
    pub fn with_cause(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.0.cause = Some(cause.into());
        self
    }

    /// Sets `Retry-After`, rounded up to whole seconds, at least one.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets `Allow`.
    #[must_use]
    pub fn allow(mut self, methods: String) -> Self {
        self.0.allow = Some(methods);
        self
    }

    /// Sets `Accept` of a 415: the type that the route reads, where it is not JSON.
    #[must_use]
    pub(crate) fn accepting(mut self, media_type: &'static str) -> Self {
        self.0.accept = Some(media_type);
        self
    }

    pub(crate) fn accepted_type(&self) -> Option<&'static str> {
        self.0.accept
    }

    /// Sets `Content-Range` of a 416: the length of the file.
    #[must_use]
    pub(crate) fn with_file_length(mut self, bytes: u64) -> Self {
        self.0.file_length = Some(bytes);
        self
    }

    pub(crate) fn file_length(&self) -> Option<u64> {
        self.0.file_length
    }

    /// Names the dependencies and their state. For health only.
    #[must_use]
    pub(crate) fn with_dependencies(mut self, dependencies: BTreeMap<&'static str, &'static str>) -> Self {
        self.0.dependencies = dependencies;
        self
    }

    pub(crate) fn dependencies(&self) -> &BTreeMap<&'static str, &'static str> {
        &self.0.dependencies
    }

    /// Sets or clears a cookie with the error.
    #[must_use]
    pub fn with_cookie(mut self, cookie: SetCookie) -> Self {
        self.0.cookies.push(cookie);
        self
    }

    /// The code.
    pub fn code(&self) -> &'static Code {
        self.0.code
    }

    /// The HTTP status.
    pub fn status_code(&self) -> u16 {
        self.0.code.status
    }

    /// The public message.
    pub fn message(&self) -> &str {
        self.0.message.as_deref().unwrap_or(self.0.code.message)
    }

    /// The mistakes by field.
    pub fn details(&self) -> &[Detail] {
        &self.0.details
    }

    /// `Retry-After` in whole seconds.
    pub fn retry_after_secs(&self) -> Option<u64> {
        self.0
            .retry_after
            .map(|wait| u64::try_from(wait.as_millis().div_ceil(1000)).unwrap_or(u64::MAX).max(1))
    }

    /// The methods for `Allow`.
    pub fn allowed_methods(&self) -> Option<&str> {
        self.0.allow.as_deref()
    }

    /// The cookies of the answer.
    pub fn cookies(&self) -> &[SetCookie] {
        &self.0.cookies
    }

    /// The private cause, with all its causes. For the log only.
    pub fn cause(&self) -> Option<String> {
        self.0.cause.as_deref().map(|cause| with_causes(cause))
    }
}

impl fmt::Debug for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AppError")
            .field("code", &self.0.code.name)
            .field("message", &self.message())
            .field("details", &self.0.details)
            .field("cause", &self.cause())
            .finish_non_exhaustive()
    }
}

impl From<&'static Code> for AppError {
    fn from(code: &'static Code) -> Self {
        Self::new(code)
    }
}

impl From<HashError> for AppError {
    /// Both are 503: neither is the caller's fault, and both are temporary.
    fn from(error: HashError) -> Self {
        match error {
            HashError::Overloaded { retry_after } => Self::unavailable(retry_after, error),
            HashError::Stopped => Self::unavailable(Duration::from_secs(1), error),
        }
    }
}

impl From<FileError> for AppError {
    /// A disk that is full, or a key that was used before: nothing that a caller could change.
    fn from(error: FileError) -> Self {
        Self::internal(error)
    }
}

impl From<TemplateError> for AppError {
    /// A defect: templates are part of the program.
    fn from(error: TemplateError) -> Self {
        Self::internal(error)
    }
}
