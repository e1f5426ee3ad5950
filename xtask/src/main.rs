//! `cargo xtask`: the single entry point for every task of this repository. Continuous integration calls the same
//! commands as a person does.
//!
//! No part of the product may enter here, and the product may not depend on it: it looks at the repository from
//! outside, so that it stays quick to build.

mod bench;
mod console;
mod engines;
mod finding;
mod generate;
mod links;
mod machine_code;
mod manifests;
mod new_product;
mod outcome;
mod programs;
mod repository;
mod servers;
mod sources;
mod steps;
mod vercel;
mod web;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::console::Console;
use crate::finding::Failure;
use crate::repository::Repository;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

/// The tasks of the repository.
#[derive(Debug, Subcommand)]
enum Task {
    /// Checks everything the repository promises, cheap checks first; stops at the first that fails.
    Test {
        /// Leave out the slow steps. The summary names them: a fast run proves less.
        #[arg(long)]
        fast: bool,
    },
    /// Runs `test`, and checks that the checkout is as committed.
    Ci,
    /// Checks the dependencies between the crates.
    CheckManifests,
    /// Checks the rules that the compiler cannot enforce.
    CheckSources,
    /// Checks the links between the pages of the repository.
    CheckLinks,
    /// Builds the pages of `docs` as a book, into `target/book`.
    Book,
    /// Checks the machine code of bcrypt's lanes.
    CheckMachineCode,
    /// Rewrites the generated files.
    Generate,
    /// Measures the server as shipped, and prints a table. Takes minutes, and needs the machine for itself.
    Bench {
        /// Only these parts.
        parts: Vec<String>,
    },
    /// Runs MongoDB and Redis for tests until it is interrupted, and prints the two variables that name them.
    Servers,
    /// Has the program write a product, and checks that as its authors would.
    NewProduct,
    /// Runs Palisade behind a real nginx, which is installed into a cache folder if missing. Needs Node.js.
    Proxies,
    /// Signs in through providers that other people wrote. Needs Node.js and Python, and downloads the providers.
    Oauth,
    /// Runs the limiter's tests against a third-party server of Upstash's protocol. Needs Node.js.
    Upstash,
    /// Runs the API tests on MongoDB behind the runtime of Vercel's functions. Takes half an hour.
    Vercel,
    /// Builds the Next.js example and drives it and the built-in pages. Needs Node.js; with Chromium it tests more.
    Web {
        /// Only rewrite the types that the example generates from the interface.
        #[arg(long)]
        types: bool,
    },
}

fn main() -> ExitCode {
    let task = Arguments::parse().task;
    match run(&task, &Repository::here(), &mut Console(&mut std::io::stdout())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            Console(&mut std::io::stderr()).line(format_args!("\n{failure}"));
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task, repository: &Repository, console: &mut Console<'_>) -> Result<(), Failure> {
    match task {
        Task::Test { fast } => steps::test(repository, console, *fast),
        Task::Ci => steps::ci(repository, console),
        Task::CheckManifests => manifests::check(repository),
        Task::CheckSources => sources::check(repository),
        Task::CheckLinks => links::check(repository),
        Task::Book => steps::alone("book", repository, console),
        Task::CheckMachineCode => steps::alone("machine code of the lanes", repository, console),
        Task::Generate => generate::write(repository, console),
        Task::Bench { parts } => bench::run(repository, parts),
        Task::Servers => servers::keep(repository, console),
        Task::NewProduct => steps::alone("a new product", repository, console),
        Task::Proxies => steps::alone("proxies", repository, console),
        Task::Oauth => steps::alone("sign-in through providers", repository, console),
        Task::Upstash => steps::alone("another Upstash", repository, console),
        Task::Vercel => vercel::run(repository, console),
        Task::Web { types: true } => web::write_types(repository),
        Task::Web { types: false } => steps::alone("web", repository, console),
    }
}
