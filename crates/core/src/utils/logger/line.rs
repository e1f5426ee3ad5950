//! Lines: JSON that stays one line for every reader, written into a per-thread buffer.

use std::cell::RefCell;
use std::io;

use serde::Serialize;
use serde_json::ser::Formatter;

/// Larger buffers are freed: one huge line must not stay in memory for good.
const KEPT: usize = 16 * 1024;

thread_local! {
    static BUFFER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Fills the thread's buffer, ends it with a newline and passes it to `take` in one piece.
pub(super) fn make_line(take: impl FnOnce(&[u8]), fill: impl FnOnce(&mut Vec<u8>)) {
    BUFFER.with(|buffer| {
        if let Ok(mut buffer) = buffer.try_borrow_mut() {
            fill(&mut buffer);
            buffer.push(b'\n');
            take(&buffer);
            buffer.clear();
            buffer.shrink_to(KEPT);
        } else {
            // A value writes to the log while it is being logged.
            let mut own = Vec::new();
            fill(&mut own);
            own.push(b'\n');
            take(&own);
        }
    });
}

/// Writes a value as JSON without a character that some reader treats as the end of a line or as a command.
pub(super) fn write_json<T: Serialize>(out: &mut Vec<u8>, value: &T) {
    let start = out.len();
    if value.serialize(&mut serde_json::Serializer::with_formatter(&mut *out, OneLine)).is_err() {
        out.truncate(start);
        out.extend_from_slice(br#"{"level":"error","message":"a log line could not be written"}"#);
    }
}

/// JSON escapes U+0000–U+001F. Some readers also end a line at U+0085, U+2028 and U+2029, a terminal obeys
/// U+007F–U+009F, and bidirectional controls change how a line reads.
struct OneLine;

impl Formatter for OneLine {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        if fragment.bytes().all(|b| matches!(b, b' '..=b'~')) {
            return out.write_all(fragment.as_bytes());
        }
        let mut rest = fragment;
        while let Some(at) = rest.find(is_deceptive) {
            let (before, after) = rest.split_at(at);
            out.write_all(before.as_bytes())?;
            let mut characters = after.chars();
            if let Some(character) = characters.next() {
                write!(out, "\\u{:04x}", u32::from(character))?;
            }
            rest = characters.as_str();
        }
        out.write_all(rest.as_bytes())
    }
}

/// Whether a character displays as something else, or ends a line.
pub(super) fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\0'..='\u{1f}'
            | '\u{7f}'..='\u{9f}'
            | '\u{200e}' | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}'
    )
}
