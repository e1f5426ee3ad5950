//! Whether a user may sign in.

palisade_core::string_enum! {
    /// Whether a user may sign in.
    pub Status {
        /// Locked out by a user with the permission to do so; reversible.
        Suspended = "suspended",
        /// May sign in.
        Active = "active",
    }
}

#[cfg(test)]
mod tests {
    use palisade_core::values::{Field, ViolationCode};

    use super::*;

    #[test]
    fn only_the_exact_words_are_read() {
        for status in Status::ALL {
            assert_eq!(Status::from_text(status.to_string()), Ok(*status));
            let json = serde_json::to_string(status).expect("serializes");
            assert_eq!(serde_json::from_str::<Status>(&json).expect("reads back"), *status);
        }
        for text in ["", "Active", "ACTIVE", " active", "active ", "deleted"] {
            let violation = Status::from_text(text.to_owned()).expect_err(text);
            assert_eq!(violation.code, ViolationCode::NotAllowed);
            assert_eq!(violation.message, "must be one of: suspended active");
        }
    }
}
