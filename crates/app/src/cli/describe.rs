//! The commands that describe without serving: `check`, `routes`, `openapi`. None of them touches the store.

use std::fmt::Write as _;

use palisade_core::config::{Config, Env};
use palisade_core::health::Health;
use palisade_core::identity::{Operator, PermissionName};
use palisade_core::limits::Policies;
use palisade_core::openapi::{self, Documentation, Info, Webhook};
use palisade_core::routes::{AccessKind, Declaration};
use palisade_core::routes::{Mounted, Mounts};
use palisade_modules::Services;
use palisade_modules::auth::FirstAdmin;
use palisade_modules::deployment::Service as Deployment;
use palisade_modules::jobs;
use palisade_modules::webhook::types::WebhookPayload;

use super::context::{Failure, Invocation, load, mistakes, runtime};
use super::scratch::Scratch;
use super::terminal;
use crate::product::Product;

/// `palisade check`: changes nothing; with `connect` it also tests the servers that the environment names; `strict`
/// fails on a warning.
pub(super) fn check(given: &Invocation<'_>, connect: bool, strict: bool) -> Result<(), Failure> {
    let mut report = Config::check(given.env).map_err(|errors| mistakes(&errors))?;
    let config = given.load_read_only()?;
    report.warnings.extend(unread_limits(given, &config)?);
    FirstAdmin::named_by(&config).map_err(|errors| mistakes(&errors))?;
    let header = ["VARIABLE", "VALUE", "FROM"].map(str::to_owned);
    let entries = report.entries.into_iter();
    let shown = |value: String| if value.is_empty() { "-".to_owned() } else { value };
    let rows = entries.map(|entry| [entry.name.to_owned(), shown(entry.value), entry.source.to_string()]);
    let mut text = table(&std::iter::once(header).chain(rows).collect::<Vec<_>>())?;
    text.push('\n');
    for note in &report.notes {
        writeln!(text, "{note}")?;
    }
    for warning in &report.warnings {
        writeln!(text, "warning: {warning}")?;
    }
    writeln!(text, "\nThe environment is valid.")?;
    terminal::print(&text)?;
    let mut warnings = report.warnings.len();
    if connect {
        warnings += check_connections(given, &config)?;
    }
    match warnings {
        one if strict && one == 1 => Err("there is a warning, and --strict".into()),
        several if strict && several > 1 => Err(format!("there are {several} warnings, and --strict").into()),
        _ => Ok(()),
    }
}

/// A warning for each rate limit of the environment that no policy has. The policies of a product are known once its routes
/// are mounted, which is why this also finds every other reason why they cannot be.
fn unread_limits(given: &Invocation<'_>, config: &Config) -> Result<Vec<String>, Failure> {
    let policies = match given.product.mount {
        Some(_) => policies(config, &mounted(given, given.env)?.1)?,
        None => config.policies([])?,
    };
    let warn = |name: String| format!("{name}: is not read; no policy has it");
    Ok(config.unread_quotas(&policies).into_iter().map(warn).collect())
}

/// The catalogue of the policies of these routes.
pub(super) fn policies(config: &Config, mounted: &Mounts) -> Result<Policies, Failure> {
    Ok(config.policies(mounted.iter().map(|route| route.declaration().policy))?)
}

/// One line for each part, whatever the others report; then the warnings, whose number it returns.
fn check_connections(given: &Invocation<'_>, config: &Config) -> Result<usize, Failure> {
    let tried = runtime()?.block_on(async {
        let operator = Operator::act(given.console, "check --connect");
        Box::pin(Deployment::check_connections(&operator, config, &given.system())).await
    });
    let rows: Vec<[String; 3]> = tried
        .iter()
        .map(|tried| {
            let (state, said) = match &tried.outcome {
                Ok(said) => ("ok", said),
                Err(reason) => ("failed", reason),
            };
            [tried.part.clone(), state.to_owned(), said.clone()]
        })
        .collect();
    let mut text = format!("\n{}", table(&rows)?);
    let warned = tried.iter().filter_map(|tried| Some((&tried.part, tried.warning.as_ref()?)));
    for (part, warning) in warned.clone() {
        writeln!(text, "warning: {part}: {warning}")?;
    }
    terminal::print(&text)?;
    match tried.iter().filter(|tried| tried.outcome.is_err()).count() {
        0 => Ok(warned.count()),
        1 => Err("one part failed".into()),
        several => Err(format!("{several} parts failed").into()),
    }
}

