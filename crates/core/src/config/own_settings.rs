//! The settings of a product: sections beside those of Palisade, read from the same environment at the same time, so that all
//! mistakes are found at once.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::settings::{Definition, Problem, Section, Setting};
use crate::utils::languages::ProductTexts;

/// The values of one section.
pub(super) type Values = Arc<dyn Any + Send + Sync>;

/// A section of settings of a product. Created only by [`settings!`](crate::settings!).
pub struct OwnSection {
    pub(super) section: Section,
    pub(super) of: TypeId,
    pub(super) read: fn(&mut OwnReader<'_>) -> Option<Values>,
}

impl OwnSection {
    /// For [`settings!`](crate::settings!).
    #[doc(hidden)]
    pub const fn declare<T: Settings>(
        section: Section,
        read: fn(&mut OwnReader<'_>) -> Option<Values>,
    ) -> Self {
        Self { section, of: TypeId::of::<T>(), read }
    }
}

impl fmt::Debug for OwnSection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.section.title)
    }
}

/// Settings that a product declares with [`settings!`](crate::settings!).
pub trait Settings: Clone + Send + Sync + 'static {
    /// Their section, for the value that describes the product.
    const OWN: &'static OwnSection;
}

/// What a product changes about the environment: its name, unless `APP_NAME` says another one, its settings and its texts.
#[derive(Clone, Copy, Debug)]
pub struct OwnVariables {
    /// Its name.
    pub name: &'static str,
    /// Its settings.
    pub sections: &'static [&'static OwnSection],
    /// Its texts, which LOCALES_DIR can replace.
    pub texts: ProductTexts,
}

impl OwnVariables {
    /// Palisade alone.
    pub const NONE: Self = Self { name: crate::PRODUCT, sections: &[], texts: ProductTexts::NONE };
}

/// The values of the settings of a product. `Debug` shows none.
#[derive(Clone, Default)]
pub struct OwnValues(pub(super) BTreeMap<TypeId, Values>);

impl OwnValues {
    /// The values of one section; `None` if the product does not list it.
    pub fn get<T: Settings>(&self) -> Option<&T> {
        self.0.get(&TypeId::of::<T>())?.downcast_ref()
    }
}

impl fmt::Debug for OwnValues {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} sections", self.0.len())
    }
}

