//! The frames of a runtime: JSON, each with a NUL byte at its end, over a Unix socket.

use std::io::Read as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::Value;

/// The frames of one instance so far. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Frames(Arc<Mutex<Vec<Value>>>);

impl Frames {
    /// Reads the frames of this connection until it ends.
    pub(crate) fn read(&self, mut stream: UnixStream) {
        let (mut pending, mut buffer) = (Vec::new(), [0; 4096]);
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            pending.extend(buffer.iter().take(count));
            while let Some(end) = pending.iter().position(|byte| *byte == 0) {
                let frame: Vec<u8> = pending.drain(..=end).take(end).collect();
                self.0.lock().push(serde_json::from_slice(&frame).expect("a frame is JSON"));
            }
        }
    }

    /// All of them.
    pub(crate) fn all(&self) -> Vec<Value> {
        self.0.lock().clone()
    }

    /// The `requestId` of each `end` frame, sorted.
    pub(crate) fn ended(&self) -> Vec<u64> {
        let frames = self.0.lock();
        let ends = frames.iter().filter(|frame| frame["type"] == "end");
        let mut ids: Vec<u64> = ends
            .map(|frame| frame.pointer("/payload/context/requestId").and_then(Value::as_u64).expect("an id"))
            .collect();
        ids.sort_unstable();
        ids
    }
}
