//! Each line of the log is one JSON object, whatever a request contains.

use std::net::IpAddr;

use serde_json::Value;

use super::*;
use crate::system::TestClock;
use crate::system::time::Timestamp;

/// Repeated here: a list that the code under test keeps would excuse what the code forgets.
const DECEPTIVE: [char; 12] = [
    '\r', '\n', '\u{1b}', '\0', '\u{7f}', '\u{85}', '\u{9b}', '\u{200f}', '\u{2028}', '\u{2029}', '\u{202e}',
    '\u{2066}',
];
const HOSTILE: &str = "a\r\nb\u{1b}[31m\u{2028}\u{2029}\u{85}\u{9b}\u{202e}\u{2066}\u{200f}\u{7f}\0\"\\{}";

fn logger(level: &str, format: LogFormat) -> (Logger, Arc<Captured>) {
    let sink = Arc::new(Captured::default());
    let clock = Arc::new(TestClock::at(Timestamp::from_millis(1_700_000_000_123)));
    (Logger::new(LogLevel::parse(level).unwrap(), format, Arc::clone(&sink) as _, clock), sink)
}

fn line(text: &str) -> AccessLine<'_> {
    AccessLine {
        ts: Timestamp::from_millis(1_700_000_000_123),
        request_id: text,
        trace_id: None,
        method: Some(text),
        route: Some(text),
        path: None,
        status: 200,
        phase: text,
        code: Some(text),
        duration_us: 1234,
        ip: Some(IpAddr::from([192, 0, 2, 1])),
        user_id: Some(text),
        key_id: None,
        bytes: 17,
    }
}

fn only(sink: &Captured) -> String {
    let writes = sink.writes();
    assert_eq!(writes.len(), 1, "not one write");
    String::from_utf8(writes[0].clone()).unwrap()
}

fn is_one_line(text: &str) -> bool {
    text.strip_suffix('\n').is_some_and(|line| !line.contains(DECEPTIVE))
}

#[test]
fn an_access_line_is_one_json_object_with_any_content() {
    let huge = HOSTILE.repeat(64 * 1024 / HOSTILE.len());
    for text in ["", "plain", HOSTILE, &huge] {
        let (logger, sink) = logger("info", LogFormat::Json);
        logger.access_log().write(&line(text));
        let written = only(&sink);
        assert!(is_one_line(&written), "{written:.200}");
        let value: Value = serde_json::from_str(&written).unwrap();
        for field in ["request_id", "method", "route", "phase", "code", "user_id"] {
            assert_eq!(value[field], text, "{field}");
        }
        assert_eq!((&value["ip"], &value["bytes"]), (&"192.0.2.1".into(), &17.into()));
        assert_eq!(value["ts"], "2023-11-14T22:13:20.123Z");
        assert_eq!(
            (&value["level"], &value["status"], &value["duration_us"]),
            (&"info".into(), &200.into(), &1234.into())
        );
    }
}

#[test]
fn a_pretty_line_is_one_line_too() {
    let (logger, sink) = logger("info", LogFormat::Pretty);
    logger.access_log().write(&line(HOSTILE));
    assert!(is_one_line(&only(&sink)));
    let (logger, sink) = self::logger("info", LogFormat::Pretty);
    tracing::subscriber::with_default(logger.subscriber(), || tracing::info!(name = HOSTILE, "{HOSTILE}"));
    assert!(is_one_line(&only(&sink)));
}

#[test]
fn an_unknown_path_is_logged_truncated() {
    for (path, written) in [
        ("/wp-login.php".to_owned(), "/wp-login.php".to_owned()),
        (HOSTILE.to_owned(), HOSTILE.to_owned()),
        ("/".repeat(9000), "/".repeat(200)),
        (format!("{}\u{20ac}", "a".repeat(199)), "a".repeat(199)),
    ] {
        let (logger, sink) = logger("info", LogFormat::Json);
        logger.access_log().write(&AccessLine { route: None, path: Some(&path), ..line("x") });
        let text = only(&sink);
        assert!(is_one_line(&text), "{text}");
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&value["path"], &value["route"]), (&written.into(), &Value::Null));
        let (logger, sink) = self::logger("info", LogFormat::Pretty);
        logger.access_log().write(&AccessLine { route: None, path: Some(&path), ..line("x") });
        assert!(is_one_line(&only(&sink)) && only(&sink).len() < 800);
    }
}

