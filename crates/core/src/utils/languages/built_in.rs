//! The languages of the program.

/// The file that every other one is measured by.
pub(super) const ENGLISH: &str = include_str!("texts/en.ftl");

/// The languages of the program, English first.
pub(super) const BUILT_IN: [(&str, &str); 7] = [
    ("en", ENGLISH),
    ("ar", include_str!("texts/ar.ftl")),
    ("de", include_str!("texts/de.ftl")),
    ("es", include_str!("texts/es.ftl")),
    ("fr", include_str!("texts/fr.ftl")),
    ("pt", include_str!("texts/pt.ftl")),
    ("tr", include_str!("texts/tr.ftl")),
];
