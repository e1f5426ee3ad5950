//! The `list!` macro: newtypes over bounded lists of values.

use std::collections::BTreeSet;

use super::{Json, Schema, Violation, ViolationCode, counted};

/// The most wrong elements of one list that an answer names: enough to show the mistake.
const SHOWN: usize = 20;

/// The least and the greatest number of elements of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Elements {
    min: usize,
    max: usize,
}

impl Elements {
    /// These bounds, both included.
    ///
    /// # Panics
    /// If they are reversed, or if there is never an element. In a constant the compiler says so.
    pub const fn between(min: usize, max: usize) -> Self {
        assert!(min <= max, "these bounds are reversed: write the smaller one first, as in `0..=10`");
        assert!(max > 0, "a list with at most 0 elements is always empty: leave the field out");
        Self { min, max }
    }

    /// The rule, as JSON Schema.
    pub fn schema(self, element: Schema) -> Schema {
        Schema::array(element).elements(self.min, self.max)
    }

    /// Reads a list, and all mistakes in it. The length is checked first, so that a long list costs nothing.
    ///
    /// # Errors
    /// `invalid_type`, `too_long`, or what `each` refuses, at its element.
    pub fn read<T>(
        self,
        value: Json,
        each: impl Fn(Json) -> Result<T, Vec<Violation>>,
    ) -> Result<Vec<T>, Vec<Violation>> {
        let Json::Array(sent) = value else { return Err(vec![Violation::invalid_type("list", &value)]) };
        self.bound(sent.len()).map_err(|violation| vec![violation])?;
        let mut read = Vec::with_capacity(sent.len());
        let mut wrong = Vec::new();
        for (index, element) in sent.into_iter().enumerate() {
            match each(element) {
                Ok(element) => read.push(element),
                Err(violations) => {
                    wrong.extend(violations.into_iter().map(|violation| violation.of_element(index)));
                }
            }
        }
        wrong.truncate(SHOWN);
        if wrong.is_empty() { Ok(read) } else { Err(wrong) }
    }

    /// The elements as they are, if they are neither too few nor too many.
    ///
    /// # Errors
    /// `too_short`, `too_long`.
    pub fn plain<T>(self, elements: Vec<T>) -> Result<Vec<T>, Violation> {
        self.bound(elements.len())?;
        if elements.len() < self.min {
            let least = counted(self.min, "element", "elements");
            return Err(Violation::new(ViolationCode::TooShort, format!("must have at least {least}")));
        }
        Ok(elements)
    }

    /// The elements as they are, if none is there twice.
    ///
    /// # Errors
    /// `not_allowed` at the first element that repeats an earlier one; `too_short`, `too_long`.
    pub fn unique<T: Ord>(self, elements: Vec<T>) -> Result<Vec<T>, Violation> {
        let elements = self.plain(elements)?;
        let mut seen = BTreeSet::new();
        match elements.iter().position(|element| !seen.insert(element)) {
            Some(index) => Err(Violation::not_allowed("is in the list twice").of_element(index)),
            None => Ok(elements),
        }
    }

    /// The elements in rising order, each once.
    ///
    /// # Errors
    /// `too_short`, `too_long`.
    pub fn set<T: Ord>(self, mut elements: Vec<T>) -> Result<Vec<T>, Violation> {
        self.bound(elements.len())?;
        elements.sort_unstable();
        elements.dedup();
        self.plain(elements)
    }

    fn bound(self, number: usize) -> Result<(), Violation> {
        if number <= self.max {
            return Ok(());
        }
        let most = counted(self.max, "element", "elements");
        Err(Violation::new(ViolationCode::TooLong, format!("must have at most {most}")))
    }
}

