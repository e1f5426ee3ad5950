//! Languages: the texts of built-in pages and mails in files that people translate, checked when the server starts.
//!
//! Each language has every text, and no text asks for an argument that it is not given: a server that started shows no
//! placeholder. The answers of the interface are not translated: clients translate their codes.

mod accepted;
mod arguments;
mod built_in;
mod catalog;
mod check;
mod files;
mod language;
mod per_language;
mod product;
mod product_mistakes;
mod tag;

pub use accepted::AcceptedLanguages;
pub use arguments::{TextArgument, TextArguments};
pub use catalog::Languages;
pub(crate) use files::LanguageFiles;
pub use language::{Language, TextError, Texts};
pub use per_language::PerLanguage;
pub use product::ProductTexts;
pub use tag::LanguageTag;

#[cfg(test)]
mod tests;
