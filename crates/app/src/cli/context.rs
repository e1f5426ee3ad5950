//! The common start of every command: the configuration, the machine, a runtime; and its errors.

use std::sync::Arc;

use palisade_core::config::{Config, ConfigErrors, Env};
use palisade_core::metrics::Metrics;
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_modules::{System, judge};

/// Why a command failed, for the operator.
pub(crate) type Failure = Box<dyn std::error::Error>;

pub(super) fn load(env: &Env) -> Result<Config, Failure> {
    // A refused configuration creates nothing: the secrets of development are created only for a valid one.
    load_read_only(env)?;
    Config::load(env, &SystemRng).map_err(|errors| mistakes(&errors))
}

/// The same for a command that only reads: it creates nothing. A configuration that a start would also accept.
pub(super) fn load_read_only(env: &Env) -> Result<Config, Failure> {
    let looked = Config::load_read_only(env, &SystemRng).and_then(|config| judge(&config).map(|()| config));
    looked.map_err(|errors| mistakes(&errors))
}

/// All mistakes in the environment, one a line.
pub(super) fn mistakes(errors: &ConfigErrors) -> Failure {
    let mistakes = errors.mistakes();
    let count = match mistakes.len() {
        1 => "one mistake".to_owned(),
        several => format!("{several} mistakes"),
    };
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("the environment has {count}:\n  {}", lines.join("\n  ")).into()
}

pub(super) fn system() -> System {
    let metrics = Metrics::default();
    System { clock: Arc::new(SystemClock::new()), rng: Arc::new(SystemRng), metrics, hash_cost: None }
}

/// One thread for each core, and a few for blocking work.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("palisade").build()?)
}