/// Declares a list for inputs: of values that are fields themselves, with the least and the greatest number of them.
///
/// ```
/// palisade_core::text! { pub Tag, 1..=20 characters, |text| Ok(text); }
/// palisade_core::list! {
///     /// The tags of a note, in the order of the author.
///     pub Tags of Tag, 0..=10;
///     /// The steps of a plan: none is there twice.
///     pub Steps of Tag, 1..=50 unique;
///     /// What to show: the order does not matter, and a word twice counts once.
///     pub Shown of Tag, 0..=8 set, schema |schema| schema.describe("What to show.");
/// }
/// let tag = |text| Tag::parse(text).expect("a tag");
/// assert!(Steps::new(vec![tag("a"), tag("a")]).is_err());
/// assert_eq!(Shown::new(vec![tag("b"), tag("a"), tag("b")]).expect("a list").as_slice(), [tag("a"), tag("b")]);
/// ```
///
/// A mistake in an element names it: `tags[3]`. A list is read from a body; no path and no query contains one. A
/// list that may be empty is empty by `Default`.
#[macro_export]
macro_rules! list {
    ($($(#[$meta:meta])* $vis:vis $name:ident of $item:ty, $min:tt ..= $max:tt $($repeats:ident)? $(, schema $schema:expr)?);+ $(;)?) => {$(
        $(#[$meta])*
        #[derive(Clone, PartialEq, Eq, Debug)]
        $vis struct $name(::std::vec::Vec<$item>);

        const _: $crate::values::Elements = $name::ELEMENTS;

        impl $name {
            /// Its least and its greatest number of elements.
            pub const ELEMENTS: $crate::values::Elements = $crate::values::Elements::between($min, $max);

            /// The only constructor.
            ///
            /// # Errors
            /// The violated rule.
            pub fn new(elements: ::std::vec::Vec<$item>) -> ::std::result::Result<Self, $crate::values::Violation> {
                $crate::list!(@check elements $($repeats)?).map(Self)
            }

            /// The elements.
            pub fn as_slice(&self) -> &[$item] {
                &self.0
            }

            /// The elements, taken out.
            pub fn into_vec(self) -> ::std::vec::Vec<$item> {
                self.0
            }
        }

        $crate::list!(@empty $name $min);

        impl $crate::values::Field for $name {
            fn schema() -> $crate::values::Schema {
                let schema = Self::ELEMENTS.schema(<$item as $crate::values::Field>::schema());
                let schema = $crate::list!(@schema schema $($repeats)?);
                $(let schema = { let with: fn($crate::values::Schema) -> $crate::values::Schema = $schema; with(schema) };)?
                schema
            }

            /// A list is not text: no path or query contains one.
            fn from_text(text: ::std::string::String) -> ::std::result::Result<Self, $crate::values::Violation> {
                <Self as $crate::values::Field>::from_json($crate::values::Json::String(text))
            }

            fn from_json(value: $crate::values::Json) -> ::std::result::Result<Self, $crate::values::Violation> {
                let read = Self::ELEMENTS.read(value, |element| {
                    <$item as $crate::values::Field>::from_json(element).map_err(|violation| ::std::vec![violation])
                });
                read.map_err($crate::values::Violation::first).and_then(Self::new)
            }

            fn from_json_by(
                value: $crate::values::Json,
                rules: &$crate::values::Rules,
            ) -> ::std::result::Result<Self, $crate::values::Violation> {
                <Self as $crate::values::Field>::from_json_whole(value, rules).map_err($crate::values::Violation::first)
            }

            fn from_json_whole(
                value: $crate::values::Json,
                rules: &$crate::values::Rules,
            ) -> ::std::result::Result<Self, ::std::vec::Vec<$crate::values::Violation>> {
                let read = Self::ELEMENTS.read(value, |element| {
                    <$item as $crate::values::Field>::from_json_whole(element, rules)
                });
                read.and_then(|elements| Self::new(elements).map_err(|violation| ::std::vec![violation]))
            }
        }

        impl $crate::values::ResponseField for $name {
            fn schema() -> $crate::values::Schema {
                $crate::values::Schema::array(<$item as $crate::values::ResponseField>::schema())
            }

            fn write<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::values::ResponseField::write(&self.0, s)
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, s: S) -> ::std::result::Result<S::Ok, S::Error> {
                $crate::__private::serde::Serialize::serialize(&self.0, s)
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(d: D) -> ::std::result::Result<Self, D::Error> {
                let elements = <::std::vec::Vec<$item> as $crate::__private::serde::Deserialize>::deserialize(d)?;
                Self::new(elements).map_err(|violation| $crate::__private::serde::de::Error::custom(violation.message))
            }
        }
    )+};
    (@check $elements:ident) => { Self::ELEMENTS.plain($elements) };
    (@check $elements:ident unique) => { Self::ELEMENTS.unique($elements) };
    (@check $elements:ident set) => { Self::ELEMENTS.set($elements) };
    (@schema $schema:ident unique) => { $schema.unique() };
    (@schema $schema:ident $($set:ident)?) => { $schema };
    (@empty $name:ident 0) => {
        impl ::std::default::Default for $name {
            /// The empty list.
            fn default() -> Self {
                Self(::std::vec::Vec::new())
            }
        }
    };
    (@empty $name:ident $min:tt) => {};
    (@check $elements:ident $other:ident) => {
        ::std::compile_error!("after the bounds of a list stands nothing, `unique` (nothing twice) or `set` (the order does not matter)")
    };
    ($($other:tt)*) => {
        ::std::compile_error!(
            "a list has a name, `of` and the type of its elements, a comma and the bounds of their number: `list! { pub Tags of Tag, 0..=10; }`"
        );
    };
}

#[cfg(test)]
#[expect(dead_code, unreachable_pub, reason = "the macro writes for others, and here is only this test")]
mod tests {
    use super::*;
    use crate::values::{Field, Rules};

    crate::text! {
        /// A word.
        pub(super) Tag, 1..=5 characters, |text| Ok(text);
    }
    crate::list! {
        /// As they come.
        pub(super) Tags of Tag, 0..=3;
        /// Each once.
        pub(super) Steps of Tag, 2..=4 unique;
        /// A set.
        pub(super) Shown of Tag, 1..=3 set, schema |schema| schema.describe("What to show.");
        /// A table.
        pub(super) Table of Tags, 0..=2
    }

    fn json(words: &[&str]) -> Json {
        Json::Array(words.iter().map(|word| Json::String((*word).to_owned())).collect())
    }

    fn rules() -> Rules {
        Rules { password_min_length: 8, product_name: "Product".to_owned(), permissions: Vec::new() }
    }

    /// The mistakes, as in `error.details`.
    fn mistakes<T: Field + std::fmt::Debug>(value: Json) -> Vec<(String, ViolationCode)> {
        let refused = T::from_json_whole(value, &rules()).expect_err("refused");
        let details = refused.into_iter().map(|violation| violation.at("tags"));
        details.map(|detail| (detail.field.into_owned(), detail.code)).collect()
    }

    #[test]
    fn a_list_keeps_the_order_in_which_it_was_sent() {
        let read = Tags::from_json(json(&["b", "a", "b"])).expect("a list");
        assert_eq!(read.as_slice().iter().map(Tag::as_str).collect::<Vec<_>>(), ["b", "a", "b"]);
        assert_eq!(Tags::from_json(json(&[])).expect("an empty list"), Tags::default());
    }

    #[test]
    fn every_wrong_element_is_named() {
        let odd = Json::Array(vec![Json::Integer(1), Json::String("fine".to_owned()), Json::Null]);
        let wrong = [
            ("tags[0]".to_owned(), ViolationCode::InvalidType),
            ("tags[2]".to_owned(), ViolationCode::InvalidType),
        ];
        assert_eq!(mistakes::<Tags>(odd), wrong);
        let table = Json::Array(vec![json(&["a"]), json(&["a", "", "toolong"])]);
        let wrong = [
            ("tags[1][1]".to_owned(), ViolationCode::TooShort),
            ("tags[1][2]".to_owned(), ViolationCode::TooLong),
        ];
        assert_eq!(mistakes::<Table>(table), wrong);
    }

    #[test]
    fn a_list_is_no_single_value_and_has_bounds() {
        let whole = |code| [("tags".to_owned(), code)];
        for odd in [Json::String("a".to_owned()), Json::Object(vec![]), Json::Null, Json::Integer(0)] {
            assert_eq!(mistakes::<Tags>(odd), whole(ViolationCode::InvalidType));
        }
        assert_eq!(mistakes::<Tags>(json(&["a"; 4])), whole(ViolationCode::TooLong));
        assert_eq!(
            mistakes::<Tags>(json(&[""; 1_000])),
            whole(ViolationCode::TooLong),
            "the elements are not looked at"
        );
        assert_eq!(mistakes::<Steps>(json(&["a"])), whole(ViolationCode::TooShort));
        assert_eq!(Steps::new(vec![]).expect_err("too few").message, "must have at least 2 elements");
        assert_eq!(Tags::from_text("a".to_owned()).expect_err("no text").code, ViolationCode::InvalidType);
    }

    #[test]
    fn an_answer_names_a_bounded_number_of_wrong_elements() {
        let each = |_| Err::<(), _>(vec![Violation::not_allowed("no")]);
        let refused = Elements::between(0, 1_000).read(json(&["a"; 1_000]), each).expect_err("refused");
        assert_eq!(refused.len(), SHOWN);
    }

    #[test]
    fn a_unique_list_refuses_what_is_there_twice_and_a_set_counts_it_once() {
        assert_eq!(
            mistakes::<Steps>(json(&["a", "b", "a"])),
            [("tags[2]".to_owned(), ViolationCode::NotAllowed)]
        );
        let set = Shown::from_json(json(&["b", "a", "b"])).expect("a set");
        assert_eq!(set.as_slice().iter().map(Tag::as_str).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            mistakes::<Shown>(json(&["a", "a", "a", "a"])),
            [("tags".to_owned(), ViolationCode::TooLong)]
        );
        assert_eq!(mistakes::<Shown>(json(&[])), [("tags".to_owned(), ViolationCode::TooShort)]);
    }

    #[test]
    fn the_rules_are_in_the_schema() {
        let schema = <Steps as Field>::schema();
        assert_eq!((schema.min_items, schema.max_items, schema.unique_items), (Some(2), Some(4), Some(true)));
        let schema = <Shown as Field>::schema();
        assert_eq!((schema.min_items, schema.max_items, schema.unique_items), (Some(1), Some(3), None));
        assert_eq!(schema.items.expect("the elements").max_length, Some(5));
        assert_eq!(schema.description.as_deref(), Some("What to show."));
        assert_eq!(<Tags as Field>::schema().min_items, None);
    }

    #[test]
    fn a_stored_list_is_checked_again() {
        assert_eq!(
            serde_json::from_str::<Shown>(r#"["b","a"]"#).expect("reads"),
            Shown::from_json(json(&["a", "b"])).expect("a set")
        );
        assert!(serde_json::from_str::<Steps>(r#"["a","a"]"#).is_err());
        assert!(serde_json::from_str::<Tags>(r#"["a","b","c","d"]"#).is_err());
    }
}