/// What applies without a variable, as an operator reads it.
#[derive(Debug)]
pub(super) enum Unset {
    Default(String),
    Follows(&'static str, String),
    Optional(&'static str),
    Required(&'static str),
}

/// Who reads a variable and records its mistakes.
pub(super) trait Asked: fmt::Debug {
    /// Reads a variable. `accept` gets its text, if there is one, and returns what an operator may see of it.
    fn ask(
        &mut self,
        definition: &'static Definition,
        unset: Unset,
        accept: &mut dyn FnMut(&str) -> Result<String, Problem>,
    );

    /// Records a mistake.
    fn refuse(&mut self, definition: &'static Definition, problem: String);
}

/// Reads the settings of a product. Only [`settings!`](crate::settings!) calls it. `None` stands beside a mistake.
#[doc(hidden)]
#[derive(Debug)]
pub struct OwnReader<'a>(pub(super) &'a mut dyn Asked);

#[doc(hidden)]
impl OwnReader<'_> {
    fn ask<T: Setting>(&mut self, definition: &'static Definition, unset: Unset) -> Option<T> {
        let mut read = None;
        self.0.ask(definition, unset, &mut |text| {
            let value = T::parse(text)?;
            let shown = value.show();
            read = Some(value);
            Ok(shown)
        });
        read
    }

    pub fn default<T: Setting>(
        &mut self,
        definition: &'static Definition,
        default: &'static str,
    ) -> Option<T> {
        let Ok(otherwise) = T::parse(default) else {
            self.0.refuse(definition, format!("has a default that is not accepted ({default:?})"));
            return None;
        };
        Some(self.ask(definition, Unset::Default(otherwise.show())).unwrap_or(otherwise))
    }

    pub fn follows<T: Setting + Clone>(
        &mut self,
        definition: &'static Definition,
        other_name: &'static str,
        other: &Option<T>,
    ) -> Option<T> {
        let other = other.as_ref()?;
        Some(self.ask(definition, Unset::Follows(other_name, other.show())).unwrap_or_else(|| other.clone()))
    }

    pub fn optional<T: Setting>(
        &mut self,
        definition: &'static Definition,
        otherwise: &'static str,
    ) -> Option<Option<T>> {
        Some(self.ask(definition, Unset::Optional(otherwise)))
    }

    pub fn required<T: Setting>(
        &mut self,
        definition: &'static Definition,
        otherwise: &'static str,
    ) -> Option<Option<T>> {
        Some(self.ask(definition, Unset::Required(otherwise)))
    }
}

/// Declares the settings of a product, for the `settings` of the value that describes it:
///
/// ```
/// use palisade_core::config::values::Count;
///
/// palisade_core::settings! {
///     /// The settings of notes.
///     pub struct NotesSettings in "Notes" {
///         /// How many notes a user can have.
///         notes_max: Count<1, 100_000> = NOTES_MAX default("1000");
///         /// Where notes are also sent.
///         notes_url: palisade_core::config::PageUrl = NOTES_URL optional("nowhere") like "https://example.org/notes";
///     }
/// }
/// ```
///
/// Each variable has a type, whose [`Setting`](crate::config::settings::Setting) is its rule; after the name stands what
/// applies without it: `default("text")`, `follows(field VARIABLE)` with the value of another one, `optional("what that
/// means")`, or `required("what development does")`. A field with `optional` or `required` is an `Option`; production does not
/// start without a required one. `like "text"` is an example for the documentation.
#[macro_export]
macro_rules! settings {
    (@type default $type:ty) => { $type };
    (@type follows $type:ty) => { $type };
    (@type optional $type:ty) => { Option<$type> };
    (@type required $type:ty) => { Option<$type> };
    (@presence default ($text:literal)) => { $crate::config::settings::Presence::Default($text) };
    (@presence follows ($field:ident $name:ident)) => { $crate::config::settings::Presence::Follows(stringify!($name)) };
    (@presence optional ($text:literal)) => { $crate::config::settings::Presence::Optional($text) };
    (@presence required ($text:literal)) => { $crate::config::settings::Presence::Required($text) };
    (@example) => { None };
    (@example $example:literal) => { Some($example) };
    (@definition $variable:ident [$($doc:literal),+] $type:ty, $presence:ident $arguments:tt $($example:literal)?) => {
        &$crate::config::settings::Definition {
            name: stringify!($variable),
            doc: concat!($($doc),+),
            presence: $crate::settings!(@presence $presence $arguments),
            secret: <$type as $crate::config::settings::Setting>::SECRET,
            expects: <$type as $crate::config::settings::Setting>::expects,
            example: $crate::settings!(@example $($example)?),
        }
    };
    (@read $reader:ident $definition:expr, follows ($field:ident $name:ident)) => {
        $reader.follows($definition, stringify!($name), &$field)
    };
    (@read $reader:ident $definition:expr, $presence:ident ($text:literal)) => { $reader.$presence($definition, $text) };

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

        impl $crate::config::Settings for $name {
            const OWN: &'static $crate::config::OwnSection = {
                $(
                    const $variable: &$crate::config::settings::Definition = $crate::settings!(
                        @definition $variable [$($doc),+] $type, $presence $arguments $($example)?
                    );
                )+
                const SECTION: $crate::config::settings::Section =
                    $crate::config::settings::Section { title: $section, definitions: &[$($variable),+] };

                &$crate::config::OwnSection::declare::<$name>(SECTION, |reader| {
                    $(let $field: Option<$crate::settings!(@type $presence $type)> =
                        $crate::settings!(@read reader $variable, $presence $arguments);)+
                    Some(::std::sync::Arc::new($name { $($field: $field?),+ }))
                })
            };
        }
    };
    ($($other:tt)*) => {
        ::std::compile_error! {
            "settings are written `pub struct ShopSettings in \"Shop\" { … }`, and each of them with a comment and a semicolon: `/// How many.` and then `name: Type = VARIABLE default(\"10\");`, or with `optional(\"what that means\")`, `required(\"what development does\")` or `follows(field VARIABLE)` in the place of `default`"
        }
    };
}
