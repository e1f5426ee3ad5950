//! The mails of a product: what each says, and where its link leads. Who gets one is a user; their address is no business of a
//! product.

use palisade_core::utils::languages::{ProductTexts, TextArgument};
use palisade_core::values::Violation;

use super::names::{MAX_NAME, is_name};

/// The declaration of a mail. Created only by [`mail!`](crate::mail!).
#[derive(Debug)]
pub struct MailDef {
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) has_link: bool,
}

/// A mail of a product. Declared with [`mail!`](crate::mail!).
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a mail",
    label = "not declared with `mail!`",
    note = "declare it: `palisade_modules::mail! {{ pub struct ShelfFull = \"shelf-full\" {{ count: u64 }} with link }}`"
)]
pub trait ProductMail {
    /// Its declaration, for the value that describes the product.
    const MAIL: &'static MailDef;

    #[doc(hidden)]
    fn into_parts(self) -> (Vec<TextArgument>, Option<MailLink>);
}

/// A place in the product: a path with an optional query, which follows `APP_URL`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailLink(String);

impl MailLink {
    /// The longest one, in bytes.
    pub const MAX: usize = 1000;

    /// `/notes?of=today`: it begins with a slash and stays on the site.
    ///
    /// # Errors
    /// For a text that begins otherwise, leads to another site, is too long, or has characters that a URL does not have.
    pub fn parse(path: impl Into<String>) -> Result<Self, Violation> {
        let path = path.into();
        if path.len() > Self::MAX {
            return Err(Violation::too_long(Self::MAX));
        }
        let is_path = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        let is_of_url = path.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"<>^`{|}".contains(&byte));
        if is_path && is_of_url {
            Ok(Self(path))
        } else {
            Err(Violation::invalid_format("must be a path of this site, like `/notes?of=today`"))
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl MailDef {
    /// For [`mail!`](crate::mail!).
    #[doc(hidden)]
    pub const fn declare(name: &'static str, arguments: &'static [&'static str], has_link: bool) -> Self {
        Self { name, arguments, has_link }
    }

    /// What is wrong with these mails and their texts, each as a sentence. The built-in ones have these names.
    pub(crate) fn mistakes(mails: &[&Self], texts: ProductTexts, built_in: &[&str]) -> Vec<String> {
        let mut mistakes = Vec::new();
        for (position, mail) in mails.iter().enumerate() {
            let name = mail.name;
            if !is_name(name) {
                mistakes.push(format!(
                    "the mail `{name}` needs a name of lower-case words with hyphens between them, at most {MAX_NAME} characters"
                ));
                continue;
            }
            if built_in.contains(&name) || mails.iter().take(position).any(|earlier| earlier.name == name) {
                mistakes.push(format!("the mail `{name}` is declared twice"));
            }
            mistakes.extend(mail.mistakes_in(texts));
        }
        mistakes
    }

    fn mistakes_in(&self, texts: ProductTexts) -> Vec<String> {
        let button = self.has_link.then_some("button");
        let parts = ["subject", "before", "after"].into_iter().chain(button);
        let mut mistakes = Vec::new();
        for part in parts {
            let id = format!("mail-{}-{part}", self.name);
            match texts.arguments_of(&id) {
                None => mistakes.push(format!("the mail `{}` has no text `{id}` in English", self.name)),
                Some(wanted) => {
                    let unknown =
                        wanted.iter().find(|name| !(self.arguments.contains(name) || **name == "product"));
                    mistakes.extend(unknown.map(|name| {
                        format!(
                            "the text `{id}` asks for `${name}`, which the mail `{}` does not have",
                            self.name
                        )
                    }));
                }
            }
        }
        mistakes
    }
}

/// Declares a mail of a product: its name, and the arguments of its texts, which are text or whole numbers.
///
/// ```
/// palisade_modules::mail! {
///     /// A shelf has no room left.
///     pub struct ShelfFull = "shelf-full" {
///         /// How many notes there are.
///         count: u64,
///     } with link
/// }
/// ```
///
/// Its texts are `mail-shelf-full-subject`, `-before` and `-after`, and `-button` if there is a link. They are in the texts of the
/// product, in English at least, and can use `$count` and `$product`. A mail `with link` has a field `link`.
#[macro_export]
macro_rules! mail {
    ($(#[$meta:meta])* $vis:vis struct $name:ident = $mail:literal { $($fields:tt)* } with link) => {
        $crate::mail!(@declare [$(#[$meta])*] $vis $name $mail true [
            $($fields)*
        ] [
            /// Where its button leads.
            link: $crate::product::MailLink,
        ]);
    };
    ($(#[$meta:meta])* $vis:vis struct $name:ident = $mail:literal { $($fields:tt)* }) => {
        $crate::mail!(@declare [$(#[$meta])*] $vis $name $mail false [$($fields)*] []);
    };
    (@link $self:ident) => { ::std::option::Option::None };
    (@link $self:ident, $link:ident) => { ::std::option::Option::Some($self.$link) };
    (@declare [$($meta:tt)*] $vis:vis $name:ident $mail:literal $has_link:literal [
        $($(#[$field_meta:meta])* $field:ident: $type:ty),* $(,)?
    ] [
        $($(#[$link_meta:meta])* $link:ident: $link_type:ty,)?
    ]) => {
        $($meta)*
        $vis struct $name {
            $($(#[$field_meta])* pub $field: $type,)*
            $($(#[$link_meta])* pub $link: $link_type,)?
        }

        impl $crate::product::ProductMail for $name {
            const MAIL: &'static $crate::product::MailDef =
                &$crate::product::MailDef::declare($mail, &[$(stringify!($field)),*], $has_link);

            fn into_parts(self) -> (::std::vec::Vec<$crate::product::TextArgument>, ::std::option::Option<$crate::product::MailLink>) {
                let arguments = ::std::vec![$($crate::product::TextArgument::from(self.$field)),*];
                let link = $crate::mail!(@link self $(, $link)?);
                (arguments, link)
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    crate::mail! {
        /// A mail with everything.
        struct ShelfFull = "shelf-full" {
            /// How many notes there are.
            count: u64,
            /// The name of the shelf.
            name: String,
        } with link
    }

    crate::mail! {
        struct Hello = "hello" {}
    }

    const TEXTS: ProductTexts = ProductTexts::new(&[(
        "en",
        "mail-shelf-full-subject = { $name } is full\n\
         mail-shelf-full-before = { $product } has { $count } notes of yours.\n\
         mail-shelf-full-after = Bye.\n\
         mail-shelf-full-button = Open\n\
         mail-hello-subject = Hello\n\
         mail-hello-before = Hello\n\
         mail-hello-after = Bye\n",
    )]);

    #[test]
    fn a_mail_is_its_arguments_and_its_link() {
        let link = MailLink::parse("/notes").expect("a path");
        let (arguments, found) =
            ShelfFull { count: 3, name: "Ada".to_owned(), link: link.clone() }.into_parts();
        assert!(
            matches!(&arguments[..], [TextArgument::Number(3), TextArgument::Text(name)] if name == "Ada")
        );
        assert_eq!(found, Some(link));
        let (arguments, found) = Hello {}.into_parts();
        assert!(arguments.is_empty() && found.is_none());
        assert_eq!(MailDef::mistakes(&[ShelfFull::MAIL, Hello::MAIL], TEXTS, &["taken"]), [""; 0]);
    }

    #[test]
    fn a_mail_has_a_name_of_its_own_and_all_of_its_texts() {
        let mistakes = |mails: &[&MailDef]| MailDef::mistakes(mails, TEXTS, &["hello"]);
        assert_eq!(mistakes(&[Hello::MAIL]), ["the mail `hello` is declared twice"]);
        assert_eq!(
            mistakes(&[ShelfFull::MAIL, ShelfFull::MAIL]),
            ["the mail `shelf-full` is declared twice"]
        );
        let of = |name, arguments, has_link| MailDef::declare(name, arguments, has_link);
        let wrong = of("Hello", &[], false);
        assert_eq!(
            mistakes(&[&wrong]),
            [
                "the mail `Hello` needs a name of lower-case words with hyphens between them, at most 40 characters"
            ]
        );
        let lacking = of("bye", &[], true);
        let lacks = |part| format!("the mail `bye` has no text `mail-bye-{part}` in English");
        assert_eq!(mistakes(&[&lacking]), ["subject", "before", "after", "button"].map(lacks));
        let poor = of("shelf-full", &["name"], true);
        assert_eq!(
            mistakes(&[&poor]),
            [
                "the text `mail-shelf-full-before` asks for `$count`, which the mail `shelf-full` does not have"
            ]
        );
    }

    #[test]
    fn a_link_stays_on_the_site() {
        for path in ["/", "/notes", "/notes?of=today&to=%20", "/a//b", "/#part"] {
            assert!(MailLink::parse(path).is_ok(), "{path}");
        }
        let long = format!("/{}", "a".repeat(MailLink::MAX));
        for path in [
            "",
            "notes",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/a b",
            "/\n",
            "/é",
            &long,
        ] {
            assert!(MailLink::parse(path).is_err(), "{path}");
        }
    }
}
