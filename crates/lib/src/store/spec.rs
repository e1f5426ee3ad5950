//! Declarations as values: what a collection is and by what its documents are found.

use std::any::TypeId;
use std::borrow::Cow;

use palisade_core::values::KeyKind;

use super::reserved;
use super::upkeep::{RewriteStep, Translate};

/// A collection. Made by [`collection!`](crate::collection).
#[derive(Debug)]
pub struct CollectionSpec {
    pub(crate) name: &'static str,
    /// Whose it is: the documents of a collection are read and written as this type and no other.
    pub(crate) of: TypeId,
    /// The same for people, with the crate in front.
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) schema_version: u32,
    pub(crate) indexes: &'static [&'static IndexSpec],
    pub(crate) ephemeral: bool,
    pub(crate) reason: &'static str,
    /// Upgrading is the type's business, and upkeep has forgotten the type.
    pub(crate) rewrite: RewriteStep,
    /// So is knowing what is a time.
    pub(crate) translate: Translate,
}

impl CollectionSpec {
    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The version this program writes.
    pub fn schema_version(&self) -> u32 {
        self.schema_version
    }

    /// The reason why its documents may vanish, for an ephemeral one.
    pub fn ephemeral(&self) -> Option<&'static str> {
        self.ephemeral.then_some(self.reason)
    }

    /// The names of its declared indexes.
    pub fn indexes(&self) -> impl Iterator<Item = &'static str> {
        self.indexes.iter().map(|index| index.name)
    }

    /// What the collections of one store must hold together, and each of them alone; what is wrong otherwise.
    pub(crate) fn check_all(all: &[&'static Self]) -> Result<(), String> {
        for (position, spec) in all.iter().enumerate() {
            spec.check()?;
            let earlier = all.iter().take(position);
            if let Some(other) = earlier.clone().find(|other| other.name == spec.name) {
                let (name, one, two) = (spec.name, (other.type_name)(), (spec.type_name)());
                return Err(format!("the collection `{name}` is declared twice: by `{one}` and by `{two}`"));
            }
        }
        Ok(())
    }

    /// Whether it has this index.
    pub(crate) fn has(&self, index: &IndexSpec) -> bool {
        self.indexes.iter().any(|declared| **declared == *index)
    }

    /// What every declaration must hold; what is wrong otherwise.
    fn check(&self) -> Result<(), String> {
        reserved::check(self.name, (self.type_name)())?;
        let word = |text: &str, upper: bool| {
            let letter = |b: u8| if upper { b.is_ascii_uppercase() } else { b.is_ascii_lowercase() };
            !text.is_empty()
                && text.len() <= 40
                && text.bytes().all(|b| letter(b) || b == b'_' || b.is_ascii_digit())
        };
        if !word(self.name, false) {
            return Err(format!(
                "`{}` is not a collection name: lower-case letters, digits, underscores",
                self.name
            ));
        }
        for (position, index) in self.indexes.iter().enumerate() {
            if !word(index.name, true) {
                return Err(format!("{}: `{}` is not an index name", self.name, index.name));
            }
            if self.indexes.iter().skip(position + 1).any(|other| other.name == index.name) {
                return Err(format!("{}: the index {} is declared twice", self.name, index.name));
            }
        }
        Ok(())
    }
}

/// An index: equality keys, then the sort key, then the id.
#[derive(Debug, PartialEq, Eq)]
pub struct IndexSpec {
    pub(crate) name: &'static str,
    pub(crate) equality: &'static [FieldSpec],
    pub(crate) sort: SortSpec,
    pub(crate) descending: bool,
}

impl IndexSpec {
    #[doc(hidden)]
    pub const fn declare(
        name: &'static str,
        equality: &'static [FieldSpec],
        sort: SortSpec,
        descending: bool,
    ) -> Self {
        Self { name, equality, sort, descending }
    }
}

/// What an index sorts by.
#[derive(Debug, PartialEq, Eq)]
pub enum SortSpec {
    /// A field of the document.
    Field(&'static FieldSpec),
    /// When the store inserted it.
    CreatedAt,
    /// When it was deleted. Every soft collection has this one, to find what is due for a purge.
    DeletedAt,
    /// By id alone: what a walk over everything uses.
    Id,
}

/// A field of a document that is part of an index.
#[derive(Debug, PartialEq, Eq)]
pub struct FieldSpec {
    name: &'static str,
    pub(crate) kind: KeyKind,
}

impl FieldSpec {
    #[doc(hidden)]
    pub const fn declare(name: &'static str, kind: KeyKind) -> Self {
        Self { name, kind }
    }

    /// The name it has in the stored document: camelCase, as `#[serde(rename_all = "camelCase")]` writes it.
    pub(crate) fn stored_name(&self) -> Cow<'static, str> {
        if !self.name.contains('_') {
            return Cow::Borrowed(self.name);
        }
        let mut words = self.name.split('_');
        let mut name = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            name.push_str(letters.as_str());
        }
        Cow::Owned(name)
    }
}

