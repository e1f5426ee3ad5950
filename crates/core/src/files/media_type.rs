//! The type of a file, as its sender says.

use crate::values::Violation;

crate::text! {
    /// The media type of a file without parameters, in lower case: `image/png`. It is what its sender says, and no promise about
    /// its content.
    pub MediaType, 3..=100 characters, |text| {
        let essence = text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_token = |part: &str| {
            !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
        };
        match essence.split_once('/') {
            Some((kind, subtype)) if is_token(kind) && is_token(subtype) => Ok(essence),
            _ => Err(Violation::invalid_format("must be a media type such as `image/png`")),
        }
    };
}

/// What a browser shows without running anything: no HTML, no SVG, no XML, no script. PDF has its own viewer, without access to
/// the page.
const SHOWN: [&str; 16] = [
    "application/pdf",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "image/avif",
    "image/bmp",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "text/plain",
    "video/mp4",
    "video/ogg",
    "video/webm",
];

impl MediaType {
    /// Whether a browser may show a file of this type on the origin of the server.
    pub fn is_shown_safely(&self) -> bool {
        SHOWN.contains(&self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_has_one_form() {
        for (sent, kept) in
            [("image/png", "image/png"), ("Text/Plain; charset=utf-8", "text/plain"), ("a/b+c", "a/b+c")]
        {
            assert_eq!(MediaType::parse(sent).unwrap().as_str(), kept);
        }
        for wrong in ["", "png", "image/", "/png", "image/png\r\nX: y", "a/b/c", "a b/c", "*/*"] {
            assert!(MediaType::parse(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn what_could_run_is_not_shown() {
        for (kind, shown) in [
            ("image/png", true),
            ("text/plain", true),
            ("text/html", false),
            ("image/svg+xml", false),
            ("application/xhtml+xml", false),
            ("application/javascript", false),
            ("application/octet-stream", false),
        ] {
            assert_eq!(MediaType::parse(kind).unwrap().is_shown_safely(), shown, "{kind}");
        }
    }
}
