//! The files of this repository that only the product can write, for `cargo xtask generate`.

use std::fmt::Write as _;

use palisade_core::config::{self, Env};
use palisade_core::limits::{Bucket, ResolvedPolicy};
use palisade_modules::audit::types::EventType;

use super::context::{Failure, Invocation};
use super::describe::{by_path, mounted, policies, row};
use super::terminal;

/// One file.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(super) enum Generated {
    /// `.env.example`
    EnvExample,
    /// `docs/configuration.md`
    Configuration,
    /// `docs/routes.md`
    Routes,
    /// `docs/errors.md`
    Errors,
    /// `docs/events.md`
    Events,
}

/// `palisade generate`. Independent of the environment, because the committed files must not depend on it.
pub(super) fn generate(given: &Invocation<'_>, what: Generated) -> Result<(), Failure> {
    let own = given.product.variables();
    terminal::print(&match what {
        Generated::EnvExample => config::render_env_example(&own) + &own_limits(given)?,
        Generated::Configuration => config::render_markdown(&own),
        Generated::Routes => routes(given)?,
        Generated::Errors => errors(given)?,
        Generated::Events => events()?,
    })
}

/// The part of `.env.example` about the policies of the product.
fn own_limits(given: &Invocation<'_>) -> Result<String, Failure> {
    let (config, mounted) = mounted(given, &Env::default().of_product(given.product.variables()))?;
    let (policies, ours) = (policies(&config, &mounted)?, config.policies([])?);
    let ours: Vec<&str> = ours.iter().flat_map(ResolvedPolicy::buckets).map(Bucket::variable).collect();
    let mut text = String::new();
    for bucket in policies.iter().flat_map(ResolvedPolicy::buckets) {
        if ours.contains(&bucket.variable()) {
            continue;
        }
        if text.is_empty() {
            text.push_str("\n# Rate limits of this product\n# ----------------------------\n\n");
        }
        writeln!(text, "#{}={}", bucket.variable(), bucket.quota())?;
    }
    Ok(text)
}

const ROUTES: &str = "\
# Routes

Generated from the declarations in `crates/app/src/api` by `cargo xtask generate`. `palisade routes` prints the routes of
your server; its `/docs` and `/api/v1/openapi.json` describe the input and the answers of each route.

- **limit**: the policy of the route, and in parentheses its tier, unless the policy is the tier itself.
  The numbers are in [configuration.md](configuration.md#rate-limits).
- **access**: `public` is anyone; `optional` is anyone, and a signed-in caller is known; `session` requires signing in;
  `in person` refuses administrators who [impersonate](impersonation.md) the user; `fresh` does so too and requires a sign-in
  within `FRESH_TTL` or the password; `refresh cookie` requires that cookie; `this machine` exists only in development, and
  other machines get 404; a word in capitals is the required permission, and with `or key` an [API key](api-keys.md) that has
  it will do as well; `owner or` a permission is whoever is signed in for what belongs to them, and the permission for the rest.

| method | path | limit | access | purpose |
|---|---|---|---|---|
";

fn routes(given: &Invocation<'_>) -> Result<String, Failure> {
    let mut text = String::from(ROUTES);
    for route in by_path(&mounted(given, &Env::default().of_product(given.product.variables()))?.1) {
        let [method, path, limit, access] = row(route);
        let access = match route.declaration().permission {
            Some(permission) => {
                access.replacen(permission.as_str(), &format!("`{}`", permission.as_str()), 1)
            }
            None => access,
        };
        let summary = cell(route.declaration().summary);
        writeln!(text, "| {method} | `{path}` | {limit} | {access} | {summary} |")?;
    }
    Ok(text)
}

const ERRORS: &str = "\
# Errors

Generated from the catalogues by `cargo xtask generate`. An error has this form:

```json
{\"success\":false,\"error\":{\"message\":\"…\",\"code\":\"…\"},\"meta\":{\"requestId\":\"…\"}}
```

Tell errors apart by `code`, which does not change. `message` is for people and may say more than the one shown here.
`VALIDATION_FAILED` adds `details`, one for each mistake: `{\"field\",\"code\",\"message\"}`. `GET /api/v1/health` adds
`dependencies`, the state of each by its name.

| status | code | message | when |
|---|---|---|---|
";

fn errors(given: &Invocation<'_>) -> Result<String, Failure> {
    let mut text = String::from(ERRORS);
    let mut codes = given.product.error_codes();
    codes.sort_by_key(|code| (code.status, code.name));
    for code in codes {
        let (message, meaning) = (cell(code.message), cell(code.meaning));
        let name = code.name;
        writeln!(text, "| {} | <a id=\"{name}\"></a>`{name}` | {message} | {meaning} |", code.status)?;
    }
    Ok(text)
}

const EVENTS: &str = "\
# Events

Generated from the catalogue by `cargo xtask generate`. [The audit](audit.md) says what an event contains and how to read it.

| type | what happened |
|---|---|
";

fn events() -> Result<String, Failure> {
    let mut text = String::from(EVENTS);
    for kind in EventType::ALL {
        writeln!(text, "| `{kind}` | {} |", cell(kind.meaning()))?;
    }
    Ok(text)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
