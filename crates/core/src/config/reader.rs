//! Reads declared variables from an environment and collects all mistakes.
//!
//! Nothing fails here: every call returns a value to continue with, so one run finds all mistakes.

use std::fmt;
use std::path::PathBuf;

use super::env::{AppEnv, Env, Given};
use super::secret_file::read_secret;
use super::settings::{Definition, Problem, Setting};
use crate::utils::crypto::secret::{ExposeSecret as _, SecretString, constant_time_eq};

/// One mistake in the environment. Contains no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The variable, as the operator has to write it.
    pub variable: String,
    /// The problem.
    pub problem: String,
    /// The expected value.
    pub expected: String,
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; expected {}", self.variable, self.problem, self.expected)
    }
}

/// All mistakes in the environment, one a line. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigErrors {
    mistakes: Vec<Mistake>,
}

impl ConfigErrors {
    /// The errors; `None` if there are none.
    pub fn of(mistakes: Vec<Mistake>) -> Option<Self> {
        (!mistakes.is_empty()).then_some(Self { mistakes })
    }

    /// First the mistakes of single variables, in the order of the documentation; then the mistakes of
    /// combinations.
    pub fn mistakes(&self) -> &[Mistake] {
        &self.mistakes
    }
}

impl From<Mistake> for ConfigErrors {
    fn from(mistake: Mistake) -> Self {
        Self { mistakes: vec![mistake] }
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (line, mistake) in self.mistakes.iter().enumerate() {
            if line > 0 {
                f.write_str("\n")?;
            }
            mistake.fmt(f)?;
        }
        Ok(())
    }
}

/// The origin of the value in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// The variable is not set; its default applies.
    Default,
    /// The variable is not set; the value of this other variable applies.
    Follows(&'static str),
    /// The variable is not set and has no value; the text says what that means.
    Unset(&'static str),
    /// The variable itself.
    Environment,
    /// The file that its `…_FILE` names.
    File(PathBuf),
}

impl Source {
    /// Whether the environment gives the value.
    fn is_given(&self) -> bool {
        matches!(self, Self::Environment | Self::File(_))
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Follows(other) => write!(f, "as {other}"),
            Self::Unset(meaning) => write!(f, "not set: {meaning}"),
            Self::Environment => f.write_str("env"),
            Self::File(path) => write!(f, "file {}", path.display()),
        }
    }
}

/// One variable with the value in force, for the operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The variable.
    pub name: &'static str,
    /// Its value; for a secret only that there is one. Empty if there is none.
    pub value: String,
    /// The origin of the value.
    pub source: Source,
}

