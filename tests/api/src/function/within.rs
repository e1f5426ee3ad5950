//! The function within the process of a test: the runtime of the platform and the file of `examples/vercel` itself, over
//! the routes of a world.
//!
//! The runtime learns from the environment where it listens (`VERCEL_DEV_PORT`) and where it sends its frames
//! (`VERCEL_IPC_PATH`), and this process has many instances. So the port is 0, and [`Within::start`] finds the one that
//! the kernel chose.

#[path = "../../../../examples/vercel/api/src/main.rs"]
#[expect(dead_code, reason = "its `main` opens what a world has already opened")]
mod example;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::SocketAddr;
use std::os::unix::net::UnixListener;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use palisade::host::Host;
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Edge, Frames, Names};

/// How long an answered request may take to its `end` frame: longer than the work after an answer.
const PATIENCE: Duration = Duration::from_secs(40);

/// The listener for frames. While an instance starts, it has it for itself.
static FRAMES: LazyLock<Mutex<UnixListener>> = LazyLock::new(|| {
    let path = variable("VERCEL_IPC_PATH");
    assert_eq!(variable("VERCEL_DEV_PORT"), "0", "each instance has a port of its own");
    let listener = UnixListener::bind(&path);
    Mutex::new(listener.unwrap_or_else(|error| panic!("VERCEL_IPC_PATH={path}: {error}")))
});

#[expect(clippy::disallowed_methods, reason = "the runtime of the platform reads them from there")]
fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: `cargo xtask vercel` sets it"))
}

/// An instance.
#[derive(Debug)]
pub(crate) struct Within {
    edge: Edge,
    frames: Frames,
}

type Running = Pin<Box<dyn Future<Output = Result<(), vercel_runtime::Error>> + Send>>;

impl Within {
    /// Starts an instance that ends when `stopped` resolves.
    pub(crate) async fn start(
        host: Host,
        names: Names,
        stopped: oneshot::Receiver<()>,
    ) -> (Self, JoinHandle<()>) {
        let (function, frames, running) = listening(&host);
        let serving = tokio::spawn(async move {
            tokio::select! {
                ended = running => panic!("the runtime ended: {ended:?}"),
                _ = stopped => {}
            }
        });
        (Self { edge: Edge::start(function, names).await, frames }, serving)
    }

    /// The address for clients.
    pub(crate) fn address(&self) -> SocketAddr {
        self.edge.address()
    }

    /// Asserts that each answered request has ended with one frame, and no request with more. Waits for the work after
    /// an answer. Reports the test and the number of its requests in a file beside the socket.
    pub(crate) fn assert_ends(&self) {
        let mut waited = Duration::ZERO;
        loop {
            let (answered, ended) = (self.edge.answered(), self.frames.ended());
            let distinct: BTreeSet<u64> = ended.iter().copied().collect();
            assert_eq!(distinct.len(), ended.len(), "a request has two `end` frames: {ended:?}");
            let missing: Vec<u64> = answered.into_iter().filter(|id| !distinct.contains(id)).collect();
            if missing.is_empty() {
                return report(distinct.len());
            }
            assert!(waited < PATIENCE, "answered requests have no `end` frame: {missing:?}");
            thread::sleep(Duration::from_millis(5));
            waited += Duration::from_millis(5);
        }
    }
}

fn report(requests: usize) {
    let path = format!("{}.ends", variable("VERCEL_IPC_PATH"));
    let mut file = File::options().create(true).append(true).open(path).expect("the folder of the socket");
    // The harness names the thread of a test by the test.
    let line = format!("{} {requests}\n", thread::current().name().unwrap_or_default());
    file.write_all(line.as_bytes()).expect("a file");
}

/// Lets the runtime listen: its address, its frames, and what remains of its future.
fn listening(host: &Host) -> (SocketAddr, Frames, Running) {
    let listener = FRAMES.lock();
    loop {
        let before = own_ports();
        let mut running: Running = Box::pin(example::serve(host.clone()));
        // The first step of the runtime connects, listens and reports. The next one has the waker of its task.
        if let Poll::Ready(ended) = running.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            panic!("the runtime does not start: {ended:?}");
        }
        let (stream, _) = listener.accept().expect("the runtime has connected");
        let after = own_ports();
        // Another test may have begun to listen in this moment.
        if let [port] = *after.difference(&before).copied().collect::<Vec<u16>>() {
            let frames = Frames::default();
            let reader = frames.clone();
            thread::spawn(move || reader.read(stream));
            return (SocketAddr::from(([127, 0, 0, 1], port)), frames, running);
        }
    }
}

/// The ports at which this process listens.
fn own_ports() -> BTreeSet<u16> {
    let sockets: BTreeSet<String> = fs::read_dir("/proc/self/fd")
        .expect("this needs Linux")
        .filter_map(|entry| {
            let link = fs::read_link(entry.ok()?.path()).ok()?;
            Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = fs::read_to_string("/proc/self/net/tcp").expect("this needs Linux");
    table.lines().filter_map(|line| listened(line, &sockets)).collect()
}

/// The port of a line of the table of the kernel, if it is a listener among these sockets.
fn listened(line: &str, sockets: &BTreeSet<String>) -> Option<u16> {
    const LISTENING: &str = "0A";
    let columns: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
    if *state != LISTENING || !sockets.contains(*inode) {
        return None;
    }
    u16::from_str_radix(local.split_once(':')?.1, 16).ok()
}
