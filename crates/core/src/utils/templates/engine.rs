//! Compiling and rendering: minijinja, with no more of it than the templates need.

use std::sync::Arc;

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value};

use super::context::{TemplateContext, TemplateValue};
use super::file::TemplateFile;

/// Compiled templates. Clones share them.
#[derive(Clone, Debug)]
pub struct Templates(Arc<Environment<'static>>);

/// A template that does not compile or cannot be rendered: a defect of its file, or of the code that gives it values.
#[derive(Debug, thiserror::Error)]
#[error("{act} the template {name}")]
pub struct TemplateError {
    act: &'static str,
    name: &'static str,
    #[source]
    cause: Error,
}

impl Templates {
    /// Compiles template files. They find each other by name, to extend, import and include.
    ///
    /// # Errors
    /// When one does not compile.
    pub fn new(files: impl IntoIterator<Item = TemplateFile>) -> Result<Self, TemplateError> {
        // Empty: a filter named `safe` would be a way around escaping.
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_auto_escape_callback(
            |name| {
                if is_text(name) { AutoEscape::None } else { AutoEscape::Html }
            },
        );
        environment.set_formatter(put);
        environment.set_syntax(
            SyntaxConfig::builder()
                .trim_blocks(true)
                .lstrip_blocks(true)
                .keep_trailing_newline(true)
                .build()
                .map_err(|cause| TemplateError { act: "reading the syntax of", name: "", cause })?,
        );
        environment.add_filter("split", |text: &str, at: &str| -> Vec<String> {
            text.split(at).map(str::to_owned).collect()
        });
        for TemplateFile { name, source } in files {
            environment.add_template_owned(name, source).map_err(|cause| TemplateError {
                act: "compiling",
                name,
                cause,
            })?;
        }
        Ok(Self(Arc::new(environment)))
    }

    /// Renders a template.
    ///
    /// # Errors
    /// When there is no such template, or when it asks for what it was not given.
    pub fn render(&self, name: &'static str, context: TemplateContext) -> Result<String, TemplateError> {
        self.render_trusting(name, context, &[])
    }

    /// The same, with markup that is part of the program.
    pub(crate) fn render_trusting(
        &self,
        name: &'static str,
        context: TemplateContext,
        markup: &[(&'static str, &'static str)],
    ) -> Result<String, TemplateError> {
        let values = context.into_entries().map(|(name, value)| (name, converted(value)));
        let markup = markup.iter().map(|(name, text)| (*name, Value::from_safe_string((*text).to_owned())));
        // Behind them, so that a value of the same name cannot take its place.
        let values = Value::from_pairs(values.chain(markup));
        let rendered = self.0.get_template(name).and_then(|template| template.render(values));
        rendered.map_err(|cause| TemplateError { act: "rendering", name, cause })
    }
}

fn is_text(name: &str) -> bool {
    name.rsplit('.').next() == Some("txt")
}

/// Every one but markup of the program becomes text: the set of values is closed.
fn converted(value: TemplateValue) -> Value {
    match value {
        TemplateValue::Text(text) => Value::from(text),
        TemplateValue::Number(number) => Value::from(number),
        TemplateValue::Flag(flag) => Value::from(flag),
        TemplateValue::Nothing => Value::from(()),
        TemplateValue::List(values) => values.into_iter().map(converted).collect(),
        TemplateValue::Group(values) => {
            Value::from_pairs(values.into_entries().map(|(name, value)| (name, converted(value))))
        }
    }
}

/// Puts a value into a template. The name of the template decides whether it is escaped: `{% autoescape %}` does not.
fn put(out: &mut Output<'_>, state: &mut State<'_, '_>, value: &Value) -> Result<(), Error> {
    match value.as_str() {
        Some(text) if is_text(state.name()) || value.is_safe() => out.write_str(text)?,
        Some(text) => escape(text, out)?,
        None if value.is_number() => write!(out, "{value}")?,
        None => {
            let kind = format!("{} is neither text nor a number", value.kind());
            return Err(Error::new(ErrorKind::InvalidOperation, kind));
        }
    }
    Ok(())
}

/// Escapes text for an element or a quoted attribute.
fn escape(text: &str, out: &mut Output<'_>) -> std::fmt::Result {
    let mut rest = text;
    while let Some((at, entity)) = rest.char_indices().find_map(|(at, c)| Some((at, entity(c)?))) {
        let (before, from) = rest.split_at(at);
        out.write_str(before)?;
        out.write_str(entity)?;
        // What is replaced is ASCII.
        rest = from.get(1..).unwrap_or_default();
    }
    out.write_str(rest)
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        '"' => Some("&quot;"),
        '\'' => Some("&#39;"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errors::with_causes;

    fn render(source: &'static str, context: TemplateContext) -> Result<String, String> {
        render_named("page.html", source, context)
    }

    fn render_named(
        name: &'static str,
        source: &'static str,
        context: TemplateContext,
    ) -> Result<String, String> {
        let templates = Templates::new([TemplateFile { name, source: source.into() }]);
        templates.and_then(|t| t.render(name, context)).map_err(|error| with_causes(&error))
    }

    fn hostile() -> TemplateContext {
        TemplateContext::new().with("text", "<script>'\"</script> & ä")
    }

    #[test]
    fn text_never_becomes_markup() {
        let escaped = "&lt;script&gt;&#39;&quot;&lt;/script&gt; &amp; ä";
        for (source, expected) in [
            ("<p title=\"{{ text }}\">{{ text }}</p>", format!("<p title=\"{escaped}\">{escaped}</p>")),
            ("{% autoescape false %}{{ text }}{% endautoescape %}", escaped.to_owned()),
            ("{% set copy = text %}{{ copy }}", escaped.to_owned()),
            ("{% set block %}<b>{{ text }}</b>{% endset %}{{ block }}", format!("<b>{escaped}</b>")),
            (
                "{% macro bold(text) %}<b>{{ text }}</b>{% endmacro %}{{ bold(text) }}",
                format!("<b>{escaped}</b>"),
            ),
            ("{% for part in text|split(' & ') %}{{ loop.index }}{{ part }}{% endfor %}", {
                format!("1{}2ä", escaped.strip_suffix(" &amp; ä").unwrap())
            }),
        ] {
            assert_eq!(render(source, hostile()), Ok(expected), "{source}");
        }
        for source in ["{{ '<b>' ~ text }}", "{% macro m() %}<b>{% endmacro %}{{ m() ~ text }}"] {
            assert!(!render(source, hostile()).unwrap().contains("<script>"), "{source}");
        }
    }

    #[test]
    fn a_text_template_is_not_escaped() {
        assert_eq!(
            render_named("mail.txt", "{{ text }}\n", hostile()),
            Ok("<script>'\"</script> & ä\n".to_owned())
        );
    }

    #[test]
    fn there_is_no_way_to_call_text_markup() {
        for source in ["{{ text|safe }}", "{{ text|e|safe }}", "{{ safe(text) }}"] {
            assert!(render(source, hostile()).is_err(), "{source}");
        }
    }

    #[test]
    fn what_is_missing_or_cannot_be_shown_is_an_error_that_names_the_place() {
        let context =
            || TemplateContext::new().with("flag", true).with("list", vec!["a"]).with("none", None::<String>);
        for source in [
            "{{ missing }}",
            "{% if missing %}{% endif %}",
            "{% for a in missing %}{% endfor %}",
            "{{ flag }}",
            "{{ list }}",
            "{{ none }}",
            "{% include 'nowhere.html' %}",
        ] {
            let error = render(source, context()).unwrap_err();
            assert!(error.starts_with("rendering the template page.html: "), "{source}: {error}");
            assert!(error.contains("page.html:1"), "{source}: {error}");
        }
        assert_eq!(render("{% if none %}a{% else %}b{% endif %}", context()), Ok("b".to_owned()));
    }

    #[test]
    fn what_does_not_compile_is_refused_before_it_is_used() {
        for source in ["{% if %}", "{{ a", "{% endfor %}", "{% block a %}"] {
            let error = render(source, TemplateContext::new()).unwrap_err();
            assert!(error.starts_with("compiling the template page.html: "), "{source}: {error}");
        }
    }

    #[test]
    fn numbers_and_groups_are_put_in_by_name() {
        let user = TemplateContext::new().with("name", "Ada").with("age", 36_usize);
        let context = TemplateContext::new().with("users", vec![user]);
        let source = "{% for user in users %}{{ user.name }}: {{ user.age }}{% endfor %}";
        assert_eq!(render(source, context), Ok("Ada: 36".to_owned()));
    }
}
