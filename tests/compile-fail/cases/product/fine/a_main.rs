//! A product's `main` has the console: it opens the services and passes the command line on.

use std::process::ExitCode;

use palisade::Product;
use palisade_core::config::Config;
use palisade_core::identity::{Console, ConsoleTaken, Operator};
use palisade_modules::{OpenError, Services, System};

static PRODUCT: Product = Product { name: "Notes", ..Product::PALISADE };

pub fn main() -> Result<ExitCode, ConsoleTaken> {
    Console::take(|console| palisade::run(console, &PRODUCT))
}

pub fn other_main(config: &Config, system: System, runtime: &tokio::runtime::Runtime) {
    let opened = Console::take(|console| runtime.block_on(open(console, config, system)));
    let _ = opened.map(|services| services.is_ok());
}

async fn open(console: &Console, config: &Config, system: System) -> Result<Services, OpenError> {
    let services = Services::open(console, config, system).await?;
    let operator = Operator::act(console, "first setup link");
    let _ = services.auth.setup.first_link(&operator).await;
    Ok(services)
}