/// Declares how a type is stored: its collection, its id, its version, its kind, and its indexes. The only way to make
/// an index, and the list of indexes the store creates comes from the same lines.
///
/// ```
/// # use palisade_lib::collection;
/// # use palisade_core::system::time::Timestamp;
/// # palisade_core::id! { pub ProjectId = "prj"; pub TicketId = "tck"; }
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Project { owner: String, title: String }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Ticket { expires_at: Timestamp }
///
/// collection! {
///     Project in "projects" {
///         id: ProjectId,
///         version: 1,
///         kind: soft,
///         index ALL: newest_first;
///         index BY_OWNER: (owner: String) newest_first;
///         index BY_TITLE: (owner: String) ascending title: String;
///     }
/// }
/// collection! {
///     Ticket in "tickets" {
///         id: TicketId,
///         version: 1,
///         kind: ephemeral("a link that was mailed is worth nothing after its time", |ticket| ticket.expires_at),
///     }
/// }
/// ```
///
/// - Index keys are top-level fields whose type is a [`Key`](palisade_core::values::Key); a field that does not
///   exist or has another type does not compile. Write `#[serde(rename_all = "camelCase")]` on the type.
/// - Orders: `newest_first`, `oldest_first` (by insertion; the only one that can be [tailed](super::Tail)),
///   `ascending field: Type`, `descending field: Type`. Ties are ordered by id.
/// - `version: 3, upgrades: [from_1, from_2],` gives one [`Upgrade`](crate::store::Upgrade) for each older version; a
///   missing step does not compile.
#[macro_export]
macro_rules! collection {
    (
        $name:ident in $collection:literal {
            id: $id:ty,
            version: $version:literal,
            $(upgrades: [$($step:expr),* $(,)?],)?
            kind: $kind:ident $(($reason:literal, |$value:ident| $expiry:expr))?,
            $($(#[$meta:meta])* $ivis:vis index $index:ident: $(($($key:ident: $key_ty:ty),+))? $order:ident $($sort:ident: $sort_ty:ty)?;)*
        }
    ) => {
        impl $crate::store::Document for $name {
            type Id = $id;
            type Kind = $crate::collection!(@kind $kind);
            const COLLECTION: &'static str = $collection;
            const SCHEMA_VERSION: u32 = $version;
            const UPGRADES: &'static [$crate::store::Upgrade] = &[$($($step),*)?];
            const INDEXES: &'static [&'static $crate::store::IndexSpec] = &[$($name::$index.spec()),*];
            const REASON: &'static str = concat!("" $(, $reason)?);

            fn keys(&self, each: &mut dyn FnMut(&'static $crate::store::FieldSpec, $crate::store::KeyValue)) {
                let _ = &each;
                $(
                    $($({
                        let key: &$key_ty = &self.$key;
                        each(const { &$crate::collection!(@field $key: $key_ty) }, $crate::store::Key::to_key(key));
                    })+)?
                    $({
                        let key: &$sort_ty = &self.$sort;
                        each(const { &$crate::collection!(@field $sort: $sort_ty) }, $crate::store::Key::to_key(key));
                    })?
                )*
            }

            fn expiry(&self) -> Option<$crate::store::Timestamp> {
                $crate::collection!(@expiry self, $kind $(, $value, $expiry)?)
            }
        }

        $crate::collection!(@mark $name, $kind);

        const _: () = assert!(
            <$crate::collection!(@kind $kind) as $crate::store::Kind>::EPHEMERAL
                != <$name as $crate::store::Document>::REASON.is_empty(),
            "an ephemeral collection says why its documents may vanish"
        );
        const _: () = assert!(
            <$name as $crate::store::Document>::UPGRADES.len() + 1 == $version,
            "a collection has one upgrade for each version but the newest"
        );

        impl $name {
            $(
                $(#[$meta])*
                $ivis const $index: $crate::collection!(@type $name, ($($($key_ty),+,)?), $order $($sort_ty)?) =
                    $crate::store::Index::new(&$crate::store::IndexSpec::declare(
                        stringify!($index),
                        &[$($($crate::collection!(@field $key: $key_ty)),+)?],
                        $crate::collection!(@sort $order $($sort: $sort_ty)?),
                        $crate::collection!(@descending $order),
                    ));
            )*
        }
    };
    (@kind soft) => { $crate::store::Soft };
    (@kind ephemeral) => { $crate::store::Ephemeral };
    (@mark $name:ident, soft) => { impl $crate::store::SoftDocument for $name {} };
    (@mark $name:ident, ephemeral) => { impl $crate::store::EphemeralDocument for $name {} };
    (@expiry $self:ident, soft) => { None };
    (@expiry $self:ident, ephemeral, $value:ident, $expiry:expr) => {{ let $value = $self; Some($expiry) }};
    (@type $name:ident, $keys:ty, newest_first) => { $crate::store::Index<$name, $keys, $crate::store::Newest> };
    (@type $name:ident, $keys:ty, oldest_first) => { $crate::store::Index<$name, $keys, $crate::store::Oldest> };
    (@type $name:ident, $keys:ty, ascending $sort:ty) => { $crate::store::Index<$name, $keys, $sort> };
    (@type $name:ident, $keys:ty, descending $sort:ty) => { $crate::store::Index<$name, $keys, $sort> };
    (@field $field:ident: $ty:ty) => {
        $crate::store::FieldSpec::declare(stringify!($field), <$ty as $crate::store::Key>::KIND)
    };
    (@sort newest_first) => { $crate::store::SortSpec::CreatedAt };
    (@sort oldest_first) => { $crate::store::SortSpec::CreatedAt };
    (@sort $order:ident $sort:ident: $ty:ty) => {
        $crate::store::SortSpec::Field(&$crate::collection!(@field $sort: $ty))
    };
    (@descending newest_first) => { true };
    (@descending oldest_first) => { false };
    (@descending ascending) => { false };
    (@descending descending) => { true };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_has_the_name_serde_gives_it() {
        for (field, stored) in [("role", "role"), ("user_id", "userId"), ("a_b_cde", "aBCde")] {
            assert_eq!(FieldSpec::declare(field, KeyKind::Text).stored_name(), stored);
        }
    }
}
