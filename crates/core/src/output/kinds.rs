//! The closed kinds of output. A handler picks one; only core turns it into bytes.

use serde::Serialize;

use super::ranges::Conditions;
use super::reply::{Envelope, Reply, ReplyBody};
use super::view::View;
use crate::errors::AppError;
use crate::utils::pagination::Page;
use crate::values::{AsSerialize, ResponseField, Schema};

pub(super) mod sealed {
    /// Sealed: only core defines outputs.
    #[diagnostic::on_unimplemented(
        message = "`{Self}` cannot be made an output",
        label = "the kinds of output are closed",
        note = "return one of core's: `Success<V>`, `Created<V>`, `Accepted` or `Paginated<V>`, where `V` is declared with `view!`. Add a missing kind to core"
    )]
    pub trait Sealed {}

    /// Sealed: a handler has one kind of error, so that there is one error path.
    pub trait Answered {}
}

/// What a handler may return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot leave the server",
    label = "not an output",
    note = "return one of the closed kinds, where `V` is declared with `view!`: `Success<V>` (200), `Created<V>` (201), `Accepted` (202), or for a list `Paginated<V>`, of the page that the input asks for: `input! {{ pub struct ListBooks {{}} with page }}`"
)]
pub trait Output: sealed::Sealed + Send + 'static {
    /// Its description, for the OpenAPI document.
    fn describe() -> OutputDoc;

    /// Its bytes, before the envelope.
    ///
    /// # Errors
    /// 500 if it cannot be written, which is a bug.
    #[doc(hidden)]
    fn into_reply(self) -> Result<Reply, AppError>;

    /// The same for a request with these conditions, which only files look at.
    ///
    /// # Errors
    /// 416 for a part that a file does not have.
    #[doc(hidden)]
    fn answer(self, asked: &Conditions) -> Result<Reply, AppError>
    where
        Self: Sized,
    {
        let _ = asked;
        self.into_reply()
    }
}

/// What a handler resolves to: an [`Output`], or the error that it is answered with.
#[diagnostic::on_unimplemented(
    message = "a handler cannot resolve to `{Self}`",
    label = "not `Result<_, AppError>`",
    note = "return `Result<Success<V>, AppError>`, or another output. An error of your own says with which code it is answered: `impl From<MyError> for AppError {{ fn from(error: MyError) -> Self {{ AppError::new(&MY_CODE) }} }}`; then `?` turns it into one"
)]
pub trait Answer: sealed::Answered {
    /// The output on success.
    type Output: Output;

    /// The output, or the error.
    ///
    /// # Errors
    /// What the handler returned.
    #[doc(hidden)]
    fn into_result(self) -> Result<Self::Output, AppError>;
}

impl<O: Output> sealed::Answered for Result<O, AppError> {}
impl<O: Output> Answer for Result<O, AppError> {
    type Output = O;

    fn into_result(self) -> Self {
        self
    }
}

/// The description of an output.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "the facts are independent of each other")]
pub struct OutputDoc {
    /// The HTTP status of success.
    pub status: u16,
    /// The media type.
    pub media_type: &'static str,
    /// The shape of `data`; `None` if it has no envelope.
    pub data: Option<Schema>,
    /// Whether it has `meta.page`.
    pub paged: bool,
    /// Whether shared caches may keep it. Then its route must be public.
    pub cacheable: bool,
    /// Whether an unknown query parameter is refused. It is for data: a program has mistyped a name. Others append
    /// parameters to addresses of pages, documents, probes and redirects (`utm_source`, `fbclid`); there it is
    /// ignored.
    pub refuses_unknown_query: bool,
    /// Whether it sets or clears cookies.
    pub sets_cookies: bool,
    /// Whether it is a file, of which a request can ask for a part.
    pub is_file: bool,
    /// The data of each event, if it is a stream of events.
    pub events: Option<Schema>,
    /// Whether browsers see a page of it instead, as `text/html`.
    pub also_a_page: bool,
}

impl OutputDoc {
    /// Whether a person may see a page: its errors are then pages for people too, if they do not depend on the
    /// input.
    pub(crate) fn is_shown(&self) -> bool {
        self.also_a_page || self.media_type.starts_with(HTML)
    }

