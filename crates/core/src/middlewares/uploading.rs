//! Reading an upload: the form is parsed while it arrives, and the file is written while it is parsed. Memory holds a chunk of
//! it; whatever ends the form early leaves nothing behind.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http_body::Body as _;
use multer::{Constraints, Field, Multipart};
use parking_lot::Mutex;
use tokio::time::{Sleep, sleep};

use crate::drain::now;
use crate::errors::{AppError, codes};
use crate::files::{FileName, MediaType};
use crate::input::{StagedFile, Upload, UploadTarget};
use crate::request::{Body, BodyError};
use crate::values::{Detail, Violation, ViolationCode};

/// What a form has besides its file: boundaries and the headers of parts. Also the most that the parser holds in memory.
const OVERHEAD: u64 = 64 * 1024;

/// The only type of a form with files.
const FORM: &str = "multipart/form-data";

/// Reads the one file of a form into its store.
///
/// # Errors
/// 400 with what is wrong with the form; 408, 413 or 415; 500 if the store fails.
pub(super) async fn read(
    target: &UploadTarget,
    headers: &HeaderMap,
    body: Body,
    silence: Duration,
) -> Result<StagedFile, AppError> {
    let upload = &target.upload;
    let boundary = boundary(headers)?;
    let announced = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > upload.max_bytes().saturating_add(OVERHEAD)) {
        return Err(AppError::new(&codes::PAYLOAD_TOO_LARGE));
    }
    let arriving = Arc::new(Arriving::default());
    let stream = Arrived::new(body, silence, Arc::clone(&arriving));
    // Only the field of the file is declared, so another one is refused by its head.
    let form = Multipart::with_constraints(stream, boundary, Constraints::new());
    let reading = file(target, form, &arriving);
    let read = tokio::time::timeout(upload.most_time(), reading).await;
    read.unwrap_or_else(|_| Err(AppError::new(&codes::REQUEST_TIMEOUT)))
}

/// The boundary of the form.
fn boundary(headers: &HeaderMap) -> Result<String, AppError> {
    let unsupported = || {
        let error = AppError::new(&codes::UNSUPPORTED_MEDIA_TYPE);
        error.with_message(format!("The body must be {FORM}")).accepting(FORM)
    };
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(only), None) = (types.next(), types.next()) else { return Err(unsupported()) };
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(unsupported());
    }
    let boundary = only.to_str().ok().and_then(|text| multer::parse_boundary(text).ok());
    // RFC 2046, 5.1.1.
    boundary.filter(|boundary| (1..=70).contains(&boundary.len())).ok_or_else(unsupported)
}

/// The file of a form that has it alone.
async fn file(
    target: &UploadTarget,
    mut form: Multipart<'static>,
    arriving: &Arriving,
) -> Result<StagedFile, AppError> {
    let upload = &target.upload;
    let mut staged = None;
    while let Some(mut field) = form.next_field().await.map_err(|error| arriving.broken(&error))? {
        arriving.progress();
        let (name, media_type) = described(upload, &field, staged.is_some())
            .map_err(|detail| AppError::validation(vec![detail]))?;
        let mut written = target.store.begin().await.map_err(AppError::internal)?;
        let mut length = 0_u64;
        while let Some(chunk) = field.chunk().await.map_err(|error| arriving.broken(&error))? {
            arriving.progress();
            length = length.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if length > upload.max_bytes() {
                return Err(AppError::new(&codes::PAYLOAD_TOO_LARGE));
            }
            written.write(chunk).await.map_err(AppError::internal)?;
        }
        staged = Some(StagedFile { name, media_type, length, written });
    }
    staged.ok_or_else(|| {
        AppError::validation(vec![Violation::new(ViolationCode::Required, "is required").at(upload.field())])
    })
}

/// The name and the type of a part, before a byte of it is read.
fn described(
    upload: &Upload,
    field: &Field<'static>,
    has_file: bool,
) -> Result<(FileName, MediaType), Detail> {
    let named = field.name().unwrap_or_default();
    if named != upload.field() {
        let shown: String = named.chars().filter(|c| !c.is_control()).take(64).collect();
        return Err(Violation::new(ViolationCode::UnknownField, "is not a field of this form").at(shown));
    }
    if has_file {
        return Err(Violation::not_allowed("must be given only once").at(upload.field()));
    }
    // A browser sends an empty name for a form without a file.
    let name = field
        .file_name()
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Violation::new(ViolationCode::Required, "is required").at(upload.field()))?;
    let name = FileName::parse(name).map_err(|violation| violation.at(upload.field()))?;
    // RFC 7578, 4.4: the default is `text/plain`; a browser names the type of each file.
    let sent = field.content_type().map_or("text/plain", |sent| sent.essence_str());
    let media_type = MediaType::parse(sent).map_err(|violation| violation.at(upload.field()))?;
    if !upload.takes(&media_type) {
        let message = format!("must be of one of these types: {}", upload.accepted_types().join(", "));
        return Err(Violation::not_allowed(message).at(upload.field()));
    }
    Ok((name, media_type))
}

