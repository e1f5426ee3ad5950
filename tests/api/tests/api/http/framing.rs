//! The framing of requests: where one ends and the next begins.

use super::*;

/// Sends a request and a second one behind it, and gives back the statuses of all that was answered.
async fn statuses(world: &World, first: &str) -> Vec<u16> {
    let second = get("/api/v1/users/me", "");
    let answered =
        String::from_utf8(raw_bytes(world.address, format!("{first}{second}").as_bytes()).await).unwrap();
    let lines = answered.match_indices("HTTP/1.1 ").map(|(at, found)| &answered[at + found.len()..][..3]);
    lines.map(|status| status.parse().unwrap()).collect()
}

#[tokio::test]
async fn ambiguous_framing_ends_the_connection() {
    let world = World::new().await;
    let post = |more: &str, body: &str| {
        format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\n{more}\r\n{body}"
        )
    };
    let chunked = "Transfer-Encoding: chunked\r\n";
    let refused = [
        ("two lengths", post("Content-Length: 2\r\nContent-Length: 3\r\n", "{}")),
        ("a list of two lengths", post("Content-Length: 2, 3\r\n", "{}")),
        ("a signed length", post("Content-Length: +2\r\n", "{}")),
        ("a negative length", post("Content-Length: -2\r\n", "{}")),
        ("a length with a space inside", post("Content-Length: 2 2\r\n", "{}")),
        ("a length in hexadecimal", post("Content-Length: 0x2\r\n", "{}")),
        ("xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n")),
        ("a coding before chunked", post("Transfer-Encoding: gzip, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        (
            "the same in two lines",
            post("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ),
        ("chunked twice", post("Transfer-Encoding: chunked, chunked\r\n", "2\r\n{}\r\n0\r\n\r\n")),
        ("chunked before another", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n")),
        ("a space before the colon", post("Content-Length : 2\r\n", "{}")),
        ("a folded header", post("X-Folded: a\r\n b\r\nContent-Length: 2\r\n", "{}")),
        ("a folded length", post("Content-Length:\r\n 2\r\n", "{}")),
        ("a bare return in a header", post("X: a\rContent-Length: 100\r\nContent-Length: 2\r\n", "{}")),
        ("a nul in a header", post("X: a\0b\r\nContent-Length: 2\r\n", "{}")),
        ("a chunk size with a sign", post(chunked, "+2\r\n{}\r\n0\r\n\r\n")),
        ("a chunk size that is none", post(chunked, "zz\r\n{}\r\n0\r\n\r\n")),
        ("a chunk size past all bounds", post(chunked, "ffffffffffffffffff\r\n{}\r\n0\r\n\r\n")),
        ("a chunk longer than its size", post(chunked, "1\r\n{}\r\n0\r\n\r\n")),
    ];
    for (about, request) in refused {
        let answered = statuses(&world, &request).await;
        // One refusal at most, and the request behind it is never read.
        assert!(answered.len() <= 1, "{about}: {answered:?}");
        assert!(answered.iter().all(|status| matches!(status, 400..=499)), "{about}: {answered:?}");
        assert!(answered.iter().all(|status| *status != 401), "{about} was taken for a sign-in");
    }
    // RFC 9112, 6.3: both framings. Whatever is answered, what is behind it is not another request.
    let both = post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n");
    let answered = statuses(&world, &both).await;
    assert!(answered.len() <= 1, "{answered:?}");
    // Well-formed ones are two requests, and each is answered for itself.
    assert_eq!(statuses(&world, &post("Content-Length: 2\r\n", "{}")).await, [400, 401]);
    assert_eq!(statuses(&world, &post(chunked, "2\r\n{}\r\n0\r\n\r\n")).await, [400, 401]);
}

#[tokio::test]
async fn an_unsupported_transfer_coding_is_refused_and_ends_the_connection() {
    let world = World::new().await;
    for coding in ["gzip, chunked", "chunked, chunked", "identity, chunked", "gzip,chunked", ", chunked"] {
        let answer = say(
            &world,
            &format!(
                "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:8080\r\nTransfer-Encoding: {coding}\r\n\r\n0\r\n\r\n"
            ),
        )
        .await;
        assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{coding}: {} {}", answer.status, answer.body);
        assert_eq!(answer.header("connection"), Some("close"), "{coding}");
    }
    let read = "POST /api/v1/auth/logout HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n";
    assert_eq!(say(&world, read).await.status, 200);
}

#[tokio::test]
async fn bytes_after_a_refused_body_are_not_a_request() {
    let world = World::new().await;
    // The body is refused by its announced length; what would be its content looks like a request.
    let first = "POST /api/v1/auth/login HTTP/1.1\r\nHost: localhost:8080\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n";
    assert_eq!(statuses(&world, first).await, [413]);
    // A GET may carry a body that nobody reads.
    let hidden = get("/api/v1/users/me", "");
    let first = format!(
        "GET {LIVE} HTTP/1.1\r\nHost: localhost:8080\r\nContent-Length: {}\r\n\r\n{hidden}",
        hidden.len()
    );
    let answered = statuses(&world, &first).await;
    assert!(answered == [200, 401] || answered == [200], "the body was taken for a request: {answered:?}");
}
