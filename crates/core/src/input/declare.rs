//! The `input!` macro: one struct for the whole input of a route, declared in parts.

use super::{Listeners, RawInput, Upload};
use crate::cookies::CookieKind;
use crate::values::{Detail, Rules, Schema};

/// Internal: written by [`input!`](crate::input!) only.
#[doc(hidden)]
pub mod sealed {
    /// Marks an input as declared field by field, so that every field has its rule.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` was not declared with `input!`",
        label = "implemented by hand",
        note = "declare what the route reads, and the macro implements `Input`: `input! {{ pub struct {Self} {{ body {{ name: Name }} }} }}`"
    )]
    pub trait Declared {}
}

/// The whole input of a route. Implemented only by [`input!`](crate::input!).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an input",
    label = "not declared with `input!`",
    note = "declare what the route reads: `input! {{ pub struct Login {{ body {{ email: Email, password: Password }} }} }}`, or say `.no_input()`"
)]
pub trait Input: sealed::Declared + Sized + Send + 'static {
    /// Its parts, for the mount check and the OpenAPI document.
    fn describe() -> InputDoc;

    /// Reads it.
    ///
    /// # Errors
    /// All mistakes in the request at once.
    fn read(raw: RawInput, rules: &Rules) -> Result<Self, Vec<Detail>>;
}

/// The parts of an input.
#[derive(Debug, Default)]
pub struct InputDoc {
    /// The component name of its body.
    pub name: &'static str,
    /// Path parameters.
    pub path: Vec<ParameterDoc>,
    /// Query parameters.
    pub query: Vec<ParameterDoc>,
    /// Body fields.
    pub body: Vec<ParameterDoc>,
    /// Cookies.
    pub cookies: Vec<CookieKind>,
    /// Its body, if the sender signs it.
    pub signed: Option<SignedDoc>,
    /// Who can listen, if its answer goes on.
    pub listeners: Option<Listeners>,
    /// Whether a client can repeat a request by its `Idempotency-Key`.
    pub repeatable: bool,
    /// The file that it takes as a form.
    pub upload: Option<Upload>,
}

/// The body of a route with a [`Verifier`](super::Verifier).
#[derive(Clone, Copy, Debug)]
pub struct SignedDoc {
    /// The headers that the verifier reads.
    pub headers: &'static [&'static str],
    /// The most bytes of a body.
    pub max_bytes: usize,
}

/// One named value of an input.
#[derive(Debug)]
pub struct ParameterDoc {
    /// Its name on the wire.
    pub name: &'static str,
    /// Its rule.
    pub schema: Schema,
    /// Whether it is required.
    pub required: bool,
}

impl ParameterDoc {
    /// Describes a value of the given type.
    pub fn of<T: super::InputField>(name: &'static str) -> Self {
        Self { name, schema: T::schema(), required: T::REQUIRED }
    }
}

/// The input of a route that reads nothing. Query parameters and body fields are refused.
#[derive(Debug)]
pub struct Nothing;

impl sealed::Declared for Nothing {}

impl Input for Nothing {
    fn describe() -> InputDoc {
        InputDoc::default()
    }

    fn read(raw: RawInput, _: &Rules) -> Result<Self, Vec<Detail>> {
        super::InputReader::new(raw).finish().map(|()| Self)
    }
}

