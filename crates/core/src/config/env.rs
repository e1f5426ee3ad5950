//! The environment: the only place that reads it.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;

use super::own_settings::OwnVariables;
use super::settings::{Problem, Setting};

/// The variables that a configuration is read from, the product that reads them, and the platform. Injected, so that a test needs no separate
/// process. `Debug` shows no value.
#[derive(Clone)]
pub struct Env {
    variables: BTreeMap<String, OsString>,
    is_first_process: bool,
    own: OwnVariables,
}

/// The value of one name in the environment.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Given<'a> {
    /// Not set, or empty: orchestration files write `NAME=` for "nothing".
    Nothing,
    Text(&'a str),
    NotUnicode,
}

impl Env {
    /// The environment of this process.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
    pub fn process() -> Self {
        let variables =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value)));
        Self {
            variables: variables.collect(),
            is_first_process: std::process::id() == 1,
            own: OwnVariables::NONE,
        }
    }

    /// An environment of exactly these variables, on an ordinary machine.
    pub fn from_pairs<N: Into<String>, V: Into<OsString>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        let variables = pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        Self { variables, is_first_process: false, own: OwnVariables::NONE }
    }

    /// The same environment with one more variable, or another value for it.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<OsString>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// The same environment for a product, which has variables of its own.
    #[must_use]
    pub fn of_product(mut self, own: OwnVariables) -> Self {
        self.own = own;
        self
    }

    pub(super) fn own(&self) -> &OwnVariables {
        &self.own
    }

    /// The same environment as process 1, the entry point of a container.
    #[must_use]
    pub fn as_first_process(mut self) -> Self {
        self.is_first_process = true;
        self
    }

    pub(super) fn get(&self, name: &str) -> Given<'_> {
        match self.variables.get(name) {
            None => Given::Nothing,
            Some(value) if value.is_empty() => Given::Nothing,
            Some(value) => value.to_str().map_or(Given::NotUnicode, Given::Text),
        }
    }

    pub(super) fn is_set(&self, name: &str) -> bool {
        self.get(name) != Given::Nothing
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.variables.keys().map(String::as_str).filter(|name| self.is_set(name))
    }

    /// The platform, if it can be determined without doubt.
    ///
    /// Outside a container process 1 is the machine's init, never this program. So this alone decides, and there is
    /// no need to look for a marker file that one container engine writes and the next does not.
    pub(super) fn platform(&self) -> Option<&'static str> {
        if self.is_set("VERCEL") {
            Some("Vercel (VERCEL is set)")
        } else if self.is_set("KUBERNETES_SERVICE_HOST") {
            Some("Kubernetes (KUBERNETES_SERVICE_HOST is set)")
        } else if self.is_first_process {
            Some("a container (this is process 1)")
        } else {
            None
        }
    }

    /// The environment: development or production. A malformed value counts as development here and is reported
    /// when it is read.
    pub(super) fn app_env(&self) -> AppEnv {
        match self.get("APP_ENV") {
            Given::Text(text) => AppEnv::parse(text).unwrap_or(AppEnv::Development),
            Given::Nothing | Given::NotUnicode => AppEnv::Development,
        }
    }
}

impl Default for Env {
    fn default() -> Self {
        Self::from_pairs::<String, OsString>([])
    }
}

impl fmt::Debug for Env {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Env")
            .field("variables", &self.variables.len())
            .field("is_first_process", &self.is_first_process)
            .field("own", &self.own)
            .finish()
    }
}

/// The purpose of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AppEnv {
    /// One person's machine. Loopback by construction.
    Development,
    /// Everything else, a staging environment too.
    Production,
}

impl Setting for AppEnv {
    fn expects() -> String {
        "`development` or `production`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "development" => Ok(Self::Development),
            "production" => Ok(Self::Production),
            _ => Err("is neither".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Development => "development".to_owned(),
            Self::Production => "production".to_owned(),
        }
    }
}
