//! The mistakes of routes with another kind of input or answer: signed bodies, listeners, uploads and files.

use crate::declaration::{Declaration, Method};
use crate::input::{MAX_SIGNED_BYTES, SignedDoc};

/// The mistakes of a route.
pub(super) fn mistakes(declaration: &Declaration) -> impl Iterator<Item = String> {
    let known = listening_mistakes(declaration).into_iter().chain(file_mistakes(declaration));
    let known = known.chain(repeating_mistakes(declaration));
    known.map(str::to_owned).chain(signed_mistakes(declaration))
}

/// The mistakes of a route whose requests can be repeated.
fn repeating_mistakes(declaration: &Declaration) -> Vec<&'static str> {
    if !declaration.input.repeatable {
        return Vec::new();
    }
    let mut mistakes = Vec::new();
    if !matches!(declaration.method, Method::Post | Method::Patch) {
        mistakes.push(
            "`.repeatable()` is for a POST or a PATCH; a request with another method can be repeated anyway",
        );
    }
    if !declaration.access.requires_session() {
        mistakes.push(
            "`.repeatable()` is for callers who are signed in: two strangers could choose the same `Idempotency-Key`",
        );
    }
    mistakes
}

/// The mistakes of a route that takes or answers with a file.
fn file_mistakes(declaration: &Declaration) -> Vec<&'static str> {
    let upload = declaration.input.upload;
    let mut mistakes: Vec<&'static str> = upload.and_then(|upload| upload.mistake()).into_iter().collect();
    if upload.is_some() && (declaration.method == Method::Get || declaration.is_cross_site_form) {
        mistakes.push("an upload is the body of a POST, PUT or PATCH");
    }
    if upload.is_some() && !declaration.input.body.is_empty() {
        mistakes.push("the body is an upload, so the input reads the path and the query only");
    }
    if declaration.output.is_file && declaration.method != Method::Get {
        mistakes.push("a file is the answer to a GET, which can ask for a part of it");
    }
    mistakes
}

/// The mistakes of a route with listeners.
fn listening_mistakes(declaration: &Declaration) -> Vec<&'static str> {
    let (listeners, answers) = (declaration.input.listeners, declaration.output.events.is_some());
    let mut mistakes: Vec<&'static str> =
        listeners.and_then(|listeners| listeners.mistake()).into_iter().collect();
    if listeners.is_some() != answers {
        mistakes.push("`.listeners(…)` is for a route that answers with `Events`, and such a route needs it");
    }
    if answers && declaration.method != Method::Get {
        mistakes.push("a stream of events is the answer to a GET, which is what `EventSource` sends");
    }
    mistakes
}

/// The mistakes of a route with a signed body.
fn signed_mistakes(declaration: &Declaration) -> impl Iterator<Item = String> {
    let of = |signed: SignedDoc| {
        let input = &declaration.input;
        let mut mistakes = Vec::new();
        if declaration.method == Method::Get || declaration.is_cross_site_form {
            mistakes.push("a signed body is that of a POST, PUT, PATCH or DELETE, and no form".to_owned());
        }
        if !(input.body.is_empty() && input.cookies.is_empty()) {
            mistakes.push(
                "the body is signed, so the input reads the path and the query only; the verifier reads the body".to_owned(),
            );
        }
        if !(1..=MAX_SIGNED_BYTES).contains(&signed.max_bytes) {
            mistakes.push(format!(
                "a signed body has 1 to {MAX_SIGNED_BYTES} bytes at most, not {}",
                signed.max_bytes
            ));
        }
        mistakes.extend(signed.headers.iter().filter(|name| !is_header_of_a_sender(name)).map(|name| {
            format!("the verifier reads the header `{name}`: it needs a name in lower case, and not one that browsers or this server use")
        }));
        mistakes
    };
    declaration.input.signed.map(of).into_iter().flatten()
}

/// Whether a verifier may read it: cookies, and what browsers say about pages, are none of its business.
fn is_header_of_a_sender(name: &str) -> bool {
    let is_token = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    let is_ours = ["cookie", "host", "origin"].contains(&name) || name.starts_with("sec-");
    !name.is_empty() && name.bytes().all(is_token) && !is_ours
}