/// What the stream and the reader of one form know together.
#[derive(Debug, Default)]
struct Arriving {
    /// Bytes since the parser last gave something out: it holds them in memory.
    held: AtomicU64,
    error: Mutex<Option<AppError>>,
}

impl Arriving {
    fn progress(&self) {
        self.held.store(0, Ordering::Relaxed);
    }

    /// Counts bytes. Whether the parser holds no more of them than it may.
    fn hold(&self, bytes: usize) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let held = self.held.fetch_add(bytes, Ordering::Relaxed);
        held.saturating_add(bytes) <= OVERHEAD.saturating_mul(2)
    }

    /// The error behind one of the parser.
    fn broken(&self, error: &multer::Error) -> AppError {
        let own = self.error.lock().take();
        own.unwrap_or_else(|| {
            AppError::malformed("The form is not well-formed").with_cause(error.to_string())
        })
    }
}

/// The bytes of a body as they arrive, one frame for each time that the parser is polled: it would otherwise read everything
/// that is there into memory.
struct Arrived {
    body: Body,
    silence: Duration,
    pause: Pin<Box<Sleep>>,
    shared: Arc<Arriving>,
    has_given: bool,
}

impl Arrived {
    fn new(body: Body, silence: Duration, shared: Arc<Arriving>) -> Self {
        Self { body, silence, pause: Box::pin(sleep(silence)), shared, has_given: false }
    }

    fn fail(&self, error: AppError) -> Poll<Option<io::Result<Bytes>>> {
        *self.shared.error.lock() = Some(error);
        Poll::Ready(Some(Err(io::ErrorKind::InvalidData.into())))
    }
}

impl Stream for Arrived {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if std::mem::take(&mut self.has_given) {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        loop {
            let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) else {
                ready!(self.pause.as_mut().poll(cx));
                return self.fail(AppError::new(&codes::REQUEST_TIMEOUT));
            };
            let next = now() + self.silence;
            self.pause.as_mut().reset(next);
            let frame = match frame {
                None => return Poll::Ready(None),
                Some(Ok(frame)) => frame,
                Some(Err(BodyError::Late)) => {
                    return self.fail(AppError::unavailable(Duration::from_secs(1), BodyError::Late));
                }
                Some(Err(BodyError::Broken(error))) => {
                    return self.fail(AppError::malformed("The body broke off").with_cause(error));
                }
            };
            let Ok(bytes) = frame.into_data() else { continue };
            if bytes.is_empty() {
                continue;
            }
            if !self.shared.hold(bytes.len()) {
                return self.fail(AppError::malformed("The form has a part with too long a head"));
            }
            self.has_given = true;
            return Poll::Ready(Some(Ok(bytes)));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;
    use http_body::Frame;
    use http_body_util::StreamBody;

    use super::*;

    /// A body of which these frames are there already.
    fn arrived(frames: usize, bytes: usize) -> (Arrived, Arc<Arriving>) {
        let frame = move |_| Ok::<_, Infallible>(Frame::data(Bytes::from(vec![b'x'; bytes])));
        let there = StreamBody::new(stream::iter((0..frames).map(frame)));
        let (body, _) = Body::new(there, &HeaderMap::new(), &Arc::default());
        let arriving = Arc::<Arriving>::default();
        (Arrived::new(body, Duration::from_mins(1), Arc::clone(&arriving)), arriving)
    }

    fn polled<T>(poll: impl FnMut(&mut Context<'_>) -> Poll<T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(std::future::poll_fn(poll))
    }

    #[test]
    fn the_parser_gets_one_frame_at_a_time() {
        polled(|cx| {
            let (mut body, _) = arrived(3, 10);
            for _ in 0..3 {
                assert!(matches!(Pin::new(&mut body).poll_next(cx), Poll::Ready(Some(Ok(_)))));
                assert!(Pin::new(&mut body).poll_next(cx).is_pending());
            }
            assert!(matches!(Pin::new(&mut body).poll_next(cx), Poll::Ready(None)));
            Poll::Ready(())
        });
    }

    #[test]
    fn what_the_parser_holds_without_progress_has_a_bound() {
        let read = |progresses: bool| {
            polled(|cx| {
                let (mut body, arriving) = arrived(20, 16 * 1024);
                let mut read = 0;
                loop {
                    match Pin::new(&mut body).poll_next(cx) {
                        Poll::Ready(Some(Ok(_))) => read += 1,
                        Poll::Ready(_) => return Poll::Ready((read, arriving.error.lock().is_some())),
                        Poll::Pending => {}
                    }
                    if progresses {
                        arriving.progress();
                    }
                }
            })
        };
        assert_eq!(read(true), (20, false));
        assert_eq!(read(false), (8, true), "128 KiB");
    }
}
