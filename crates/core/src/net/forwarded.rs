//! The `Forwarded` header (RFC 7239), as far as it names the hops of a request.

use std::net::IpAddr;

use super::address::address;

/// The hops, nearest first; `None` for one that is hidden, unknown or unreadable.
///
/// Each line is parsed separately, so that an open quote in an earlier line cannot hide the line that a proxy adds.
/// A malformed line is one unreadable hop.
pub(super) fn hops(lines: &[&[u8]]) -> Vec<Option<IpAddr>> {
    lines.iter().rev().flat_map(|line| elements(line).unwrap_or_else(|| vec![None])).collect()
}

/// The `for` of each element of one line, last element first. `None` if the line violates the grammar.
fn elements(line: &[u8]) -> Option<Vec<Option<IpAddr>>> {
    let mut found = Vec::new();
    let mut rest = line;
    loop {
        let (hop, after) = element(rest)?;
        found.push(hop);
        match after.split_first() {
            None => break,
            Some((b',', after)) => rest = after,
            Some(_) => return None,
        }
    }
    found.reverse();
    Some(found)
}

/// `pair *( ";" pair )`, up to a comma or the end of the line.
fn element(mut rest: &[u8]) -> Option<(Option<IpAddr>, &[u8])> {
    let mut hop = None;
    let mut seen = false;
    loop {
        rest = skip_blanks(rest);
        let (name, after) = token(rest);
        // The list grammar allows an empty pair; an element without `for` is a hop without a name.
        if !name.is_empty() {
            let (value, after_value) = value(after.strip_prefix(b"=")?)?;
            if name.eq_ignore_ascii_case(b"for") {
                if seen {
                    return None;
                }
                seen = true;
                hop = address(&value);
            }
            rest = after_value;
        }
        rest = skip_blanks(rest);
        match rest.split_first() {
            Some((b';', after)) => rest = after,
            _ => return Some((hop, rest)),
        }
    }
}

fn value(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    if let Some(quoted) = text.strip_prefix(b"\"") {
        return unquote(quoted);
    }
    let (value, rest) = token(text);
    (!value.is_empty()).then(|| (value.to_vec(), rest))
}

/// A quoted string whose opening quote is already consumed (RFC 9110, section 5.6.4).
fn unquote(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut value = Vec::new();
    loop {
        match rest {
            [b'"', after @ ..] => return Some((value, after)),
            [b'\\', escaped, after @ ..] => {
                value.push(*escaped);
                rest = after;
            }
            [b'\\'] | [] => return None,
            [byte, after @ ..] => {
                value.push(*byte);
                rest = after;
            }
        }
    }
}

/// The characters of a token, and those that are often sent unquoted although they should not be: `:` and brackets,
/// and bytes beyond ASCII, which a client may have put there before a proxy appended to the line.
fn token(text: &[u8]) -> (&[u8], &[u8]) {
    let is_token =
        |byte: u8| byte.is_ascii_alphanumeric() || !byte.is_ascii() || b"!#$%&'*+-.^_`|~:[]".contains(&byte);
    text.split_at(text.iter().position(|byte| !is_token(*byte)).unwrap_or(text.len()))
}

fn skip_blanks(text: &[u8]) -> &[u8] {
    text.trim_ascii_start()
}
