//! An error as text, with its causes.

use std::error::Error;

/// An error and all its causes on one line, `outer: inner`. A cause whose text already appears is left out: many
/// libraries repeat it in the outer error. For the log and the operator, never for a caller.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let inner = error.to_string();
        if !text.contains(&inner) {
            text.extend([": ", &inner]);
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Link {
        text: &'static str,
        #[source]
        cause: Option<Box<Link>>,
    }

    fn chain(texts: &[&'static str]) -> Option<Box<Link>> {
        let (text, rest) = texts.split_first()?;
        Some(Box::new(Link { text, cause: chain(rest) }))
    }

    #[test]
    fn every_cause_is_named_once() {
        for (texts, expected) in [
            (&["saving"][..], "saving"),
            (&["saving", "writing", "disk full"], "saving: writing: disk full"),
            (&["saving: disk full", "disk full"], "saving: disk full"),
            (&["saving", "disk full", "disk full"], "saving: disk full"),
        ] {
            assert_eq!(with_causes(&*chain(texts).unwrap()), expected);
        }
    }
}
