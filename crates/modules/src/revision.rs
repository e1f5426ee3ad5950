//! The revision of a document that a request is based on.

use palisade_core::values::Bounds;

palisade_core::number! {
    /// The `revision` of a user or a webhook as the caller read it: a whole number from 1. It rises with every change, so a
    /// change that is based on an earlier one is refused.
    pub Revision, 1..=Bounds::EXACT.max();
}

#[cfg(test)]
mod tests {
    use palisade_core::values::{Field, Json, ViolationCode};

    use super::*;

    #[test]
    fn a_revision_is_a_whole_number_from_one() {
        assert_eq!(Revision::from_json(Json::Integer(1)).map(Revision::get), Ok(1));
        assert_eq!(Revision::from_text("12".to_owned()).map(Revision::get), Ok(12));
        for text in ["0", "-1", "9007199254740992"] {
            let refused = Revision::from_text(text.to_owned()).expect_err(text);
            assert_eq!(refused.code, ViolationCode::OutOfRange, "{text}");
        }
    }
}
