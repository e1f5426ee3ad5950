//! The outbox on a real store, with a transport that tests control.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use palisade_core::errors::AppError;
use palisade_core::identity::Console;
use palisade_core::ports::{BoxFuture, SystemRng, TestClock};
use palisade_core::system::time::Timestamp;
use palisade_core::utils::crypto::keyring::Keyring;
use palisade_core::utils::crypto::secret::Key256;
use palisade_core::utils::pagination::{Cursor, Page, PageRequest, PageSize};
use palisade_core::values::{Field, Id};
use palisade_lib::smtp::{Phase, Reply, SmtpError};
use palisade_lib::store::{Batch, Collection, CursorKey, Location, Options, Store, Stored};
use palisade_lib::{collection, collections};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::sync::{Semaphore, oneshot};

use super::delivery::{LEASE, Outcome};
use super::schema::{MailId, MailState};
use super::types::{MailView, ReadMailbox};
use super::worker::Worker;
use super::{EmailMessage, Mail, RenderEmail, RenderRequest, RenderedEmail, Service, Transport, Verdict};
use crate::audit;
use crate::user::types::Email;

mod delivery;
mod many;
mod order;
mod outbox;
mod secrecy;
mod working;

const DAY: Duration = Duration::from_hours(24);
const TAKEN: Duration = LEASE;

palisade_core::id! { TicketId = "tck"; }

/// The document that the renderer of these tests writes beside its message.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    ends_at: Timestamp,
}

