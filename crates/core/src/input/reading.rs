//! How a route reads its input: chosen by its declaration, carried out by the validation phase.

use std::sync::Arc;

use super::listening::{EventId, Listening, Room, Seat};
use super::repeatable::{Repeatable, RequestKey};
use super::signed::{ReadSigned, Signed, SignedReader};
use super::uploaded::{StagedFile, UploadTarget, Uploaded};
use super::{Input, InputDoc, Listeners, RawInput, Verifier};
use crate::values::{Detail, Rules};

/// How a route reads its input. `T` is what its handler gets.
pub(crate) struct Reading<T> {
    /// Describes the input.
    pub(crate) describe: Box<dyn Fn() -> InputDoc>,
    pub(crate) reads: Reads<T>,
}

/// The kinds of body.
pub(crate) enum Reads<T> {
    /// Declared fields, in a JSON object or a form.
    Fields(fn(RawInput, &Rules) -> Result<T, Vec<Detail>>),
    /// Declared fields, and the name that the client gave to the request.
    Repeatable(ReadRepeatable<T>),
    /// Bytes that their sender signs.
    Signed(Arc<dyn ReadSigned<T>>),
    /// Declared fields of the path and the query, and a seat.
    Listening(Arc<Room>, ReadListening<T>),
    /// Declared fields of the path and the query, and a file.
    Uploading(UploadTarget, ReadUploading<T>),
}

impl<I: Input> Reading<I> {
    /// Reads declared fields.
    pub(crate) fn fields() -> Self {
        Self { describe: Box::new(I::describe), reads: Reads::Fields(I::read) }
    }
}

impl<I: Input, P: Send + 'static> Reading<Signed<I, P>> {
    /// Reads a signed body, and the declared path and query.
    pub(crate) fn signed<V: Verifier<Payload = P>>(verifier: V) -> Self {
        let reader = Arc::new(SignedReader::<I, V>::new(verifier));
        Self { describe: Box::new(SignedReader::<I, V>::describe), reads: Reads::Signed(reader) }
    }
}

/// Reads the input of a request with a name.
type ReadRepeatable<T> = fn(RawInput, &Rules, Option<RequestKey>) -> Result<T, Vec<Detail>>;

impl<I: Input> Reading<Repeatable<I>> {
    /// Reads declared fields of a request that its client may repeat.
    pub(crate) fn repeatable() -> Self {
        let read: ReadRepeatable<Repeatable<I>> =
            |raw, rules, key| Ok(Repeatable { input: I::read(raw, rules)?, key });
        let describe = Box::new(|| InputDoc { repeatable: true, ..I::describe() });
        Self { describe, reads: Reads::Repeatable(read) }
    }
}

/// Reads the input of a listener.
type ReadListening<T> = fn(RawInput, &Rules, Arrived) -> Result<T, Vec<Detail>>;

/// Reads the input beside an upload, and says what it is with the file.
type ReadUploading<T> = fn(RawInput, &Rules) -> Result<WithFile<T>, Vec<Detail>>;

/// An input that lacks its file.
pub(crate) type WithFile<T> = Box<dyn FnOnce(StagedFile) -> T + Send>;

impl<I: Input> Reading<Uploaded<I>> {
    /// Reads the declared path and query, and then a file.
    pub(crate) fn uploading(target: UploadTarget) -> Self {
        let read: ReadUploading<Uploaded<I>> = |raw, rules| {
            let input = I::read(raw, rules)?;
            Ok(Box::new(move |file| Uploaded { input, file }))
        };
        let upload = target.upload;
        let describe = Box::new(move || InputDoc { upload: Some(upload), ..I::describe() });
        Self { describe, reads: Reads::Uploading(target, read) }
    }
}

/// What a listener brings: its seat, and the last event that it has.
pub(crate) type Arrived = (Seat, Option<EventId>);

impl<I: Input> Reading<Listening<I>> {
    /// Reads the declared path and query, and takes a seat.
    pub(crate) fn listening(listeners: Listeners) -> Self {
        let read: ReadListening<Listening<I>> = |raw, rules, (seat, last_event_id)| {
            Ok(Listening { input: I::read(raw, rules)?, last_event_id, seat })
        };
        let describe = Box::new(move || InputDoc { listeners: Some(listeners), ..I::describe() });
        Self { describe, reads: Reads::Listening(Room::new(listeners), read) }
    }
}

impl<T> Clone for Reads<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Fields(read) => Self::Fields(*read),
            Self::Repeatable(read) => Self::Repeatable(*read),
            Self::Signed(reader) => Self::Signed(Arc::clone(reader)),
            Self::Listening(room, read) => Self::Listening(Arc::clone(room), *read),
            Self::Uploading(target, read) => Self::Uploading(target.clone(), *read),
        }
    }
}