#[test]
fn a_pretty_access_line_is_short_and_colored_only_on_request() {
    let request = AccessLine {
        request_id: "0198c5f2",
        method: Some("GET"),
        route: Some("/api/v1/users/{id}"),
        status: 404,
        code: Some("NOT_FOUND"),
        duration_us: 10_500_000,
        ..line("x")
    };
    let (plain, sink) = logger("info", LogFormat::Pretty);
    plain.access_log().write(&request);
    let written = only(&sink);
    assert_eq!(written, "22:13:20.123 GET    /api/v1/users/{id} 404 10.5 s NOT_FOUND 0198c5f2\n");
    let (colored, sink) = self::logger("info", LogFormat::Pretty);
    colored.in_color(true).access_log().write(&request);
    let text = only(&sink);
    assert!(text.contains("\u{1b}[33m404\u{1b}[0m"), "{text:?}");
    let (json, sink) = self::logger("info", LogFormat::Json);
    json.in_color(true).access_log().write(&request);
    assert!(is_one_line(&only(&sink)), "json has no colors");
}

#[test]
fn a_person_reads_an_event_with_its_fields() {
    for colors in [false, true] {
        let (logger, sink) = logger("info", LogFormat::Pretty);
        tracing::subscriber::with_default(logger.in_color(colors).subscriber(), || {
            tracing::warn!(target: "store", behind_ms = 1500, name = HOSTILE, "waiting");
        });
        let text = only(&sink);
        assert_eq!(text.contains("\u{1b}["), colors, "{text:?}");
        let without: String = anstyle_free(&text);
        assert!(
            without.starts_with("22:13:20.123 WARN   store waiting behind=1.5 s name=\"a"),
            "{without:?}"
        );
        assert!(is_one_line(&without), "what is in the fields cannot color anything: {without:?}");
    }
}

/// Without the colors of this module: a number of one or two digits between `ESC [` and `m`.
fn anstyle_free(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |text, part| {
        let (number, rest) = part.split_once('m').unwrap();
        assert!(number.len() <= 2 && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
        text + rest
    })
}

#[test]
fn absent_fields_are_not_logged() {
    let (logger, sink) = logger("info", LogFormat::Json);
    logger.access_log().write(&AccessLine { code: None, user_id: None, status: 503, ..line("x") });
    let value: Value = serde_json::from_str(&only(&sink)).unwrap();
    assert!(value.get("code").is_none() && value.get("user_id").is_none());
    assert_eq!(value["level"], "error");
}

#[test]
fn an_event_carries_its_fields_and_those_of_its_spans() {
    let (logger, sink) = logger("info", LogFormat::Json);
    let cause = std::io::Error::other("disk is gone");
    tracing::subscriber::with_default(logger.subscriber(), || {
        let outer = tracing::info_span!("outer", request_id = "req_1", tries = 1);
        let _outer = outer.enter();
        let _inner = tracing::info_span!("inner", tries = 2).entered();
        let error: &(dyn std::error::Error + 'static) = &cause;
        tracing::warn!(target: "store", error, ok = false, ts = HOSTILE, "saving {}", HOSTILE);
    });
    let written = only(&sink);
    assert!(is_one_line(&written), "{written}");
    let value: Value = serde_json::from_str(&written).unwrap();
    assert_eq!(value["level"], "warn");
    assert_eq!(value["target"], "store");
    assert_eq!(value["ts"], "2023-11-14T22:13:20.123Z");
    assert_eq!(value["ts_"], HOSTILE);
    assert_eq!(value["message"], format!("saving {HOSTILE}"));
    assert_eq!(value["request_id"], "req_1");
    assert_eq!(value["tries"], 2);
    assert_eq!(value["ok"], false);
    assert_eq!(value["error"], "disk is gone");
    assert_eq!(written.matches("\"tries\"").count(), 1);
}

#[test]
fn the_level_governs_both_kinds_of_lines() {
    for (level, events, access) in [
        ("info", 1, 1),
        ("debug", 2, 1),
        ("warn", 0, 0),
        ("off", 0, 0),
        ("info,access=off", 1, 0),
        ("error,access=info", 0, 1),
    ] {
        let (logger, sink) = logger(level, LogFormat::Json);
        tracing::subscriber::with_default(logger.subscriber(), || {
            tracing::info!(target: "store", "one");
            tracing::debug!(target: "store", "two");
        });
        assert_eq!(sink.writes().len(), events, "events under {level}");
        logger.access_log().write(&line("x"));
        assert_eq!(sink.writes().len() - events, access, "access lines under {level}");
    }
}

#[test]
fn a_level_is_read_strictly() {
    for text in
        ["info", "INFO", "warn,hyper=off", "info,palisade_core::config=trace", "[request{id=1}]=debug"]
    {
        assert!(LogLevel::parse(text).is_ok(), "{text}");
    }
    for text in ["inf", "verbose", "info;debug", "hyper=loud", "info,,"] {
        assert!(LogLevel::parse(text).is_err(), "{text} was accepted");
    }
    assert!(!LogLevel::parse("info").unwrap().is_verbose());
    assert!(LogLevel::parse("warn,store=debug").unwrap().is_verbose());
}
