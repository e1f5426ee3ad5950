//! The rules of a file with texts. Whatever they let pass can be formatted.

use std::collections::{BTreeMap, BTreeSet};

use fluent_bundle::FluentResource;
use fluent_syntax::ast::{Entry, Expression, InlineExpression, Pattern, PatternElement};

/// More placeables than any sentence has. `fluent-bundle` gives up at a hundred.
const MAX_PLACEABLES: usize = 50;

/// The texts that there are, each with its arguments: those of the English file.
#[derive(Clone, Debug)]
pub(super) struct Signatures(BTreeMap<&'static str, BTreeSet<&'static str>>);

impl Signatures {
    /// The signatures of a file of the program.
    pub(super) fn of(source: &'static str) -> Self {
        let (Ok(resource) | Err((resource, _))) = fluent_syntax::parser::parse_runtime(source);
        let messages = resource.body.iter().filter_map(|entry| match entry {
            Entry::Message(message) => {
                let mut references = References::default();
                if let Some(pattern) = &message.value {
                    references.of_pattern(pattern);
                }
                Some((message.id.name, references.arguments))
            }
            _ => None,
        });
        Self(messages.collect())
    }

    /// The same with those of another file. A text that both have keeps its arguments.
    pub(super) fn and(mut self, source: &'static str) -> Self {
        for (id, arguments) in Self::of(source).0 {
            self.0.entry(id).or_insert(arguments);
        }
        self
    }

    /// The arguments of a text.
    pub(super) fn arguments(&self, id: &str) -> Option<Vec<&'static str>> {
        self.0.get(id).map(|arguments| arguments.iter().copied().collect())
    }

    /// The ids, in alphabetical order.
    pub(super) fn ids(&self) -> impl Iterator<Item = &'static str> {
        self.0.keys().copied()
    }

    #[cfg(test)]
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &BTreeSet<&'static str>)> {
        self.0.iter().map(|(id, arguments)| (*id, arguments))
    }

    /// The mistakes in a file that parsed, each with its line.
    pub(super) fn mistakes(&self, file: &FluentResource) -> Vec<(usize, String)> {
        let terms: BTreeSet<&str> = file
            .entries()
            .filter_map(|entry| if let Entry::Term(term) = entry { Some(term.id.name) } else { None })
            .collect();
        let of_several_lines: BTreeSet<&str> = file
            .entries()
            .filter_map(|entry| {
                let Entry::Term(term) = entry else { return None };
                let mut references = References::default();
                references.of_pattern(&term.value);
                references.breaks_lines.then_some(term.id.name)
            })
            .collect();
        let (mut seen, mut mistakes) = (BTreeSet::new(), Vec::new());
        for entry in file.entries() {
            let (name, value, has_attributes, allowed) = match entry {
                Entry::Message(message) => {
                    let allowed = self.0.get(message.id.name);
                    let id = message.id.name.to_owned();
                    (id, message.value.as_ref(), !message.attributes.is_empty(), allowed)
                }
                Entry::Term(term) => {
                    (format!("-{}", term.id.name), Some(&term.value), !term.attributes.is_empty(), None)
                }
                _ => continue,
            };
            let is_term = matches!(entry, Entry::Term(_));
            let mut problems = Vec::new();
            let mut references = References::default();
            if let Some(pattern) = value {
                references.of_pattern(pattern);
            }
            if !seen.insert(name.clone()) {
                problems.push("is there twice".to_owned());
            }
            if !is_term && allowed.is_none() {
                problems.push("is no text of this program".to_owned());
            }
            if has_attributes || value.is_none() {
                problems.push("has attributes, which no text of this program has".to_owned());
            }
            if is_term && !(references.arguments.is_empty() && references.terms.is_empty()) {
                problems.push("is a term, which can have neither arguments nor other terms".to_owned());
            }
            let is_of_one_line = !references.breaks_lines && references.terms.is_disjoint(&of_several_lines);
            if name.ends_with("-subject") && !is_of_one_line {
                problems.push("is a subject, which must be one line without control characters".to_owned());
            }
            if let Some(allowed) = allowed {
                let unknown = references.arguments.iter().filter(|name| !allowed.contains(*name));
                problems.extend(unknown.map(|name| format!("asks for `${name}`, {}", offer(allowed))));
            }
            let missing = references.terms.iter().filter(|term| !terms.contains(*term));
            problems.extend(
                missing.map(|term| format!("refers to the term `-{term}`, which is not in this file")),
            );
            problems.extend(references.problems);
            let line = line_of(file.source(), &name);
            mistakes.extend(problems.into_iter().map(|problem| (line, format!("`{name}` {problem}"))));
        }
        mistakes
    }
}

/// The arguments that a text can have.
fn offer(allowed: &BTreeSet<&str>) -> String {
    if allowed.is_empty() {
        return "but this text has no arguments".to_owned();
    }
    let names: Vec<String> = allowed.iter().map(|name| format!("`${name}`")).collect();
    format!("but this text has only {}", names.join(", "))
}

/// The line of an entry, counted from 1.
fn line_of(source: &str, name: &str) -> usize {
    let begins = |line: &str| line.strip_prefix(name).is_some_and(|rest| rest.trim_start().starts_with('='));
    source.lines().position(begins).map_or(1, |line| line + 1)
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

/// What a text refers to.
#[derive(Default)]
struct References<'a> {
    arguments: BTreeSet<&'a str>,
    terms: BTreeSet<&'a str>,
    placeables: usize,
    /// Whether it has a control character of its own: a mail with one in its subject is never sent.
    breaks_lines: bool,
    problems: Vec<String>,
}

impl<'a> References<'a> {
    fn of_pattern(&mut self, pattern: &Pattern<&'a str>) {
        for element in &pattern.elements {
            if let PatternElement::TextElement { value } = element {
                self.breaks_lines |= has_control(value);
            }
            if let PatternElement::Placeable { expression } = element {
                self.placeables += 1;
                if self.placeables == MAX_PLACEABLES + 1 {
                    self.problems.push(format!("has more than {MAX_PLACEABLES} placeables"));
                }
                self.of_expression(expression);
            }
        }
    }

    fn of_expression(&mut self, expression: &Expression<&'a str>) {
        match expression {
            Expression::Inline(inline) => self.of_inline(inline),
            Expression::Select { selector, variants } => {
                self.of_inline(selector);
                for variant in variants {
                    self.of_pattern(&variant.value);
                }
            }
        }
    }

    fn of_inline(&mut self, inline: &InlineExpression<&'a str>) {
        match inline {
            InlineExpression::StringLiteral { value } => {
                self.breaks_lines |= has_control(&fluent_syntax::unicode::unescape_unicode_to_string(value));
            }
            InlineExpression::NumberLiteral { .. } => {}
            InlineExpression::VariableReference { id } => drop(self.arguments.insert(id.name)),
            InlineExpression::TermReference { id, attribute: None, arguments: None } => {
                self.terms.insert(id.name);
            }
            InlineExpression::TermReference { id, .. } => {
                self.problems.push(format!("gives the term `-{}` arguments, which no term has", id.name));
            }
            // A reference to itself would never end.
            InlineExpression::MessageReference { id, .. } => {
                self.problems
                    .push(format!("refers to the text `{}`: only terms can be referred to", id.name));
            }
            InlineExpression::FunctionReference { id, .. } => {
                self.problems.push(format!("calls `{}`, but there are no functions", id.name));
            }
            InlineExpression::Placeable { expression } => self.of_expression(expression),
        }
    }
}