/// `palisade routes`: every route with its limit and its access rule, and the numbers of the limits.
pub(super) fn routes(given: &Invocation<'_>) -> Result<(), Failure> {
    let (config, mounted) = mounted(given, given.env)?;
    let header = ["METHOD", "PATH", "LIMIT", "ACCESS"].map(str::to_owned);
    let rows: Vec<[String; 4]> =
        std::iter::once(header).chain(by_path(&mounted).into_iter().map(row)).collect();
    let policies = policies(&config, &mounted)?;
    terminal::print(&format!("{}\n{policies}", table(&rows)?))
}

/// Columns of equal width.
pub(super) fn table<const N: usize>(rows: &[[String; N]]) -> Result<String, Failure> {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        writeln!(text, "{}", cells.join("  ").trim_end())?;
    }
    Ok(text)
}

/// The routes in the order of their paths.
pub(super) fn by_path(mounted: &Mounts) -> Vec<&Mounted> {
    let mut routes: Vec<&Mounted> = mounted.iter().collect();
    routes.sort_by_key(|route| (route.path(), route.declaration().method));
    routes
}

/// Method, path, limit and access of a route as text.
pub(super) fn row(mounted: &Mounted) -> [String; 4] {
    let declared = mounted.declaration();
    let (policy, tier) = (declared.policy.name(), declared.policy.tier().name());
    let limit = if policy == tier { policy.to_owned() } else { format!("{policy} ({tier})") };
    [declared.method.as_str().to_owned(), mounted.path().to_owned(), limit, access(declared)]
}

fn access(declared: &Declaration) -> String {
    match (declared.access, declared.permission) {
        (AccessKind::FreshPermission, Some(permission)) => format!("{}, fresh", permission.as_str()),
        (AccessKind::OwnerOrPermission, Some(permission)) => format!("owner or {}", permission.as_str()),
        (AccessKind::PermissionInPerson, Some(permission)) if declared.takes_keys => {
            format!("{} in person or key", permission.as_str())
        }
        (AccessKind::PermissionInPerson, Some(permission)) => format!("{}, in person", permission.as_str()),
        (_, Some(permission)) if declared.takes_keys => format!("{} or key", permission.as_str()),
        (_, Some(permission)) => permission.as_str().to_owned(),
        (AccessKind::Public, _) => "public".to_owned(),
        (AccessKind::Optional, _) => "optional".to_owned(),
        (AccessKind::Session | AccessKind::OwnerOrPermission, _) => "session".to_owned(),
        (AccessKind::InPerson | AccessKind::PermissionInPerson, _) => "in person".to_owned(),
        (AccessKind::Fresh | AccessKind::FreshPermission, _) => "fresh".to_owned(),
        (AccessKind::RefreshCookie, _) => "refresh cookie".to_owned(),
        (AccessKind::Loopback, _) => "this machine".to_owned(),
        (AccessKind::Scheduler, _) => "scheduler".to_owned(),
        (AccessKind::Permission, None) => "permission".to_owned(),
    }
}

/// `palisade openapi`: the document as the server serves it.
pub(super) fn openapi(given: &Invocation<'_>) -> Result<(), Failure> {
    let (config, mounted) = mounted(given, given.env)?;
    let mut text = String::from_utf8(openapi::document(&mounted, info(&config, given.product)).to_json())?;
    text.push('\n');
    terminal::print(&text)
}

/// The general data of this server's OpenAPI document.
pub fn info(config: &Config, product: &Product) -> Info {
    Info {
        title: config.app.name.to_string(),
        version: product.version.to_owned(),
        app_url: config.app.url.origin().as_str().to_owned(),
        password_min_length: config.rules().password_min_length,
        jobs: jobs::types::names(product.jobs),
        webhooks: vec![Webhook::of::<WebhookPayload>(
            "event",
            "An event of the audit.",
            "Signed as Standard Webhooks says: verify the headers `webhook-id`, `webhook-timestamp` and `webhook-signature` \
             over the body as received. An event may come twice, with the same `webhook-id`.",
        )],
        permissions: product.additions().rights().all().map(PermissionName::as_str).collect(),
    }
}

/// Every route that would be served. Routes are mounted over services, and services have a store: a temporary empty
/// one, because a list of routes must not create a database.
pub(super) fn mounted(given: &Invocation<'_>, env: &Env) -> Result<(Config, Mounts), Failure> {
    Config::check(env).map_err(|errors| mistakes(&errors))?;
    let scratch = Scratch::new()?;
    let config = load(&scratch.instead_of_the_store(env))?;
    let services = runtime()?.block_on(Services::open(given.console, &config, given.system()))?;
    let mounted = given.mount(&config, &services, &Health::new(), &Documentation::new())?;
    Ok((config, mounted))
}
