//! Template files: part of the program, or of an operator.

use std::borrow::Cow;

/// A template, as [`template_files!`](crate::template_files) reads it from its file.
#[derive(Clone, Debug)]
pub struct TemplateFile {
    /// Its name. A template whose name ends with `.txt` is plain text; every other template is HTML.
    pub name: &'static str,
    /// Its text.
    pub source: Cow<'static, str>,
}

/// Template files of the folder `templates` beside the file that names them, as part of the program.
#[macro_export]
macro_rules! template_files {
    ($($name:literal),+ $(,)?) => {
        [$($crate::utils::templates::TemplateFile {
            name: $name,
            source: ::std::borrow::Cow::Borrowed(include_str!(concat!("templates/", $name))),
        }),+]
    };
}