collection! {
    Ticket in "tickets" {
        id: TicketId,
        version: 1,
        kind: ephemeral("a test", |ticket| ticket.ends_at),
        index ALL: oldest_first;
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct Invitation {
    to: Email,
}

/// A transport that follows a script and remembers the messages.
#[derive(Debug)]
pub(crate) struct Script {
    delivered: Mutex<Vec<(MailId, EmailMessage)>>,
    /// The fates of the next deliveries; after that messages are accepted.
    next: Mutex<VecDeque<Fate>>,
    /// Each delivery needs a permit.
    gate: Semaphore,
    begun: Semaphore,
    /// Whether it remembers what it accepted.
    remembers: AtomicBool,
}

#[derive(Debug)]
enum Fate {
    NotTaken,
    Refused,
    Death,
    /// It does not finish.
    Slow,
}

impl Script {
    fn new(next: impl IntoIterator<Item = Fate>) -> Arc<Self> {
        Arc::new(Self {
            delivered: Mutex::default(),
            next: Mutex::new(next.into_iter().collect()),
            gate: Semaphore::new(Semaphore::MAX_PERMITS),
            begun: Semaphore::new(0),
            remembers: AtomicBool::new(true),
        })
    }

    /// Forgets what it accepts from now on.
    fn keeps_nothing(&self) {
        self.remembers.store(false, Ordering::SeqCst);
    }

    pub(super) async fn deliver(&self, id: MailId, message: &EmailMessage) -> Result<(), SmtpError> {
        self.begun.add_permits(1);
        self.gate.acquire().await.expect("never closed").forget();
        let fate = self.next.lock().pop_front();
        match fate {
            Some(Fate::NotTaken) => {
                Err(SmtpError::NotTaken(Reply::read(Phase::Recipient, 451, "4.7.1 later")))
            }
            Some(Fate::Refused) => {
                Err(SmtpError::Refused(Reply::read(Phase::Recipient, 550, "5.1.1 nobody")))
            }
            Some(Fate::Death) => panic!("the worker dies"),
            Some(Fate::Slow) => std::future::pending().await,
            None => {
                if self.remembers.load(Ordering::SeqCst) {
                    self.delivered.lock().push((id, message.clone()));
                }
                Ok(())
            }
        }
    }

    fn delivered(&self) -> Vec<(MailId, EmailMessage)> {
        self.delivered.lock().clone()
    }
}

/// Renders invitations, each with a ticket and a number of its own.
#[derive(Debug)]
struct Renderer {
    store: Store,
    rendered: AtomicUsize,
    /// Whether the next renderings fail.
    failures: Mutex<VecDeque<Failure>>,
    /// When the links in its messages expire.
    link_ends: Mutex<Option<Timestamp>>,
    /// For each intent that was rendered: whether it was new.
    asked: Mutex<Vec<bool>>,
}

#[derive(Debug)]
enum Failure {
    Error,
    Death,
    /// The data behind its writes has changed.
    Race,
    /// It has to wait.
    Budget,
}

impl RenderEmail for Renderer {
    fn render<'a>(&'a self, intent: RenderRequest<'a>) -> BoxFuture<'a, Result<Verdict, AppError>> {
        Box::pin(async move {
            let RenderRequest { purpose, payload, is_new } = intent;
            self.asked.lock().push(is_new);
            let failure = self.failures.lock().pop_front();
            let number = self.rendered.fetch_add(1, Ordering::SeqCst) + 1;
            let id = TicketId::generate(&TestClock::at(self.store.now()), &SystemRng);
            let ticket = Ticket { ends_at: Timestamp::FAR_FUTURE };
            let mut writes = Batch::new().insert(&id, ticket.clone());
            match (purpose, failure) {
                ("nothing", _) => {
                    return Ok(RenderedEmail { writes: writes.into(), ..RenderedEmail::default() }.into());
                }
                ("invitation", None) => {}
                ("invitation", Some(Failure::Death)) => panic!("the worker dies"),
                ("invitation", Some(Failure::Budget)) => {
                    return Ok(Verdict::Later { wait: DAY / 24, reason: "the budget is used up" });
                }
                ("invitation", Some(Failure::Race)) => writes = writes.insert(&id, ticket),
                _ => return Err(AppError::internal(format!("no message for `{purpose}`: {payload}"))),
            }
            let Invitation { to } = serde_json::from_str(payload).map_err(AppError::internal)?;
            let link = format!("https://shop.example/#token=secret-{number}");
            let message = EmailMessage {
                to,
                subject: format!("Invitation {number}"),
                text: format!("Come in:\n\n{link}\n"),
                html: None,
                links: vec![link],
                language: None,
            };
            let link_ends = *self.link_ends.lock();
            Ok(RenderedEmail { message: Some(message), writes: writes.into(), link_ends, withheld: None }
                .into())
        })
    }
}

fn place(folder: &tempfile::TempDir, clock: &Arc<TestClock>) -> (Location, Options) {
    let cursor_key = CursorKey::new(&[7; 32]);
    let options = Options { clock: clock.clone(), rng: Arc::new(SystemRng), cursor_key };
    (Location::Sqlite(folder.path().join("palisade.db")), options)
}

fn keyring() -> Keyring {
    Keyring::new(Key256::new([9; 32]))
}

/// A store, a clock and an outbox for one test.
struct World {
    folder: tempfile::TempDir,
    clock: Arc<TestClock>,
    store: Store,
    mails: Service,
    audit: audit::Service,
    renderer: Arc<Renderer>,
    documents: Collection<Mail>,
}

impl World {
    async fn new() -> Self {
        Self::over(tempfile::tempdir().expect("a folder")).await
    }

    async fn over(folder: tempfile::TempDir) -> Self {
        let clock = Arc::new(TestClock::at(Timestamp::from_secs(1_700_000_000)));
        let rng = Arc::new(SystemRng);
        let (location, options) = place(&folder, &clock);
        let store = Store::open(
            &Console::for_tests(),
            &location,
            &[collections![Mail, Ticket], audit::COLLECTIONS.as_slice()].concat(),
            options,
        )
        .await
        .expect("a store");
        let audit = audit::Service::new(&store, Duration::from_hours(24), (clock.clone(), rng.clone()));
        let audit = audit.expect("declared");
        let mails = Service::new(&store, &keyring(), audit.clone(), (clock.clone(), rng)).expect("declared");
        let renderer = Arc::new(Renderer {
            store: store.clone(),
            rendered: AtomicUsize::new(0),
            failures: Mutex::default(),
            link_ends: Mutex::default(),
            asked: Mutex::default(),
        });
        let documents = store.collection().expect("declared");
        Self { folder, clock, store, mails, audit, renderer, documents }
    }

    /// Stages and commits an intent, one hour later than the one before.
    async fn intend(&self, purpose: &'static str, to: &str) {
        self.clock.advance(Duration::from_hours(1));
        self.intend_now(purpose, to).await;
    }

    async fn intend_now(&self, purpose: &'static str, to: &str) {
        let intent = Invitation { to: Email::parse(to).expect("an address") };
        let mail = self.mails.stage(purpose, &intent.to, &intent).expect("an intent");
        self.store.commit(mail.into()).await.expect("written");
    }

    fn worker(&self, script: &Arc<Script>) -> Worker {
        self.worker_of(script, 4)
    }

    fn worker_of(&self, script: &Arc<Script>, at_once: usize) -> Worker {
        let at_once = NonZeroUsize::new(at_once).expect("some");
        self.mails.worker(self.renderer.clone(), Transport::Scripted(Arc::clone(script)), at_once)
    }

    fn mailbox_worker(&self) -> Worker {
        self.mails.worker(self.renderer.clone(), Transport::Mailbox, NonZeroUsize::MIN)
    }

    fn rendered(&self) -> usize {
        self.renderer.rendered.load(Ordering::SeqCst)
    }

    fn fail_rendering(&self, failures: impl IntoIterator<Item = Failure>) {
        self.renderer.failures.lock().extend(failures);
    }

    async fn in_state(&self, state: MailState) -> Vec<Stored<Mail>> {
        let page = PageRequest::largest();
        self.documents.find(Mail::AT_REST.matching(&state)).page(&page).await.expect("a page").items
    }

    async fn tickets(&self) -> usize {
        let tickets: Collection<Ticket> = self.store.collection().expect("declared");
        let page = PageRequest::largest();
        tickets.find(Ticket::ALL.all()).page(&page).await.expect("a page").items.len()
    }

    async fn mailbox(&self, limit: &str, cursor: Option<Cursor>) -> Page<MailView> {
        let limit = PageSize::from_text(limit.to_owned()).expect("a limit");
        let page = PageRequest::new(limit, cursor);
        self.mails.mailbox(ReadMailbox { page }).await.expect("a page")
    }
}

/// Processes everything that is due, until nothing is.
async fn work(worker: &Worker) -> Vec<Option<Outcome>> {
    let mut outcomes = Vec::new();
    loop {
        let due = worker.due_mails().await.expect("a look");
        if due.is_empty() {
            return outcomes;
        }
        for mail in due {
            outcomes.push(worker.process(mail).await);
        }
    }
}
