//! What can be said without serving: `check`, `routes`, `openapi`.

use std::fmt::Write as _;

use palisade_core::config::{Config, Env};
use palisade_core::health::Health;
use palisade_core::lifecycle::AccessKind;
use palisade_core::openapi::{self, Documentation, Info};
use palisade_core::routes::{Declaration, Mounted};
use palisade_modules::Services;

use super::{Failure, load, runtime, system, terminal};

/// `palisade check`: touches nothing.
pub(super) fn check(env: &Env) -> Result<(), Failure> {
    let report = Config::check(env)?;
    let width = report.entries.iter().map(|entry| entry.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for entry in &report.entries {
        writeln!(text, "{:width$}  {}  ({})", entry.name, entry.value, entry.source)?;
    }
    for note in &report.notes {
        writeln!(text, "note: {note}")?;
    }
    for warning in &report.warnings {
        writeln!(text, "warning: {warning}")?;
    }
    writeln!(text, "The environment is valid.")?;
    terminal::print(&text)
}

/// `palisade routes`: every route with its limit and its access rule.
pub(super) fn routes(env: &Env) -> Result<(), Failure> {
    let mounted = mounted(env)?;
    let rows: Vec<[String; 4]> = mounted.iter().map(row).collect();
    let header = ["METHOD", "PATH", "LIMIT", "ACCESS"].map(str::to_owned);
    let mut widths = [0; 4];
    for row in std::iter::once(&header).chain(&rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = String::new();
    for row in std::iter::once(&header).chain(&rows) {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end())?;
    }
    terminal::print(&text)
}

fn row(mounted: &Mounted) -> [String; 4] {
    let declared = &mounted.declaration;
    let limit = format!("{} ({})", declared.policy.name(), declared.policy.tier().name());
    [declared.method.as_str().to_owned(), mounted.path.clone(), limit, access(declared)]
}

fn access(declared: &Declaration) -> String {
    match (declared.access, declared.permission) {
        (_, Some(permission)) => permission.to_owned(),
        (AccessKind::Public, _) => "public".to_owned(),
        (AccessKind::Optional, _) => "optional".to_owned(),
        (AccessKind::Session, _) => "session".to_owned(),
        (AccessKind::RefreshCookie, _) => "refresh cookie".to_owned(),
        (AccessKind::Loopback, _) => "this machine".to_owned(),
        (AccessKind::Permission, None) => "permission".to_owned(),
    }
}

/// `palisade openapi`: the document as it is served.
pub(super) fn openapi(env: &Env) -> Result<(), Failure> {
    let config = load(env)?;
    let mounted = mounted(env)?;
    let mut text = String::from_utf8(openapi::document(&mounted, info(&config)).to_json())?;
    text.push('\n');
    terminal::print(&text)
}

/// What the OpenAPI document says about this server.
pub fn info(config: &Config) -> Info {
    Info {
        title: palisade_core::server::PRODUCT.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        app_url: config.app.url.origin().as_str().to_owned(),
    }
}

fn mounted(env: &Env) -> Result<Vec<Mounted>, Failure> {
    let config = load(env)?;
    let services = runtime()?.block_on(Services::open(&config, system()))?;
    Ok(crate::api::mount(&config, &services, &Health::new(), &Documentation::new()).finish()?)
}
