//! Settings: one declaration gives the field, the parser, the example file and the documentation.
//!
//! Every rule about a single variable is in the [`Setting`] of its type and nowhere else.

use std::borrow::Cow;

/// The mistake in a value, as the end of a sentence that starts with the variable's name. It never quotes the
/// value: the reader does that, and only for variables that are not secret.
pub type Problem = Cow<'static, str>;

/// A type that can be read from one environment variable. [`parse`](Self::parse) is the only constructor that a
/// configuration uses, so a value that it refuses cannot be configured.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a setting",
    label = "not a `Setting`",
    note = "use a type with bounds (`palisade_core::config::values::Count<1, 100>`), or implement `palisade_core::config::settings::Setting`: its `parse` is the only place of the rule"
)]
pub trait Setting: Sized {
    /// Whether the text may hold a secret. Such a value is never printed and can also be given as `…_FILE`.
    const SECRET: bool = false;

    /// The accepted values, with bounds and units: "a whole number from 12 to 16".
    fn expects() -> String;

    /// Reads the text.
    ///
    /// # Errors
    /// The mistake, without quoting the text.
    fn parse(text: &str) -> Result<Self, Problem>;

    /// The value as it may be shown to an operator: a secret shows neither itself nor its length.
    fn show(&self) -> String;
}

/// The effect of a variable that is not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// This text is parsed instead.
    Default(&'static str),
    /// The value of another variable applies.
    Follows(&'static str),
    /// Nothing is configured; the text says what that means.
    Optional(&'static str),
    /// Production refuses to start; the text says what development does.
    Required(&'static str),
}

/// One environment variable, without its type.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The name in the environment.
    pub name: &'static str,
    /// The purpose.
    pub doc: &'static str,
    /// The effect if it is not set.
    pub presence: Presence,
    /// Whether the value is never shown and may come from `…_FILE`.
    pub secret: bool,
    /// The accepted values.
    pub expects: fn() -> String,
    /// An example for a variable without a default.
    pub example: Option<&'static str>,
}

/// What stands in the name of a setting for a name that an operator chooses.
const CHOSEN: &str = "<NAME>";

impl Definition {
    /// Whether an operator chooses a part of the name, so that there may be any number of such variables.
    pub fn is_of_many(&self) -> bool {
        self.name.contains(CHOSEN)
    }

    /// Whether this variable is meant, by itself or by the file of a secret.
    pub(super) fn is_meant_by(&self, variable: &str) -> bool {
        self.chosen(variable).is_some()
    }

    /// The name that an operator chose, if this variable is meant; empty for a setting whose name is fixed.
    pub(super) fn chosen<'a>(&self, variable: &'a str) -> Option<&'a str> {
        let file = variable.strip_suffix("_FILE").filter(|_| self.secret);
        [Some(variable), file].into_iter().flatten().find_map(|variable| match self.name.split_once(CHOSEN) {
            None => (self.name == variable).then_some(""),
            Some((before, after)) => variable
                .strip_prefix(before)
                .and_then(|rest| rest.strip_suffix(after))
                .filter(|chosen| !chosen.is_empty()),
        })
    }

    /// The setting with this name chosen. It stays in memory: a process reads its environment once.
    pub(super) fn with_name(&'static self, chosen: &str) -> &'static Self {
        let name = self.name.replace(CHOSEN, chosen);
        Box::leak(Box::new(Self { name: Box::leak(name.into_boxed_str()), ..*self }))
    }
}

/// The variables of one concern.
#[derive(Clone, Copy, Debug)]
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// In the order they are declared.
    pub definitions: &'static [&'static Definition],
}

/// Declares the settings of one concern:
///
/// ```text
/// settings! {
///     /// What the struct is.
///     pub struct HashSettings in "Passwords" {
///         /// What the variable is for: rustdoc and the operator's table alike.
///         cost: BcryptCost = BCRYPT_COST default("12");
///         /// …
///         login: Quota = RATE_LIMIT_LOGIN follows(strict RATE_LIMIT_STRICT);
///         /// …
///         host: Host = HOST optional("127.0.0.1 in development");
///         /// …
///         keys: Keys = SECRET_KEYS required("made once in development") like "2026a:…";
///     }
/// }
/// ```
///
/// A field with `default` or `follows` has the type itself, one with `optional` or `required` an `Option` of it. The types and
/// the definitions are those of the exported [`settings!`](crate::settings!), for products; only who reads them differs.
macro_rules! settings {
    (@read $reader:ident $definition:path, default ($text:literal)) => { $reader.or_default($definition, $text) };
    (@read $reader:ident $definition:path, follows ($field:ident $name:ident)) => { $reader.or_like($definition, stringify!($name), &$field) };
    (@read $reader:ident $definition:path, optional ($text:literal)) => { $reader.optional($definition, $text) };
    (@read $reader:ident $definition:path, required ($text:literal)) => { $reader.required($definition, $text) };

    ($(#[$meta:meta])* $vis:vis struct $name:ident in $section:literal {
        $(
            $(#[doc = $doc:literal])+
            $field:ident : $type:ty = $variable:ident $presence:ident $arguments:tt $(like $example:literal)?;
        )+
    }) => {
        $(#[$meta])*
        #[derive(Clone, Debug)]
        $vis struct $name {
            $($(#[doc = $doc])+ pub $field: $crate::settings!(@type $presence $type),)+
        }

        impl $name {
            $(
                pub(in $crate::config) const $variable: &'static $crate::config::settings::Definition =
                    $crate::settings!(@definition $variable [$($doc),+] $type, $presence $arguments $($example)?);
            )+

            pub(in $crate::config) const SECTION: $crate::config::settings::Section =
                $crate::config::settings::Section { title: $section, definitions: &[$(Self::$variable),+] };

            pub(in $crate::config) fn read(reader: &mut $crate::config::reader::Reader<'_>) -> Self {
                $(let $field = $crate::config::settings::settings!(@read reader Self::$variable, $presence $arguments);)+
                Self { $($field),+ }
            }
        }
    };
}

pub(crate) use settings;
