//! A panic leaves its words in the log, wherever it happens. A file of its own, since a process has one logger.

use std::sync::Arc;

use palisade_core::ports::SystemClock;
use palisade_core::utils::logger::{Captured, LogFormat, LogLevel, Logger};
use serde_json::Value;

#[test]
fn panics_of_threads_and_tasks_are_logged() {
    let lines = Arc::new(Captured::default());
    let level = LogLevel::parse("error").unwrap();
    let logger = Logger::new(level, LogFormat::Json, Arc::clone(&lines) as _, Arc::new(SystemClock::new()));
    logger.install().unwrap();
    let thread = std::thread::spawn(|| panic!("a thread\nfell over {}", 1));
    assert!(thread.join().is_err());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let task = runtime.block_on(async { tokio::spawn(async { panic!("a task fell over") }).await });
    assert!(task.unwrap_err().is_panic());
    let thread = std::thread::spawn(|| std::panic::panic_any(7));
    assert!(thread.join().is_err());

    let lines: Vec<Value> = lines.writes().iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    let messages: Vec<_> = lines.iter().map(|line| line["message"].as_str().unwrap()).collect();
    assert_eq!(messages, ["a thread\nfell over 1", "a task fell over", "a panic without a message"]);
    for line in &lines {
        assert_eq!((&line["level"], &line["target"]), (&"error".into(), &"panic".into()));
        assert!(line["at"].as_str().unwrap().contains(file!()), "{line}");
    }
}
