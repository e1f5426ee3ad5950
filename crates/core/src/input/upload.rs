//! What a route takes as an upload.

use std::time::Duration;

use crate::files::MediaType;

/// What a route takes as an upload: one file, in one field of a form.
#[derive(Clone, Copy, Debug)]
pub struct Upload {
    field: &'static str,
    max_bytes: u64,
    types: &'static [&'static str],
    within: Duration,
}

impl Upload {
    /// One file in the field of this name, of at most so many bytes and of any type.
    pub const fn of(field: &'static str, max_bytes: u64) -> Self {
        Self { field, max_bytes, types: &[], within: Duration::from_hours(1) }
    }

    /// Only these types, each in lower case and without parameters: `&["image/png", "image/jpeg"]`. The type is what the sender
    /// says; whoever relies on the content looks at it.
    #[must_use]
    pub const fn types(self, types: &'static [&'static str]) -> Self {
        Self { types, ..self }
    }

    /// The most time for the whole form, one hour without this. Besides, `BODY_TIMEOUT` bounds each pause of the sender.
    #[must_use]
    pub const fn within(self, most: Duration) -> Self {
        Self { within: most, ..self }
    }

    pub(crate) fn field(&self) -> &'static str {
        self.field
    }

    pub(crate) fn max_bytes(&self) -> u64 {
        self.max_bytes
    }

    pub(crate) fn most_time(&self) -> Duration {
        self.within
    }

    pub(crate) fn accepted_types(&self) -> &'static [&'static str] {
        self.types
    }

    pub(crate) fn takes(&self, media_type: &MediaType) -> bool {
        self.types.is_empty() || self.types.contains(&media_type.as_str())
    }

    /// What contradicts itself.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        let is_type =
            |text: &&&str| MediaType::parse(text).is_ok_and(|media_type| media_type.as_str() == **text);
        let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_name(self.field) {
            return Some("the field of an upload has a name of letters and digits");
        }
        if self.max_bytes == 0 || self.within.is_zero() {
            return Some("an upload has a byte at least, and time to arrive");
        }
        let are_types = self.types.iter().filter(is_type).count() == self.types.len();
        (!are_types).then_some("the types of an upload are media types in lower case, without parameters")
    }
}
