//! The two texts that come from the declarations: the example environment and the operator's table.

use std::fmt::Write as _;

use super::not_built;
use super::sections::SECTIONS;
use super::settings::{Definition, Presence};

/// The text of `.env.example`: every variable, commented out, with its default or an example.
pub fn render_env_example() -> String {
    let mut text = String::from(
        "# Every setting of the server, generated from its declarations; docs/configuration.md explains more.\n\
         # The server reads its environment and no file: load a copy of this one with your process manager, or\n\
         #   set -a; . ./.env; set +a\n\
         # An empty value counts as not set. Durations are written 30s, 10m, 1h, 14d.\n",
    );
    for section in SECTIONS {
        let _ = write!(text, "\n# {0}\n# {1}\n", section.title, "-".repeat(section.title.len()));
        for definition in section.definitions {
            text.push('\n');
            for line in wrapped(&sentence(definition), 108) {
                let _ = writeln!(text, "# {line}");
            }
            let value = example_value(definition);
            let value = if value.contains([' ', '<']) { format!("\"{value}\"") } else { value.to_owned() };
            let _ = writeln!(text, "#{}={value}", definition.name);
        }
    }
    text
}

/// The text of `docs/configuration.md`.
pub fn render_markdown() -> String {
    let mut text = String::from(INTRODUCTION);
    for section in SECTIONS {
        let _ = write!(
            text,
            "\n## {}\n\n| variable | what it is for | accepted | when not set |\n|---|---|---|---|\n",
            section.title
        );
        for definition in section.definitions {
            let file = if definition.secret { " 🔒" } else { "" };
            let _ = writeln!(
                text,
                "| `{}`{file} | {} | {} | {} |",
                definition.name,
                cell(definition.doc),
                cell(&(definition.expects)()),
                cell(&absence(definition)),
            );
        }
    }
    text.push_str(CLOSING);
    for feature in not_built::FEATURES {
        let settings: Vec<String> = feature.settings.iter().map(|name| format!("`{name}`")).collect();
        let _ = writeln!(text, "- {}: {}", feature.name, settings.join(", "));
    }
    text
}

const INTRODUCTION: &str = "\
# Configuration

Generated from the declarations in `crates/core/src/config` by `cargo xtask generate`.

The server is configured by its environment alone. `palisade check` reads it without starting and prints every
mistake at once. An empty value counts as not set. A variable that looks like one of these and is none is reported.

A variable with 🔒 is a secret: it is never printed, and it can be given as a file instead, by its name with `_FILE`
at the end (`SECRET_KEYS_FILE=/run/secrets/keys`). One trailing newline is ignored; giving both is a mistake.

**Development** (`APP_ENV=development`, the default) is loopback by construction. It refuses to start

- when `HOST` or `APP_URL` is not loopback,
- on Vercel (`VERCEL` is set) and on Kubernetes (`KUBERNETES_SERVICE_HOST` is set),
- as process 1, which outside a container is never this program. A shell inside a container is no such case.

It makes its `SECRET_KEYS` once and keeps them beside the embedded store (`data/palisade.db.dev-secrets`, mode 0600). If
others can read that file it is refused, not repaired: what lay open may be known. On MongoDB they are kept in the folder
where the embedded store would be (`data/<database>.mongodb.dev-secrets`).

**Production** refuses to start without what is marked *required*, and with: an `APP_URL` or an origin that is not
`https`, a wildcard origin, a secret that is a sample, easily guessed, used twice or made for development, and a store
that was used in development.

**MongoDB** (`DATABASE_URL=mongodb://…`) is 6.0 or newer and a replica set or a sharded cluster; one server is enough
when it is started with `--replSet rs0` and `rs.initiate()` was run once. Its user needs the role `readWrite` on the one
database and no other. The options of the address are those of any connection string (`tls`, `tlsCAFile`, `authSource`,
`maxPoolSize`, `maxIdleTimeMS`, `serverSelectionTimeoutMS` …), but for three: what is written is acknowledged by a
majority, and what is read comes from the primary and stays, whatever `w`, `readConcernLevel` and `readPreference` say.
";

const CLOSING: &str = "
## Not available in this build

What these settings belong to is not built yet ([roadmap](roadmap.md)). The server knows them and refuses to start where
one is set, so that nobody relies on a value that changes nothing:

";

fn absence(definition: &Definition) -> String {
    match definition.presence {
        Presence::Default(text) => format!("`{text}`"),
        Presence::Follows(name) => format!("as `{name}`"),
        Presence::Optional(text) => text.to_owned(),
        Presence::Required(text) => format!("*required in production*; {text}"),
    }
}

fn sentence(definition: &Definition) -> String {
    let absence = match definition.presence {
        Presence::Default(_) => String::new(),
        Presence::Follows(name) => format!(" Not set: as {name}."),
        Presence::Optional(text) => format!(" Not set: {text}."),
        Presence::Required(text) => format!(" Required in production; {text}."),
    };
    let file = if definition.secret { format!(" Or {}_FILE.", definition.name) } else { String::new() };
    let text = format!("{} Accepted: {}.{absence}{file}", definition.doc.trim(), (definition.expects)());
    text.replace('`', "")
}

fn example_value(definition: &Definition) -> &'static str {
    match (definition.example, definition.presence) {
        (Some(example), _) => example,
        (None, Presence::Default(text)) => text,
        (None, _) => "",
    }
}

fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
