//! The recorded message of the compiler.

use std::fmt::Write;

use cargo_metadata::diagnostic::{Diagnostic, DiagnosticLevel, DiagnosticSpan};

/// Notes that list other types and not the problem.
const CHANGING: &[&str] = &[
    "consider using `--verbose`",
    "the following other types implement trait",
    "the following types implement the trait",
    "the full name for the type has been written",
    "there is a crate or module with a similar name",
];

/// Whether a message changes when a type is added elsewhere.
fn changes(message: &str) -> bool {
    let example = message.starts_with("the trait `") && message.contains("` is implemented for `");
    example || CHANGING.iter().any(|words| message.starts_with(words))
}

/// Message, place in the case, labels and notes of each error.
pub(crate) fn render(file: &str, errors: &[Diagnostic]) -> String {
    let mut text = String::new();
    for error in
        errors.iter().filter(|error| error.level == DiagnosticLevel::Error && !error.spans.is_empty())
    {
        let code = error.code.as_ref().map(|code| format!("[{}]", code.code)).unwrap_or_default();
        let _ = writeln!(text, "error{code}: {}", error.message);
        for span in &error.spans {
            place(&mut text, file, span);
        }
        for child in &error.children {
            if changes(&child.message) {
                continue;
            }
            let level = if child.level == DiagnosticLevel::Help { "help" } else { "note" };
            let _ = writeln!(text, "  {level}: {}", child.message.replace('\n', "\n        "));
        }
        text.push('\n');
    }
    text.truncate(text.trim_end().len());
    if !text.is_empty() {
        text.push('\n');
    }
    text
}

/// The line of the case that the span refers to, and its label.
fn place(text: &mut String, file: &str, span: &DiagnosticSpan) {
    let label = span.label.as_deref().unwrap_or_default();
    let mut here = span;
    while here.file_name != file {
        match &here.expansion {
            Some(expansion) => here = &expansion.span,
            None => return,
        }
    }
    let line = here.text.first().map(|line| line.text.trim()).unwrap_or_default();
    let _ = writeln!(text, "  {}: {line}", here.line_start);
    if !label.is_empty() {
        let _ = writeln!(text, "     ^ {label}");
    }
}