    /// Data in the envelope.
    fn enveloped(status: u16, data: Schema) -> Self {
        Self {
            status,
            media_type: JSON,
            data: Some(data),
            paged: false,
            cacheable: false,
            refuses_unknown_query: true,
            sets_cookies: false,
            events: None,
            is_file: false,
            also_a_page: false,
        }
    }

    /// A body without the envelope, at an address that people and third-party programs follow.
    pub(super) fn plain(status: u16, media_type: &'static str) -> Self {
        Self {
            status,
            media_type,
            data: None,
            paged: false,
            cacheable: false,
            refuses_unknown_query: false,
            sets_cookies: false,
            events: None,
            is_file: false,
            also_a_page: false,
        }
    }
}

/// 200: the requested data.
#[derive(Debug)]
pub struct Success<V> {
    view: V,
}

impl<V: View> Success<V> {
    /// Answers with a view.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V: View> Output for Success<V> {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(200, V::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(200, &self.view)
    }
}

/// 201: the created object.
#[derive(Debug)]
pub struct Created<V> {
    view: V,
}

impl<V: View> Created<V> {
    /// Answers with the created object.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V: View> Output for Created<V> {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(201, V::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(201, &self.view)
    }
}

crate::view! {
    /// Nothing to show.
    pub struct Empty = "Empty" {}
}

/// 202: accepted; a mail follows if there is something to mail.
#[derive(Debug, Default)]
pub struct Accepted(());

impl Accepted {
    /// Answers without a hint about what will happen.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Output for Accepted {
    fn describe() -> OutputDoc {
        OutputDoc::enveloped(202, <Empty as ResponseField>::schema())
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(202, &Empty {})
    }
}

impl<V> sealed::Sealed for Success<V> {}
impl<V> sealed::Sealed for Created<V> {}
impl sealed::Sealed for Accepted {}

/// 200: the health of the server, for monitors.
#[derive(Debug)]
pub struct ProbeAnswer<V> {
    view: V,
}

impl<V: View> ProbeAnswer<V> {
    /// Answers with the data for a monitor.
    pub fn new(view: V) -> Self {
        Self { view }
    }
}

impl<V> sealed::Sealed for ProbeAnswer<V> {}

impl<V: View> Output for ProbeAnswer<V> {
    fn describe() -> OutputDoc {
        OutputDoc { refuses_unknown_query: false, ..OutputDoc::enveloped(200, V::schema()) }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Reply::of_view(200, &self.view)
    }
}

/// 200: one page of a list, as `data.items` and `meta.page`.
#[derive(Debug)]
pub struct Paginated<V> {
    page: Page<V>,
}

impl<V: View> Paginated<V> {
    /// Answers with a page.
    pub fn new(page: Page<V>) -> Self {
        Self { page }
    }

    pub(super) fn into_envelope(self) -> Result<Envelope, AppError> {
        let next = self.page.next.map(|cursor| cursor.as_str().to_owned());
        Envelope::written(Some((self.page.limit, next)), |data| {
            serde_json::to_writer(data, &Items { items: &self.page.items })
        })
    }
}

impl<V> sealed::Sealed for Paginated<V> {}

#[derive(Serialize)]
struct Items<'a, V: View> {
    #[serde(serialize_with = "write_items")]
    items: &'a [V],
}

fn write_items<V: View, S: serde::Serializer>(items: &&[V], s: S) -> Result<S::Ok, S::Error> {
    s.collect_seq(items.iter().map(AsSerialize))
}

impl<V: View> Output for Paginated<V> {
    fn describe() -> OutputDoc {
        let items = Schema::object(None).property("items", Schema::array(V::schema()), true);
        OutputDoc { paged: true, ..OutputDoc::enveloped(200, items) }
    }
    fn into_reply(self) -> Result<Reply, AppError> {
        Ok(Reply::new(200, ReplyBody::Envelope(self.into_envelope()?)))
    }
}

pub(crate) const JSON: &str = "application/json; charset=utf-8";
pub(super) const HTML: &str = "text/html";
