//! `kill -9` of the program of `examples/notes` while notes are written: what was acknowledged is there, what a client sends again with
//! its `Idempotency-Key` is there once, and the number that the product keeps beside its notes is their number.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use std::time::Duration;

use palisade_api_tests::Client;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::notes_program::{Program, ROOT};

const KILLS: u64 = 8;
const WRITERS: usize = 4;
const NOTES: &str = "/api/v1/notes";
const SETTINGS: &[(&str, &str)] = &[
    ("NOTES_MAX", "100000"),
    ("RATE_LIMIT_NOTES_WRITE", "100000/60s"),
    ("RATE_LIMIT_NOTES_WRITE_USER", "100000/60s"),
    ("RATE_LIMIT_NORMAL", "100000/60s"),
    ("RATE_LIMIT_NORMAL_USER", "100000/60s"),
    ("ACCESS_TOKEN_TTL", "1h"),
];

/// Writes a note, under its text as the key. `None` if the server died meanwhile.
async fn write(client: &mut Client, text: &str) -> Option<u16> {
    let headers = [("Content-Type", "application/json"), ("Idempotency-Key", text)];
    let body = json!({"text": text}).to_string();
    client.attempt("POST", NOTES, &headers, body.as_bytes()).await.ok().map(|answer| answer.status)
}

/// Writes until the server dies: what was acknowledged, and what was under way then.
async fn write_on(mut client: Client, round: u64, writer: usize) -> (Vec<String>, String) {
    let mut acknowledged = Vec::new();
    for number in 0.. {
        let text = format!("{round}-{writer}-{number}");
        match write(&mut client, &text).await {
            Some(201) => acknowledged.push(text),
            // Another writer was always faster: nothing was written.
            Some(503) => {}
            Some(status) => panic!("{text}: {status}"),
            None => return (acknowledged, text),
        }
    }
    unreachable!("the server is killed")
}

/// How often each text is there.
async fn texts(client: &mut Client) -> BTreeMap<String, usize> {
    let (mut found, mut path) = (BTreeMap::new(), format!("{NOTES}?limit=100"));
    loop {
        let page = client.get(&path).await;
        assert_eq!(page.status, 200, "{}", page.body);
        for note in page.at("/data/items").as_array().expect("a page") {
            let text = note.get("text").and_then(Value::as_str).expect("a text");
            *found.entry(text.to_owned()).or_insert(0) += 1;
        }
        match page.at("/meta/page/nextCursor").as_str() {
            Some(cursor) => path = format!("{NOTES}?limit=100&cursor={cursor}"),
            None => return found,
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_note_is_lost_or_doubled_when_the_program_is_killed() {
    let mut program = Program::new();
    program.make_root();
    let (mut acknowledged, mut under_way) = (Vec::new(), Vec::new());
    for round in 0..KILLS {
        let root = program.serve_with(SETTINGS).await;
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            writers.spawn(write_on(root.clone(), round, writer));
        }
        // For a different number of writes each time, and not for a time: a busy machine writes fewer.
        let mut reader = root.clone();
        let (before, wanted) = (acknowledged.len(), 5 + usize::try_from(round * 7 % 11).expect("small"));
        palisade_api_tests::until("something is written", async || {
            tokio::time::sleep(Duration::from_millis(3)).await;
            texts(&mut reader).await.len() >= before + wanted
        })
        .await;
        program.kill();
        while let Some(ended) = writers.join_next().await {
            let (written, unknown) = ended.expect("a writer");
            acknowledged.extend(written);
            under_way.push(unknown);
        }
        // Each client asks again for what it does not know.
        let mut root = program.serve_with(SETTINGS).await;
        for text in under_way.drain(..) {
            assert_eq!(write(&mut root, &text).await, Some(201), "{text}");
            acknowledged.push(text);
        }
        let found = texts(&mut root).await;
        assert!(found.values().all(|times| *times == 1), "once each: {found:?}");
        acknowledged.sort();
        assert!(found.keys().eq(&acknowledged), "{found:?} are not {acknowledged:?}");
        program.kill();
    }
    let copy = program.succeed(&["user", "export", ROOT]);
    let records = copy.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let shelf = records.into_iter().find(|record| record["kind"] == "shelves").expect("a shelf");
    assert_eq!(shelf["data"]["notes"], acknowledged.len());
    let check = program.succeed(&["db", "status"]);
    assert!(check.lines().any(|line| line.starts_with("notes ")), "{check}");
}
