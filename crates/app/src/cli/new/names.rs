//! The names of products, modules and fields, and the spellings that follow from each.

use crate::cli::context::Failure;

/// The longest name, in characters.
const LONGEST: usize = 40;

/// Words that Rust keeps for itself.
const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "union", "unsafe", "unsized", "use",
    "virtual", "where", "while", "yield",
];

/// Checks a name of words that this character separates.
///
/// # Errors
/// What is wrong with it, with an example.
pub(super) fn check(what: &str, name: &str, separator: char, example: &str) -> Result<(), Failure> {
    let is_word =
        |word: &str| word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) && !word.is_empty();
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase());
    if !begins || !name.split(separator).all(is_word) || name.len() > LONGEST {
        return Err(format!(
            "{what} {name:?}: write lower-case letters a to z and digits, words separated by `{separator}`, {LONGEST} \
             characters at most, as in `{example}`"
        )
        .into());
    }
    if KEYWORDS.contains(&name) {
        return Err(format!("{what} `{name}`: Rust keeps this word for itself; choose another one").into());
    }
    Ok(())
}

/// `blog_posts` as `BlogPosts`.
pub(super) fn camel(name: &str) -> String {
    name.split('_').map(capital).collect()
}

/// `due_at` as `dueAt`.
pub(super) fn lower_camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |all, word| all + &capital(word))
}

/// `blog_posts` or `blog-posts` as `blog posts`.
pub(super) fn words(name: &str) -> String {
    name.replace(['_', '-'], " ")
}

/// `blog` as `Blog`.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

/// One of several: `notes` as `note`, `entries` as `entry`, `boxes` as `box`.
pub(super) fn singular(plural: &str) -> String {
    let swapped = |end: &str, by: &str| plural.strip_suffix(end).map(|stem| format!("{stem}{by}"));
    let of_hiss = || ["ses", "xes", "ches", "shes"].iter().any(|end| plural.ends_with(end));
    swapped("ies", "y")
        .or_else(|| of_hiss().then(|| swapped("es", "")).flatten())
        .or_else(|| (!plural.ends_with("ss")).then(|| swapped("s", "")).flatten())
        .filter(|one| !one.is_empty())
        .unwrap_or_else(|| plural.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_one_spelling_for_each_place() {
        assert_eq!(camel("blog_posts"), "BlogPosts");
        assert_eq!(lower_camel("due_at"), "dueAt");
        assert_eq!(lower_camel("title"), "title");
        assert_eq!(words("blog-posts"), "blog posts");
        for (plural, one) in [
            ("notes", "note"),
            ("blog_posts", "blog_post"),
            ("entries", "entry"),
            ("boxes", "box"),
            ("news", "new"),
            ("moss", "moss"),
            ("stock", "stock"),
        ] {
            assert_eq!(singular(plural), one);
        }
    }

    #[test]
    fn a_name_that_rust_would_refuse_is_refused_with_an_example() {
        for name in ["notes", "blog_posts", "v2"] {
            assert!(check("the module", name, '_', "blog_posts").is_ok(), "{name}");
        }
        let long = "a".repeat(LONGEST + 1);
        for name in
            ["", "Notes", "blog-posts", "1st", "_notes", "notes_", "a__b", "nötes", "../notes", "a b", &long]
        {
            let said = check("the module", name, '_', "blog_posts").unwrap_err().to_string();
            assert!(
                said.starts_with(&format!("the module {name:?}: ")) && said.contains("`blog_posts`"),
                "{said}"
            );
        }
        assert!(check("the module", "type", '_', "blog_posts").unwrap_err().to_string().contains("Rust"));
    }
}
