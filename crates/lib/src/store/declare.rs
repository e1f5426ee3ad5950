//! The `collection!` macro.

/// Declares how a type is stored: its collection, its id, its version, its kind, and its indexes. This is the only
/// way to create an index, and the list of indexes that the store creates comes from the same lines.
///
/// ```
/// # use palisade_lib::collection;
/// # use palisade_core::identity::UserId;
/// # use palisade_core::system::time::Timestamp;
/// # palisade_core::id! { pub ProjectId = "prj"; pub TicketId = "tck"; }
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Project { owner: UserId, title: String }
///
/// #[derive(serde::Serialize, serde::Deserialize)]
/// #[serde(rename_all = "camelCase")]
/// struct Ticket { expires_at: Timestamp }
///
/// collection! {
///     Project in "projects" {
///         id: ProjectId,
///         version: 1,
///         kind: soft(purge: with_owner(BY_OWNER)),
///         index ALL: newest_first;
///         index BY_OWNER: (owner: UserId) newest_first;
///         index BY_TITLE: (owner: UserId) ascending title: String;
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
/// - The kind of a soft collection says who removes its documents for good. `purge: with_owner(BY_OWNER)` is for what belongs
///   to a user: the index has the [`UserId`](palisade_core::identity::UserId) of the owner as its only key, or `id` stands for
///   the id of the document. The store removes such a document after it has been deleted for the retention, and with its owner;
///   `palisade user export` writes it into the copy of the data of its owner. `purge: after_retention` is for what belongs to
///   nobody, and `purge: by("…")` for a collection whose own module does it. An ephemeral collection can have
///   `purge: with_owner(…)` as the last part of its kind.
/// - Index keys are top-level fields whose type is a [`Key`](palisade_core::values::Key); a field that does not
///   exist or has another type does not compile. Write `#[serde(rename_all = "camelCase")]` on the type.
/// - Orders: `newest_first`, `oldest_first` (by insertion; the only one that can be [tailed](crate::store::Tail)),
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
            kind: $kind:ident $(($($rule:tt)*))?,
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
            const REASON: &'static str = $crate::collection!(@reason $kind $(, $($rule)*)?);
            const PURGE: $crate::store::PurgeRule = $crate::collection!(@purge $name, $kind $(, $($rule)*)?);

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
                $crate::collection!(@expiry self, $kind $(, $($rule)*)?)
            }
        }

        $crate::collection!(@mark $name, $kind);

        const _: () = assert!(
            <$crate::collection!(@kind $kind) as $crate::store::Kind>::EPHEMERAL
                != <$name as $crate::store::Document>::REASON.is_empty(),
            "an ephemeral collection needs a reason why its documents may vanish"
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
    (@expiry $self:ident, ephemeral, $reason:literal, |$value:ident| $expiry:expr $(, purge: $($who:tt)*)?) => {{
        let $value = $self;
        Some($expiry)
    }};
    (@expiry $self:ident, $($other:tt)*) => { None };
    (@reason ephemeral, $reason:literal, $($rule:tt)*) => { $reason };
    (@reason $($other:tt)*) => { "" };
    (@purge $name:ident, soft, purge: after_retention) => { $crate::store::PurgeRule::AfterRetention };
    (@purge $name:ident, soft, purge: by($how:literal)) => { $crate::store::PurgeRule::By($how) };
    (@purge $name:ident, soft, purge: with_owner(id)) => { $crate::store::PurgeRule::with_owner_id::<<$name as $crate::store::Document>::Id>() };
    (@purge $name:ident, soft, purge: with_owner($index:ident)) => {
        $crate::store::PurgeRule::with_owner_by(&$name::$index, $name::$index.spec())
    };
    (@purge $name:ident, soft $($other:tt)*) => {
        ::std::compile_error!(
            "a soft collection says who removes its documents for good: `soft(purge: with_owner(BY_OWNER))` with an index over the `UserId` of the owner (or `id`, if that is the id of the document), `soft(purge: after_retention)` for what belongs to nobody, or `soft(purge: by(\"the module that does it, and when\"))`"
        )
    };
    (@purge $name:ident, ephemeral, $reason:literal, |$value:ident| $expiry:expr, purge: with_owner($($key:tt)*)) => {
        $crate::collection!(@purge $name, soft, purge: with_owner($($key)*))
    };
    (@purge $name:ident, $($other:tt)*) => { $crate::store::PurgeRule::AtTheirEnd };
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
    // One message each: the other places go on as if it were right.
    (@mark $name:ident, $other:ident) => {
        ::std::compile_error!(::std::concat!(
            "a collection is `kind: soft(purge: …)` or `kind: ephemeral(\"why it may vanish\", |document| document.ends_at)`, and not `",
            ::std::stringify!($other),
            "`"
        ));
        $crate::collection!(@mark $name, soft);
    };
    (@kind $other:ident) => { $crate::store::Soft };
    (@sort $($other:tt)*) => {
        ::std::compile_error!(::std::concat!(
            "an index is sorted `newest_first`, `oldest_first`, `ascending field: Type` or `descending field: Type`, and not `",
            ::std::stringify!($($other)*),
            "`"
        ))
    };
    (@type $name:ident, $keys:ty, $($other:tt)*) => { $crate::store::Index<$name, $keys, $crate::store::Newest> };
    (@descending $other:ident) => { true };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "a collection has its id, its version, perhaps its upgrades, and its kind, each with a comma after it, and then its indexes, each with a semicolon: `collection! { Book in \"books\" { id: BookId, version: 1, kind: soft(purge: after_retention), index BY_AUTHOR: (author: AuthorId) newest_first; } }`"
        );
    };
}
