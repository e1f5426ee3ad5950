//! What is refused before it has arrived, and what stays of it.

use palisade_api_tests::client::raw;
use palisade_api_tests::until;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use crate::house::{ADA, BOUNDARY, FILES, FORM, House, by_hand, form, head, send};

#[tokio::test]
async fn a_form_has_the_one_file_that_is_declared() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    let png = ("picture", "a.png", "image/png", "png");
    for (parts, details) in [
        (vec![], "picture:required"),
        (vec![("picture", "", "application/octet-stream", "")], "picture:required"),
        (vec![("other", "a.png", "image/png", "png")], "other:unknown_field"),
        (vec![png, png], "picture:not_allowed"),
        (vec![("picture", "a.svg", "image/svg+xml", "svg")], "picture:not_allowed"),
        (vec![("picture", "..", "image/png", "png")], "picture:invalid_format"),
    ] {
        let answer = send(&mut ada, "/pictures", &form(&parts)).await;
        assert_eq!((answer.status, answer.details()), (400, vec![details.to_owned()]), "{parts:?}");
    }
    let named = send(&mut ada, "/pictures", &form(&[("picture", "a.gif", "image/gif", "gif")])).await;
    assert!(named.body.contains("image/png, image/jpeg"), "{}", named.body);
    for (kind, body) in [
        ("application/json", &b"{}"[..]),
        ("multipart/form-data", b""),
        ("multipart/mixed; boundary=a", b""),
        ("text/plain", b"png"),
    ] {
        let answer = ada.send("POST", "/pictures", &[("Content-Type", kind)], body).await;
        assert!(answer.is_refusal(415, "UNSUPPORTED_MEDIA_TYPE"), "{kind}: {}", answer.body);
        assert_eq!(answer.header("accept"), Some("multipart/form-data"));
    }
    for broken in
        ["no form", "------a-boundary\r\n\r\n", &format!("{}png", head("picture", "a.png", "image/png"))]
    {
        let answer = send(&mut ada, "/pictures", broken.as_bytes()).await;
        assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{broken}: {}", answer.body);
    }
    let long = format!("--{BOUNDARY}\r\nX: {}", "x".repeat(300_000));
    let answer = send(&mut ada, "/huge", long.as_bytes()).await;
    assert!(
        answer.is_refusal(400, "MALFORMED_REQUEST") && answer.body.contains("too long a head"),
        "{}",
        answer.body
    );
    assert_eq!(house.count(), (0, 0));
    assert_eq!(send(&mut ada, "/pictures", &form(&[png])).await.status, 201);
}

#[tokio::test]
async fn a_file_is_refused_before_it_has_arrived() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    let address = house.world.address;
    let announced = by_hand(&ada, FILES, "Content-Length: 200000");
    let too_large = raw(address, announced.as_bytes()).await;
    assert!(too_large.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", too_large.body);
    // Its type is in the head of its part; nothing more of it is ever sent.
    let wrong = by_hand(&ada, "/pictures", "Content-Length: 2000") + &head("picture", "a.gif", "image/gif");
    let refused = raw(address, wrong.as_bytes()).await;
    assert_eq!((refused.status, refused.details()), (400, vec!["picture:not_allowed".to_owned()]));
    let text = "x".repeat(100_001);
    let body = form(&[("file", "a", "text/plain", &text)]);
    let whole = send(&mut ada, FILES, &body).await;
    assert!(whole.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", whole.body);
    let mut chunked =
        (by_hand(&ada, FILES, "Transfer-Encoding: chunked") + &format!("{:x}\r\n", body.len())).into_bytes();
    chunked.extend_from_slice(&body);
    let answer = raw(address, &[&chunked[..], b"\r\n0\r\n\r\n"].concat()).await;
    assert!(answer.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{}", answer.body);
    let body = form(&[("file", "a", "text/plain", &text[1..])]);
    assert_eq!(send(&mut ada, FILES, &body).await.status, 201, "the largest one");
    assert_eq!(house.count(), (0, 1));
}

#[tokio::test]
async fn an_upload_is_admitted_like_any_other_request() {
    let house = House::new().await;
    let mut ada = house.world.user(ADA).await;
    let body = form(&[("file", "a", "text/plain", "text")]);
    let stranger = house.world.program().send("POST", FILES, &[FORM], &body).await;
    assert!(stranger.is_refusal(401, "AUTH_401"), "{}", stranger.body);
    let foreign = [FORM, ("Origin", "https://evil.example")];
    let forged = house.world.program().send("POST", FILES, &foreign, &body).await;
    assert!(forged.is_refusal(403, "CSRF_REJECTED"), "{}", forged.body);
    let misplaced = send(&mut ada, "/files?album=much-too-long", &body).await;
    assert_eq!((misplaced.status, misplaced.details()), (400, vec!["album:too_long".to_owned()]));
    let unwanted = send(&mut ada, "/refused", &body).await;
    assert!(unwanted.is_refusal(409, "CONFLICT"), "{}", unwanted.body);
    assert_eq!(house.count(), (0, 0));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing_behind() {
    let house = House::new().await;
    let ada = house.world.user(ADA).await;
    let mut stream = TcpStream::connect(house.world.address).await.unwrap();
    let begun = by_hand(&ada, FILES, "Content-Length: 50000")
        + &head("file", "a", "text/plain")
        + &"x".repeat(20_000);
    stream.write_all(begun.as_bytes()).await.unwrap();
    let house = &house;
    until("it is written while it arrives", async || house.count() == (1, 0)).await;
    drop(stream);
    until("nothing is left", async || house.count() == (0, 0)).await;
}

#[tokio::test]
async fn a_sender_that_stops_is_late_and_leaves_nothing_behind() {
    let house = House::with(&[("BODY_TIMEOUT", "1s")]).await;
    let ada = house.world.user(ADA).await;
    let begun = by_hand(&ada, FILES, "Content-Length: 50000") + &head("file", "a", "text/plain") + "some";
    let answer = raw(house.world.address, begun.as_bytes()).await;
    assert!(answer.is_refusal(408, "REQUEST_TIMEOUT"), "{}", answer.body);
    assert_eq!(house.count(), (0, 0));
}
