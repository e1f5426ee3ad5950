//! Values: one value of an input, an answer or a document. The type of a value parses it, serializes it, describes
//! it, and makes it searchable.
//!
//! Code that knows a request may not enter.

mod counted;
mod event_pattern;
mod field;
mod id;
mod json;
mod key;
mod list;
pub mod mail_address;
mod number;
mod response_field;
mod rules;
mod schema;
mod string_enum;
mod text;
mod time;
mod webhook_url;

pub use counted::counted;
pub use event_pattern::EventPattern;
pub use field::{Detail, Field, Violation, ViolationCode};
pub use id::{Id, parse_body, uuid_v7, uuid_v7_after};
pub use json::{Json, MAX_DEPTH};
pub use key::{Key, KeyKind, KeyValue, TextKey};
pub use list::Elements;
pub use number::Bounds;
pub(crate) use response_field::AsSerialize;
pub use response_field::ResponseField;
pub use rules::Rules;
pub use schema::{Configured, Schema};
#[doc(hidden)]
pub use string_enum::words;
pub use time::Years;
pub use webhook_url::WebhookUrl;