/// Declares an input: a struct whose fields are read from the path, the query, the body and our cookies.
///
/// ```
/// # use palisade_core::input;
/// # palisade_core::text! { pub Name, 1..=100 characters, |text| Ok(text); }
/// input! {
///     /// What a person wants changed.
///     pub struct Rename {
///         body { name: Name, nickname as "nickName": Option<Name> }
///     }
/// }
/// input! {
///     /// Which people to list.
///     pub struct ListPeople {
///         query { name: Option<Name> }
///     } with page
/// }
/// ```
///
/// `field: Type` is required, `field: Option<Type>` is optional; `as "other"` gives the name on the wire. `with
/// page` after the braces adds `limit` and `cursor` to the query and a field `page` to the struct; `with feed` adds `limit`
/// and `after` and a field `feed`, for a list that grows at its end. `checked by
/// function` at the end names a `fn(&Self, &Rules) -> Vec<Detail>` for rules about several fields together.
#[macro_export]
macro_rules! input {
    (
        $(#[$meta:meta])*
        $vis:vis struct $name:ident {
            $(path { $($p:ident $(as $p_wire:literal)? : $p_ty:ty),* $(,)? })?
            $(query { $($q:ident $(as $q_wire:literal)? : $q_ty:ty),* $(,)? })?
            $(body { $($b:ident $(as $b_wire:literal)? : $b_ty:ty),* $(,)? })?
            $(cookie { $($c:ident : $c_ty:ty),* $(,)? })?
        } $(with $page:ident)? $(checked by $check:path)?
    ) => {
        $(#[$meta])*
        #[derive(Debug)]
        $vis struct $name {
            $($(#[doc = concat!("`", stringify!($p), "` of the path.")] pub $p: $p_ty,)*)?
            $($(#[doc = concat!("`", stringify!($q), "` of the query.")] pub $q: $q_ty,)*)?
            $($(#[doc = concat!("`", stringify!($b), "` of the body.")] pub $b: $b_ty,)*)?
            $($(#[doc = concat!("The cookie `", stringify!($c), "`, as received.")] pub $c: Option<$c_ty>,)*)?
            $(#[doc = "The requested page."] pub $page: $crate::utils::pagination::PageRequest,)?
        }

        impl $crate::input::sealed::Declared for $name {}

        impl $crate::input::Input for $name {
            fn describe() -> $crate::input::InputDoc {
                let mut doc = $crate::input::InputDoc { name: stringify!($name), ..Default::default() };
                let _ = &mut doc;
                $($(doc.path.push($crate::input::ParameterDoc::of::<$p_ty>($crate::input!(@wire $p $($p_wire)?)));)*)?
                $($(doc.query.push($crate::input::ParameterDoc::of::<$q_ty>($crate::input!(@wire $q $($q_wire)?)));)*)?
                $($(doc.body.push($crate::input::ParameterDoc::of::<$b_ty>($crate::input!(@wire $b $($b_wire)?)));)*)?
                $($(doc.cookies.push(<$c_ty as $crate::input::CookieField>::KIND);)*)?
                $(doc.query.extend($crate::utils::pagination::PageRequest::$page());)?
                doc
            }

            fn read(
                raw: $crate::input::RawInput,
                rules: &$crate::values::Rules,
            ) -> ::std::result::Result<Self, Vec<$crate::values::Detail>> {
                let _ = rules;
                let mut parts = $crate::input::InputReader::new(raw);
                let _ = &mut parts;
                $($(let $p = parts.path::<$p_ty>($crate::input!(@wire $p $($p_wire)?));)*)?
                $($(let $q = parts.query::<$q_ty>($crate::input!(@wire $q $($q_wire)?));)*)?
                $($(let $b = parts.body::<$b_ty>($crate::input!(@wire $b $($b_wire)?), rules);)*)?
                $($(let $c = parts.cookie::<$c_ty>();)*)?
                $(let $page = parts.$page();)?
                parts.finish()?;
                // `finish` succeeded, so every field was read; only the compiler needs the `None` case.
                let read = || Some(Self {
                    $($($p: $p?,)*)?
                    $($($q: $q?,)*)?
                    $($($b: $b?,)*)?
                    $($($c,)*)?
                    $($page: $page?,)?
                });
                let whole = read().ok_or_else(Vec::new)?;
                $(
                    let mistakes = $check(&whole, rules);
                    if !mistakes.is_empty() {
                        return Err(mistakes);
                    }
                )?
                Ok(whole)
            }
        }
    };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "an input has at most the parts `path`, `query`, `body` and `cookie`, in this order, with commas between their fields: `input! { pub struct Rename { path { id: UserId } body { name: Name, nickname as \"nickName\": Option<Name> } } }`; after the braces may stand `with page` or `with feed`, then `checked by function`"
        );
    };
}