/// Collects values, mistakes and warnings.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    env: &'a Env,
    app_env: AppEnv,
    mistakes: Vec<Mistake>,
    failed: Vec<&'static str>,
    entries: Vec<Entry>,
    warnings: Vec<String>,
    secrets: Vec<(&'static str, SecretString)>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(env: &'a Env, app_env: AppEnv) -> Self {
        Self {
            env,
            app_env,
            mistakes: Vec::new(),
            failed: Vec::new(),
            entries: Vec::new(),
            warnings: Vec::new(),
            secrets: Vec::new(),
        }
    }

    pub(super) fn env(&self) -> &'a Env {
        self.env
    }

    pub(super) fn is_production(&self) -> bool {
        self.app_env == AppEnv::Production
    }

    /// The value, or that of the default text. `default` must parse: a test checks all of them.
    #[expect(
        clippy::expect_used,
        reason = "a default is a literal of this program, and a test parses every one"
    )]
    pub(super) fn or_default<T: Setting>(
        &mut self,
        definition: &'static Definition,
        default: &'static str,
    ) -> T {
        self.value(definition, (default.to_owned(), Source::Default))
            .unwrap_or_else(|| T::parse(default).expect("a default is valid"))
    }

    /// The value, or that of another variable.
    pub(super) fn or_like<T: Setting + Clone>(
        &mut self,
        definition: &'static Definition,
        other_name: &'static str,
        other: &T,
    ) -> T {
        self.value(definition, (other.show(), Source::Follows(other_name))).unwrap_or_else(|| other.clone())
    }

    /// The value, if there is one.
    pub(super) fn optional<T: Setting>(
        &mut self,
        definition: &'static Definition,
        otherwise: &'static str,
    ) -> Option<T> {
        self.value(definition, (String::new(), Source::Unset(otherwise)))
    }

    /// The value; production refuses to start without it.
    pub(super) fn required<T: Setting>(
        &mut self,
        definition: &'static Definition,
        otherwise: &'static str,
    ) -> Option<T> {
        let value = self.value(definition, (String::new(), Source::Unset(otherwise)));
        self.demand(definition);
        value
    }

    /// Refuses a production in which a variable is not set.
    pub(super) fn demand(&mut self, definition: &'static Definition) {
        if self.is_production() && !self.is_given(definition) && !self.failed(definition) {
            self.refuse(definition, "is not set, and production does not start without it");
        }
    }

    /// Records a mistake in a value that could be read.
    pub(super) fn refuse(&mut self, definition: &'static Definition, problem: impl Into<String>) {
        let expected = (definition.expects)();
        self.refuse_for(definition, problem, expected);
    }

    /// Records a mistake, with the expected value.
    pub(super) fn refuse_for(
        &mut self,
        definition: &'static Definition,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.failed.push(definition.name);
        self.mistake(definition.name, problem, expected);
    }

    /// Records a mistake in something that is not a declared variable.
    pub(super) fn mistake(
        &mut self,
        variable: impl Into<String>,
        problem: impl Into<String>,
        expected: impl Into<String>,
    ) {
        self.mistakes.push(Mistake {
            variable: variable.into(),
            problem: problem.into(),
            expected: expected.into(),
        });
    }

    /// Checks a rule between two variables, unless one of them is already known to be wrong: then the rule would
    /// judge a default that nobody chose.
    pub(super) fn relate(
        &mut self,
        definition: &'static Definition,
        other: &'static Definition,
        holds: bool,
        rule: &str,
    ) {
        if !holds && !self.failed(definition) && !self.failed(other) {
            let (name, other) = (definition.name, other.name);
            self.mistake(name, format!("does not fit {other}"), format!("{name} {rule} {other}"));
        }
    }

    pub(super) fn failed(&self, definition: &'static Definition) -> bool {
        self.failed.contains(&definition.name)
    }

    /// Another default than the declared one, for a variable that is not set.
    pub(super) fn instead_of_the_default(&mut self, definition: &'static Definition, shown: String) {
        let unset = |entry: &&mut Entry| entry.name == definition.name && entry.source == Source::Default;
        if let Some(entry) = self.entries.iter_mut().find(unset) {
            entry.value = shown;
        }
    }

    pub(super) fn is_given(&self, definition: &'static Definition) -> bool {
        self.entries.iter().any(|entry| entry.name == definition.name && entry.source.is_given())
    }

    pub(super) fn warn(&mut self, warning: impl Into<String>) {
        self.warnings.push(warning.into());
    }

    /// Remembers a secret, to find the same one under another name.
    pub(super) fn keep(&mut self, definition: &'static Definition, secret: &str) {
        self.secrets.push((definition.name, SecretString::from(secret)));
    }

    /// One secret, one purpose: a leak in one place must not be a leak in another.
    pub(super) fn refuse_reused_secrets(&mut self) {
        let mut reused = Vec::new();
        for (at, (name, secret)) in self.secrets.iter().enumerate() {
            let earlier = self.secrets.iter().take(at);
            if let Some((other, _)) =
                earlier.clone().find(|(other, text)| other != name && is_same(text, secret))
            {
                reused.push((*name, *other));
            }
        }
        for (name, other) in reused {
            self.mistake(name, format!("is the same secret as {other}"), "a different secret");
        }
    }

    /// The values, or the mistakes.
    pub(super) fn finish(self) -> Result<(Vec<Entry>, Vec<String>), ConfigErrors> {
        if self.mistakes.is_empty() {
            Ok((self.entries, self.warnings))
        } else {
            Err(ConfigErrors { mistakes: self.mistakes })
        }
    }

    /// The value; `otherwise` records what applies without one.
    fn value<T: Setting>(
        &mut self,
        definition: &'static Definition,
        otherwise: (String, Source),
    ) -> Option<T> {
        let mut read = None;
        self.read(definition, otherwise, &mut |text| {
            let value = T::parse(text)?;
            let shown = value.show();
            read = Some(value);
            Ok(shown)
        });
        read
    }

    /// The same, for a value whose type is not known here: `accept` returns what an operator may see of it.
    pub(super) fn read(
        &mut self,
        definition: &'static Definition,
        otherwise: (String, Source),
        accept: &mut dyn FnMut(&str) -> Result<String, Problem>,
    ) {
        let Some((text, source)) = self.text(definition) else {
            let (value, source) = otherwise;
            self.entries.push(Entry { name: definition.name, value, source });
            return;
        };
        match accept(text.expose_secret()) {
            Ok(value) => self.entries.push(Entry { name: definition.name, value, source }),
            Err(problem) => {
                let quoted = if definition.secret { String::new() } else { quote(text.expose_secret()) };
                self.refuse(definition, format!("{problem}{quoted}"));
            }
        }
    }

    /// The text of a variable, or of the file its `…_FILE` names. An empty one counts as not set.
    fn text(&mut self, definition: &'static Definition) -> Option<(SecretString, Source)> {
        let plain = match self.env.get(definition.name) {
            Given::Nothing => None,
            Given::Text(text) => Some(text),
            Given::NotUnicode => {
                self.refuse(definition, "is not UTF-8");
                return None;
            }
        };
        if !definition.secret {
            return plain.map(|text| (SecretString::from(text), Source::Environment));
        }
        let file_name = file_variable(definition.name);
        let path = match self.env.get(&file_name) {
            Given::Nothing => return plain.map(|text| (SecretString::from(text), Source::Environment)),
            Given::Text(path) => PathBuf::from(path),
            Given::NotUnicode => {
                self.failed.push(definition.name);
                self.mistake(file_name, "is not UTF-8", "the path of a readable file");
                return None;
            }
        };
        if plain.is_some() {
            self.failed.push(definition.name);
            let problem = format!("is set together with {}", definition.name);
            self.mistake(file_name, problem, "only one of the two");
            return None;
        }
        match read_secret(&path) {
            Ok(text) => Some((text, Source::File(path))),
            Err(problem) => {
                self.failed.push(definition.name);
                let problem = format!("{problem}: {}", path.display());
                self.mistake(file_name, problem, "the path of a readable file that holds only the secret");
                None
            }
        }
    }
}

/// The name of the variable that names a file for a secret.
pub(super) fn file_variable(name: &str) -> String {
    format!("{name}_FILE")
}

fn is_same(one: &SecretString, other: &SecretString) -> bool {
    constant_time_eq(one.expose_secret().as_bytes(), other.expose_secret().as_bytes())
}

/// The start of a value, escaped, so that a mistyped one can be recognized and none can forge a line.
fn quote(text: &str) -> String {
    const SHOWN: usize = 60;
    let start: String = text.chars().take(SHOWN).collect();
    let more = if start.len() < text.len() { "…" } else { "" };
    format!(" ({start:?}{more})")
}
