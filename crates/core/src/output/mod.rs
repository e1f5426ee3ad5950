//! Outputs: the possible answers of a route. The kinds are closed; only the envelope turns them into a response.

mod download;
mod error_pages;
mod events;
mod feed;
mod kinds;
mod page;
mod plain;
mod ranges;
mod reply;
mod view;
mod with_cookies;

pub use download::Download;
pub(crate) use error_pages::ErrorPages;
pub use events::{Event, EventName, Events};
pub use feed::Feed;
pub use kinds::Empty;
pub use kinds::{Accepted, Answer, Created, Output, OutputDoc, Paginated, ProbeAnswer, Success};
pub use page::{PageError, PageParts, PageTemplates};
pub use plain::{BuiltInPage, Document, MetricsText, PageOrList, Redirect};
#[doc(hidden)]
pub use ranges::Conditions;
pub use reply::Reply;
pub(crate) use reply::{Envelope, Plain, ReplyBody, Streamed};
pub use view::{Fields, View};
#[doc(hidden)]
pub use view::{described, write_view};
pub use with_cookies::WithCookies;
