//! A feed: from those who publish events to those who listen to them, in this process.

use std::collections::HashMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::stream::{Stream, StreamExt as _};
use parking_lot::Mutex;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::events::{Event, Events};
use super::view::View;
use crate::input::Seat;

/// Events of the kind `V` by topic: `Feed<UserId, NoteEvent>` has one topic for each user. Clones share it.
///
/// It reaches the listeners of this process. With several instances, each publishes what it reads from the store: a job that
/// tails a collection, as the webhooks of Palisade follow the audit.
pub struct Feed<K, V> {
    topics: Arc<Topics<K>>,
    buffer: usize,
    of: PhantomData<fn(V)>,
}

type Topics<K> = Mutex<HashMap<K, Vec<Sender<Bytes>>>>;

impl<K: Clone + Eq + Hash + Send + 'static, V: View> Feed<K, V> {
    /// A feed that keeps at most this many events for each listener (at least one): a listener that is further behind loses its
    /// connection, and asks for the rest with `Last-Event-ID` when it has connected again.
    pub fn new(buffer: usize) -> Self {
        Self { topics: Arc::default(), buffer: buffer.max(1), of: PhantomData }
    }

    /// Gives an event to everyone who listens to the topic. Never waits. Returns to how many.
    pub fn publish(&self, topic: &K, event: &Event<V>) -> usize {
        let mut topics = self.topics.lock();
        let Some(listeners) = topics.get_mut(topic) else { return 0 };
        // Written once for all of them.
        let bytes = event.to_bytes();
        listeners.retain(|listener| listener.try_send(bytes.clone()).is_ok());
        let reached = listeners.len();
        if listeners.is_empty() {
            topics.remove(topic);
        }
        reached
    }

    /// Listens to a topic from now on.
    pub fn listen(&self, seat: Seat, topic: K) -> Events<V> {
        let (sender, receiver) = channel(self.buffer);
        self.topics.lock().entry(topic.clone()).or_default().push(sender);
        let listener = Listener { receiver, topics: Arc::clone(&self.topics), topic };
        Events::of_bytes(seat, listener.boxed())
    }

    /// How many topics have listeners.
    pub fn topics(&self) -> usize {
        self.topics.lock().len()
    }
}

impl<K, V> Clone for Feed<K, V> {
    fn clone(&self) -> Self {
        Self { topics: Arc::clone(&self.topics), buffer: self.buffer, of: PhantomData }
    }
}

impl<K, V> fmt::Debug for Feed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed").field("topics", &self.topics.lock().len()).finish_non_exhaustive()
    }
}

/// One listener. Its topic is forgotten with the last one.
struct Listener<K: Eq + Hash> {
    receiver: Receiver<Bytes>,
    topics: Arc<Topics<K>>,
    topic: K,
}

impl<K: Eq + Hash> Stream for Listener<K> {
    type Item = Bytes;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        self.receiver.poll_recv(cx)
    }
}

impl<K: Eq + Hash> Unpin for Listener<K> {}

impl<K: Eq + Hash> Drop for Listener<K> {
    fn drop(&mut self) {
        self.receiver.close();
        let mut topics = self.topics.lock();
        if let Some(listeners) = topics.get_mut(&self.topic) {
            listeners.retain(|listener| !listener.is_closed());
            if listeners.is_empty() {
                topics.remove(&self.topic);
            }
        }
    }
}
