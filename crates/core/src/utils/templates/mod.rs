//! Templates: text in files that people edit, compiled when the server starts.
//!
//! Every value is escaped where it is put into HTML. A template has no way around that: there is no `safe` filter, and
//! `{% autoescape false %}` changes nothing. A variable that nobody gave, and a value that is neither text nor a number,
//! are errors and not blanks.

mod context;
mod engine;
mod file;

pub use context::{TemplateContext, TemplateValue};
pub use engine::{TemplateError, Templates};
pub use file::TemplateFile;
