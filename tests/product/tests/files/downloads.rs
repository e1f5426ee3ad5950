//! What comes back: the file, a part of it, and nothing that could run.

use palisade_core::ports::{SystemClock, SystemRng};
use palisade_core::values::Id as _;

use crate::house::{ADA, FILES, FileId, House, uploaded};

#[tokio::test]
async fn a_file_comes_back_as_it_was_sent() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    let text = "a line\r\n--not the boundary\r\n".repeat(3000);
    let path = uploaded(&mut ada, "Übersicht 1.txt", "text/plain; charset=utf-8", &text).await;
    let answer = ada.get(&path).await;
    assert_eq!((answer.status, answer.body == text), (200, true));
    let id = path.rsplit('/').next().unwrap();
    for (name, value) in [
        ("content-type", "text/plain"),
        ("content-length", &text.len().to_string()),
        ("accept-ranges", "bytes"),
        ("etag", &format!("\"{id}\"")),
        ("cache-control", "private, no-cache"),
        ("x-content-type-options", "nosniff"),
        (
            "content-disposition",
            "attachment; filename=\"_bersicht 1.txt\"; filename*=UTF-8''%C3%9Cbersicht%201.txt",
        ),
    ] {
        assert_eq!(answer.header(name), Some(value), "{name}");
    }
    assert_eq!(house.count(), (0, 1));
    let other = FileId::generate(&SystemClock::new(), &SystemRng);
    assert_eq!(ada.get(&format!("{FILES}/{other}")).await.status, 404);
}

#[tokio::test]
async fn a_part_of_a_file_is_sent_on_request() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    let path = uploaded(&mut ada, "digits.txt", "text/plain", "0123456789").await;
    let etag = format!("\"{}\"", path.rsplit('/').next().unwrap());
    let range = |value| ("Range", value);
    for (headers, status, body, content_range) in [
        (vec![range("bytes=2-4")], 206, "234", Some("bytes 2-4/10")),
        (vec![range("bytes=7-")], 206, "789", Some("bytes 7-9/10")),
        (vec![range("bytes=-2")], 206, "89", Some("bytes 8-9/10")),
        (vec![range("bytes=0-1,4-5")], 200, "0123456789", None),
        (vec![range("bytes=0-1"), ("If-Range", &*etag)], 206, "01", Some("bytes 0-1/10")),
        (vec![range("bytes=0-1"), ("If-Range", "\"other\"")], 200, "0123456789", None),
        (vec![("If-None-Match", &*etag)], 304, "", None),
        (vec![("If-None-Match", "\"other\"")], 200, "0123456789", None),
    ] {
        let answer = ada.send("GET", &path, &headers, b"").await;
        assert_eq!((answer.status, answer.body.as_str()), (status, body), "{headers:?}");
        assert_eq!(answer.header("content-range"), content_range, "{headers:?}");
        assert_eq!(answer.header("etag"), Some(&*etag), "{headers:?}");
        if status != 304 {
            assert_eq!(answer.header("content-length"), Some(&*body.len().to_string()), "{headers:?}");
        }
    }
    let beyond = ada.send("GET", &path, &[range("bytes=10-")], b"").await;
    assert!(beyond.is_refusal(416, "RANGE_NOT_SATISFIABLE"), "{}", beyond.body);
    assert_eq!(beyond.header("content-range"), Some("bytes */10"));
    let head = ada.send("HEAD", &path, &[], b"").await;
    assert_eq!((head.status, head.header("content-length"), &*head.body), (200, Some("10"), ""));
}

#[tokio::test]
async fn nothing_that_could_run_is_shown_or_named() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    for (kind, sent_as, shown_as) in [
        ("image/png", "image/png", "inline"),
        ("text/plain", "text/plain", "inline"),
        ("text/html", "application/octet-stream", "attachment"),
        ("image/svg+xml", "application/octet-stream", "attachment"),
        ("application/x-anything", "application/octet-stream", "attachment"),
    ] {
        let path = uploaded(&mut ada, "a.bin", kind, "<script>alert(1)</script>").await;
        for (query, disposition) in [("", "attachment"), ("?shown=yes", shown_as)] {
            let answer = ada.get(&format!("{path}{query}")).await;
            assert_eq!(answer.header("content-type"), Some(sent_as), "{kind}");
            assert!(answer.header("content-disposition").unwrap().starts_with(disposition), "{kind}{query}");
            assert!(answer.header("content-security-policy").unwrap().contains("sandbox"), "{kind}");
        }
    }
}
