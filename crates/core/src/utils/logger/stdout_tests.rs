//! The log delays nobody, loses little, and reports what it lost.

use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use parking_lot::Mutex;

use super::{Probe as _, Sink as _, Stdout};

/// Beyond any bound of these tests.
const NEVER: Duration = Duration::from_secs(20);

type Written = Arc<Mutex<Vec<String>>>;

/// An output whose writes behave as the test says, and that records each write separately.
struct Scripted<F> {
    answer: F,
    written: Written,
}

impl<F: FnMut(&[u8]) -> io::Result<usize>> Write for Scripted<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = (self.answer)(bytes)?;
        self.written.lock().push(String::from_utf8(bytes[..count].to_vec()).unwrap());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn scripted(answer: impl FnMut(&[u8]) -> io::Result<usize> + Send + 'static) -> (Stdout, Written) {
    let written = Written::default();
    let out = Scripted { answer, written: Arc::clone(&written) };
    (Stdout::to(out).unwrap(), written)
}

/// An output whose reader stopped: the first write waits until the test releases it.
fn stuck() -> (Stdout, Written, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (entered, has_entered) = mpsc::channel();
    let (release, go_on) = mpsc::channel();
    let (sink, written) = scripted(move |bytes| {
        entered.send(()).unwrap();
        // Later writes find the sender gone and do not wait.
        let _ = go_on.recv();
        Ok(bytes.len())
    });
    sink.write_line(b"first\n");
    has_entered.recv_timeout(NEVER).unwrap();
    (sink, written, has_entered, release)
}

async fn state(sink: &Stdout) -> Result<(), String> {
    sink.probe().await
}

#[test]
fn a_stopped_reader_blocks_no_caller_and_loses_no_line() {
    let (sink, written, _writes, release) = stuck();
    for _ in 0..10_000 {
        sink.write_line(b"second\n");
        sink.leave_line(b"third\n");
    }
    assert!(written.lock().is_empty(), "the reader had not stopped");
    drop(release);
    assert!(sink.finish(NEVER));
    assert_eq!(written.lock().concat(), format!("first\n{}", "second\nthird\n".repeat(10_000)));
    assert_eq!(sink.dropped(), 0);
}

#[test]
fn finish_does_not_wait_for_a_stopped_reader() {
    let (sink, written, _writes, _release) = stuck();
    assert!(!sink.finish(Duration::from_millis(20)), "it says that something is not written");
    assert!(written.lock().is_empty());
}

#[tokio::test]
async fn the_buffer_is_bounded_and_dropped_lines_are_reported() {
    let (sink, written, _writes, release) = stuck();
    let large = [vec![b'x'; Stdout::MAX_WAITING / 4 - 10], vec![b'\n']].concat();
    for _ in 0..6 {
        sink.write_line(&large);
    }
    assert_eq!(sink.dropped(), 2);
    assert!(state(&sink).await.unwrap_err().starts_with("2 lines of the log are lost"));
    drop(release);
    assert!(sink.finish(NEVER));
    assert!(written.lock().concat().contains("\"dropped_in_total\":2}\n"), "the log says so");
    // A report is not repeated: a second one would mean another loss.
    sink.write_line(b"last\n");
    assert!(sink.finish(NEVER));
    assert_eq!(written.lock().concat().matches("dropped_in_total").count(), 1);
    assert_eq!(state(&sink).await, Ok(()));
}

#[tokio::test]
async fn a_full_disk_loses_only_the_lines_meanwhile_and_tears_none() {
    let full = Arc::new(Mutex::new(false));
    let disk = Arc::clone(&full);
    let mut room = 5;
    let (sink, written) = scripted(move |bytes| match *disk.lock() {
        false => Ok(bytes.len()),
        true if room > 0 => Ok(std::mem::take(&mut room)),
        true => Err(io::ErrorKind::StorageFull.into()),
    });
    let say = |line: &[u8]| {
        sink.write_line(line);
        assert!(sink.finish(NEVER));
    };
    say(b"before\n");
    *full.lock() = true;
    for _ in 0..3 {
        say(b"meanwhile\n");
    }
    assert_eq!(sink.dropped(), 3);
    assert!(state(&sink).await.is_err());
    *full.lock() = false;
    say(b"after\n");
    assert_eq!(state(&sink).await, Ok(()));
    let text = written.lock().concat();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines[0], lines[1], lines[3]), ("before", "meanw", "after"), "{text}");
    assert!(lines[2].contains("\"dropped_in_total\":3}"), "{text}");
}

#[test]
fn a_closed_reader_blocks_no_caller_and_its_lines_are_counted() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let sink = Stdout::to(writer).unwrap();
    for said in 1..=3 {
        sink.write_line(b"hello\n");
        assert!(sink.finish(NEVER));
        assert_eq!(sink.dropped(), said);
    }
}

#[test]
fn a_write_that_would_block_is_retried() {
    let mut turns = 0;
    let (sink, written) = scripted(move |bytes| {
        turns += 1;
        match turns {
            1 => Err(io::ErrorKind::WouldBlock.into()),
            2 => Err(io::ErrorKind::Interrupted.into()),
            _ => Ok(bytes.len().min(3)),
        }
    });
    sink.write_line(b"hello\n");
    assert!(sink.finish(NEVER));
    assert_eq!(*written.lock(), ["hel", "lo\n"]);
    assert_eq!(sink.dropped(), 0);
}

#[test]
fn no_line_is_lost_or_torn_between_threads() {
    let (sink, written) = scripted(|bytes| Ok(bytes.len()));
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let sink = &sink;
            scope.spawn(move || {
                for n in 0..500 {
                    let line = format!("{thread} {n} end\n");
                    if n % 7 == 0 {
                        sink.write_line(line.as_bytes());
                    } else {
                        sink.leave_line(line.as_bytes());
                    }
                }
            });
        }
    });
    assert!(sink.finish(NEVER));
    let text = written.lock().concat();
    let whole = |line: &&str| line.ends_with(" end") && line.split(' ').count() == 3;
    assert_eq!((text.lines().filter(whole).count(), text.lines().count()), (4000, 4000));
}

#[test]
fn deferred_lines_are_written_in_batches_without_a_wake_up() {
    let (sink, written) = scripted(|bytes| Ok(bytes.len()));
    let lines = 20_000;
    for _ in 0..lines {
        sink.leave_line(b"a line that may be late\n");
    }
    // Nothing wakes the writer.
    let mut looks = 0;
    while written.lock().concat().lines().count() < lines {
        looks += 1;
        assert!(looks < 2000, "the rest is never written");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(written.lock().len() < lines / 10, "{} writes", written.lock().len());
}

#[test]
fn lines_are_written_after_the_sink_was_dropped() {
    let (ended, has_ended) = mpsc::channel::<()>();
    let (sink, written) = scripted(move |bytes| {
        let _ = &ended;
        Ok(bytes.len())
    });
    sink.leave_line(b"last\n");
    drop(sink);
    assert!(has_ended.recv_timeout(NEVER).is_err(), "the writer has ended");
    assert_eq!(written.lock().concat(), "last\n");
}
