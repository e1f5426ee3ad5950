//! The names that a product gives to its jobs and mails.

/// The longest one.
pub(crate) const MAX_NAME: usize = 40;

/// Lower-case words with hyphens between them.
pub(super) fn is_name(name: &str) -> bool {
    let is_word = |word: &str| {
        word.starts_with(|c: char| c.is_ascii_lowercase())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    name.len() <= MAX_NAME && name.split('-').all(is_word)
}
