//! The log level and the log format.

use super::settings::{Problem, Setting};
use crate::utils::logger::{LogFormat, LogLevel};

impl Setting for LogLevel {
    fn expects() -> String {
        "`error`, `warn`, `info`, `debug`, `trace`, `off`, or directives (`info,hyper=warn`)".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Self::parse(text).map_err(Problem::from)
    }

    fn show(&self) -> String {
        self.as_str().to_owned()
    }
}

impl Setting for LogFormat {
    fn expects() -> String {
        "`json`, or in development `pretty`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "json" => Ok(Self::Json),
            "pretty" => Ok(Self::Pretty),
            _ => Err("is neither".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Json => "json".to_owned(),
            Self::Pretty => "pretty".to_owned(),
        }
    }
}
