//! Patterns that choose types of events.

use super::Violation;

crate::text! {
    /// Chooses events by their type: one type (`user.suspended`), or all about one kind of subject (`user.*`).
    pub EventPattern, 3 ..= 64 characters,
    schema |schema| schema.pattern("^[a-z_]+\\.([a-z_]+|\\*)$").example("user.*"),
    |text| if is_pattern(&text) { Ok(text) } else { Err(Violation::invalid_format("must be a type of event, or `user.*`")) };
}

fn is_pattern(text: &str) -> bool {
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    text.split_once('.')
        .is_some_and(|(subject, happened)| is_word(subject) && (happened == "*" || is_word(happened)))
}

impl EventPattern {
    /// Whether it chooses this type.
    pub fn chooses(&self, event_type: &str) -> bool {
        match self.as_str().strip_suffix('*') {
            Some(subject) => event_type.starts_with(subject),
            None => event_type == self.as_str(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_is_a_type_or_a_whole_subject() {
        let chooses = |pattern: &str, kind: &str| EventPattern::parse(pattern).expect(pattern).chooses(kind);
        assert!(chooses("user.suspended", "user.suspended") && !chooses("user.suspended", "user.deleted"));
        assert!(chooses("user.*", "user.deleted") && !chooses("user.*", "users.deleted"));
        for text in ["*", "user", "user.", ".x", "user.**", "user.a.b", "User.x", "user.*x", "user .*"] {
            assert!(EventPattern::parse(text).is_err(), "{text}");
        }
    }
}
