//! The other kinds of input: beside the declared fields a signed body, a seat of a listener, or a file.

use std::marker::PhantomData;
use std::sync::Arc;

use super::RouteBuilder;
use super::states::{
    AdmitsSenders, HasFields, ReadState, ReadsListening, ReadsRepeatable, ReadsSigned, ReadsUpload,
};
use crate::files::FileStore;
use crate::input::{AnyInput, Listeners, Reading, Upload, UploadTarget, Verifier};
use crate::middlewares::access::Access;

impl<L, A, I: ReadState> RouteBuilder<L, A, I> {
    /// Sets that its body is signed by its sender, as webhooks of payment providers are: the handler gets a
    /// [`Signed`](crate::input::Signed), with what the verifier made of the authentic body beside the declared input. That
    /// input reads the path and the query; a body field of it is refused when the route is mounted.
    pub fn signed_by<V>(self, verifier: V) -> RouteBuilder<L, A, ReadsSigned<I::Input, V::Payload>>
    where
        A: AdmitsSenders,
        I: HasFields,
        V: Verifier,
    {
        self.reading(Reading::signed(verifier))
    }

    /// Sets that its answer goes on, and how many may listen at once: the handler gets a [`Listening`](crate::input::Listening),
    /// with the seat that [`Events`](crate::output::Events) need.
    pub fn listeners(self, listeners: Listeners) -> RouteBuilder<L, A, ReadsListening<I::Input>>
    where
        A: Access<Inputs = AnyInput>,
        I: HasFields,
    {
        self.reading(Reading::listening(listeners))
    }

    /// Sets that it takes a file as a form (`multipart/form-data`), and where its bytes go while they arrive: the handler gets an
    /// [`Uploaded`](crate::input::Uploaded), whose file it keeps or drops. The declared input reads the path and the query, and
    /// is checked before the form is read.
    pub fn uploads(
        self,
        store: Arc<dyn FileStore>,
        upload: Upload,
    ) -> RouteBuilder<L, A, ReadsUpload<I::Input>>
    where
        A: Access<Inputs = AnyInput>,
        I: HasFields,
    {
        self.reading(Reading::uploading(UploadTarget { store, upload }))
    }

    /// Sets that a client may repeat a request whose answer it did not hear, by sending the same `Idempotency-Key`
    /// (`draft-ietf-httpapi-idempotency-key-header`): the handler gets a [`Repeatable`](crate::input::Repeatable), whose key goes
    /// into the batch of the effect (`palisade_lib::repeats`). A request without the header is carried out as ever.
    pub fn repeatable(self) -> RouteBuilder<L, A, ReadsRepeatable<I::Input>>
    where
        A: Access<Inputs = AnyInput>,
        I: HasFields,
    {
        self.reading(Reading::repeatable())
    }

    /// Reads its input in another way.
    fn reading<R: ReadState>(self, reading: Reading<R::Input>) -> RouteBuilder<L, A, R> {
        RouteBuilder {
            method: self.method,
            path: self.path,
            is_cross_site_form: self.is_cross_site_form,
            limit: self.limit,
            reading,
            subject: None,
            states: PhantomData,
        }
    }
}
