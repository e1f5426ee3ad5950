//! The two texts that are generated from the declarations: the example environment and the operator's table.

use std::fmt::Write as _;

use super::own_settings::OwnVariables;
use super::settings::{Definition, Presence};

/// The text of `.env.example`: every variable, commented out, with its default or an example.
pub fn render_env_example(own: &OwnVariables) -> String {
    let mut text = String::from(
        "# Every setting of the server, generated from its declarations; docs/configuration.md explains more.\n\
         # The server reads its environment and no file: load a copy of this one with your process manager, or\n\
         #   set -a; . ./.env; set +a\n\
         # An empty value counts as not set. Durations are written 30s, 10m, 1h, 14d.\n",
    );
    for section in own.sections() {
        let _ = write!(text, "\n# {0}\n# {1}\n", section.title, "-".repeat(section.title.len()));
        for definition in section.definitions {
            text.push('\n');
            for line in wrapped(&sentence(definition), 108) {
                let _ = writeln!(text, "# {line}");
            }
            let value = example_value(definition, own);
            let value = if value.contains([' ', '<']) { format!("\"{value}\"") } else { value.to_owned() };
            let _ = writeln!(text, "#{}={value}", example_name(definition));
        }
    }
    text
}

/// The text of `docs/configuration.md`.
pub fn render_markdown(own: &OwnVariables) -> String {
    let mut text = String::from(INTRODUCTION);
    for section in own.sections() {
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
                cell(&absence(definition, own)),
            );
        }
    }
    text
}

const INTRODUCTION: &str = "\
# Configuration

Generated from the declarations in `crates/core/src/config` by `cargo xtask generate`.

Only the environment configures the server. `palisade check` reads it without starting the server and prints every
mistake at once. An empty value counts as not set. `check` and the server report unknown variables that look like one of these.

A variable with 🔒 is a secret: the server never prints it, and you can put it into a file and name that file in the
variable with `_FILE` at the end (`SECRET_KEYS_FILE=/run/secrets/keys`). The server ignores one trailing newline. Setting
both is a mistake.

**Development** (`APP_ENV=development`, the default) is loopback by construction. It refuses to start

- when `HOST` or `APP_URL` is not loopback,
- on Vercel (`VERCEL` is set) and on Kubernetes (`KUBERNETES_SERVICE_HOST` is set),
- as process 1, which outside a container is never this program. A server that a shell inside a container starts is not
  process 1.

It creates its `SECRET_KEYS` once and keeps them beside the embedded store (`data/palisade.db.dev-secrets`, mode 0600). If
other users can read that file, the server refuses it and does not repair it: they may know the keys. With MongoDB the file
is in the folder where the embedded store would be (`data/<database>.mongodb.dev-secrets`).

**Production** refuses to start without the variables marked *required*. It also refuses an `APP_URL` or an origin that is
not `https`, a wildcard origin, a secret that is a sample, easily guessed, used twice or created for development, and a
store that was used in development.

**MongoDB** (`DATABASE_URL=mongodb://…`) must be 6.0 or newer and a replica set or a sharded cluster. One server is enough
if you start it with `--replSet rs0` and run `rs.initiate()` once. Its user needs only the role `readWrite` on that
database. The options of the address are those of any connection string (`tls`, `tlsCAFile`, `authSource`,
`maxPoolSize`, `maxIdleTimeMS`, `serverSelectionTimeoutMS` …), except three. Whatever `w`, `readConcernLevel` and
`readPreference` say, a majority acknowledges each write, and each read comes from the primary and sees only data that no
election takes back.
";

/// What applies without the variable: a product has a name of its own.
fn presence(definition: &Definition, own: &OwnVariables) -> Presence {
    if definition.name == "APP_NAME" { Presence::Default(own.name) } else { definition.presence }
}

fn absence(definition: &Definition, own: &OwnVariables) -> String {
    match presence(definition, own) {
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

/// The name, with one that an operator could choose.
fn example_name(definition: &Definition) -> String {
    definition.name.replace("<NAME>", "ACME")
}

fn example_value(definition: &Definition, own: &OwnVariables) -> &'static str {
    match (definition.example, presence(definition, own)) {
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
