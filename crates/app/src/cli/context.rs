//! The common start of every command: the configuration, the machine, a runtime; and its errors.

use std::sync::Arc;

use palisade_core::config::{Config, ConfigErrors, Env};
use palisade_core::health::Health;
use palisade_core::identity::Console;
use palisade_core::metrics::Metrics;
use palisade_core::openapi::Documentation;
use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::routes::Mounts;
use palisade_modules::{Services, System, judge};

use crate::product::Product;

/// Why a command failed, for the operator.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// What a command was given: the console of the process, its environment, and the product whose program this is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Invocation<'a> {
    pub(crate) console: &'a Console,
    pub(crate) env: &'a Env,
    pub(crate) product: &'static Product,
}

impl Invocation<'_> {
    /// Refuses a product with a mistake, whatever the command: what it adds decides what a store and a token consist of.
    pub(crate) fn judge(&self) -> Result<(), Failure> {
        match &self.product.mistakes()[..] {
            [] => Ok(()),
            mistakes => Err(format!("the product has {}", counted_lines(mistakes)).into()),
        }
    }

    /// The configuration. Creates the secrets of development if there are none.
    pub(super) fn load(&self) -> Result<Config, Failure> {
        load(self.env)
    }

    /// The same for a command that only reads: it creates nothing. A configuration that a start would also accept.
    pub(super) fn load_read_only(&self) -> Result<Config, Failure> {
        load_read_only(self.env)
    }

    /// All routes, ready to be served.
    pub(super) fn mount(
        &self,
        config: &Config,
        services: &Services,
        health: &Health,
        documentation: &Documentation,
    ) -> Result<Mounts, Failure> {
        let mount = self.product.mount_all(config, services, health, documentation);
        Ok(mount.map_err(|failure| failure as Failure)?.finish()?)
    }

    /// The machine, and the product on it.
    pub(super) fn system(&self) -> System {
        System {
            clock: Arc::new(SystemClock::new()),
            rng: Arc::new(SystemRng),
            metrics: Metrics::default(),
            hash_cost: None,
            additions: self.product.additions(),
        }
    }
}

/// The configuration of this environment. Creates the secrets of development if there are none.
pub(super) fn load(env: &Env) -> Result<Config, Failure> {
    // A refused configuration creates nothing: the secrets of development are created only for a valid one.
    load_read_only(env)?;
    Config::load(env, &SystemRng).map_err(|errors| mistakes(&errors))
}

fn load_read_only(env: &Env) -> Result<Config, Failure> {
    let looked = Config::load_read_only(env, &SystemRng).and_then(|config| judge(&config).map(|()| config));
    looked.map_err(|errors| mistakes(&errors))
}

/// All mistakes in the environment, one a line.
pub(super) fn mistakes(errors: &ConfigErrors) -> Failure {
    let mistakes = errors.mistakes();
    let lines: Vec<String> = mistakes.iter().map(ToString::to_string).collect();
    format!("the environment has {}", counted_lines(&lines)).into()
}

fn counted_lines(mistakes: &[String]) -> String {
    let count = match mistakes.len() {
        1 => "one mistake".to_owned(),
        several => format!("{several} mistakes"),
    };
    format!("{count}:\n  {}", mistakes.join("\n  "))
}

/// One thread for each core, and a few for blocking work.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().thread_name("palisade").build()?)
}
