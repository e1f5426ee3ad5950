//! What every command begins with: the configuration, the machine, a runtime; and how it fails.

use std::sync::Arc;

use palisade_core::config::{Config, ConfigErrors, Env};
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_modules::{System, judge};

/// Why a command failed, in words for the operator.
pub(super) type Failure = Box<dyn std::error::Error>;

pub(super) fn load(env: &Env) -> Result<Config, Failure> {
    // What is refused makes nothing: the secrets of development are made only for a configuration that holds.
    look(env)?;
    Config::load(env, &SystemRng).map_err(|errors| mistakes(&errors))
}

/// The same for a command that only looks: nothing is made. A configuration that a start would not refuse either.
pub(super) fn look(env: &Env) -> Result<Config, Failure> {
    let looked = Config::load_read_only(env, &SystemRng).and_then(|config| judge(&config).map(|()| config));
    looked.map_err(|errors| mistakes(&errors))
}

/// All that is wrong with the environment, one mistake a line.
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
    System { clock: Arc::new(SystemClock::new()), rng: Arc::new(SystemRng), hash_cost: None }
}

/// One thread for each core, and a few for what blocks.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("palisade").build()?)
}
