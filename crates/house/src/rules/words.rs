//! Texts that no file may contain: a lint switched off without a reason, a note about later work, a forgotten debug
//! print. It also limits the length of a file.

use std::str::FromStr;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::finding::Finding;
use crate::house::House;
use crate::parsed::Parsed;

/// The maximum length of a file in lines: a longer one has more than one subject.
const MAX_LINES: usize = 400;

const PRINTING: &[&str] = &["dbg", "eprint", "eprintln", "print", "println"];

const NOTES: &[&str] = &["FIXME", "TODO", "XXX"];

/// Checks every file.
pub(super) fn check(house: &House, files: &[Parsed]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in files {
        let mut words = Words { house, file, findings: &mut findings };
        words.length();
        words.comments();
        // A parsed file has tokens; inside macros only tokens can be checked.
        words.tokens(TokenStream::from_str(&file.text).unwrap_or_default());
    }
    findings
}

struct Words<'a> {
    house: &'a House,
    file: &'a Parsed,
    findings: &'a mut Vec<Finding>,
}

impl Words<'_> {
    fn refuse(&mut self, line: usize, message: impl Into<String>) {
        self.findings.push(Finding::line(&self.file.path, line, message));
    }

    fn length(&mut self) {
        let lines = self.file.text.lines().count();
        if lines > MAX_LINES {
            let message =
                format!("{lines} lines: a file above {MAX_LINES} lines has two subjects. Give each a file");
            self.findings.push(Finding::file(&self.file.path, message));
        }
    }

    fn comments(&mut self) {
        let file = self.file;
        for (line, text) in (1..).zip(file.text.lines()) {
            let comment = text.find("//").or_else(|| text.find("/*")).and_then(|at| text.get(at..));
            let comment = comment.or_else(|| text.trim_start().strip_prefix("* ")).unwrap_or_default();
            let mut words = comment.split(|c: char| !(c.is_alphanumeric() || c == '_'));
            if let Some(word) = words.find(|word| NOTES.contains(word)) {
                self.refuse(
                    line,
                    format!("`{word}`: no note about later work. Do it now, or write down why not"),
                );
            }
        }
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let following = |by: usize| tokens.get(at + by);
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Punct(hash) if hash.as_char() == '#' => {
                    let attribute = if is_bang(following(1)) { following(2) } else { following(1) };
                    if attribute.is_some_and(is_allow) {
                        self.refuse(
                            hash.span().start().line,
                            "`allow` outlives its cause: write `#[expect(…, reason = \"…\")]`",
                        );
                    }
                }
                TokenTree::Ident(word) if is_bang(following(1)) && !self.house.may_print(&self.file.path) => {
                    let name = word.to_string();
                    let called = matches!(following(2), Some(TokenTree::Group(_)));
                    if called && PRINTING.contains(&name.as_str()) {
                        let message = format!(
                            "`{name}!`: a server logs through `tracing`; a command writes to a writer"
                        );
                        self.refuse(word.span().start().line, message);
                    }
                }
                _ => {}
            }
        }
    }
}

fn is_bang(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Punct(bang)) if bang.as_char() == '!')
}

/// `[allow(…)]`, also within `[cfg_attr(…, allow(…))]`.
fn is_allow(attribute: &TokenTree) -> bool {
    let TokenTree::Group(group) = attribute else { return false };
    if group.delimiter() != Delimiter::Bracket {
        return false;
    }
    let mut content = group.stream().into_iter();
    match content.next() {
        Some(TokenTree::Ident(name)) if name == "allow" => true,
        Some(TokenTree::Ident(name)) if name == "cfg_attr" => match content.next() {
            Some(TokenTree::Group(inner)) => inner
                .stream()
                .into_iter()
                .any(|token| matches!(token, TokenTree::Ident(name) if name == "allow")),
            _ => false,
        },
        _ => false,
    }
}
