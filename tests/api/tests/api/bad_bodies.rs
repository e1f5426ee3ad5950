//! Invalid bodies: malformed, compression bombs, too large, of another type. The server refuses them before it uses
//! them.

use palisade_api_tests::Answer;
use palisade_api_tests::client::raw;
use palisade_api_tests::world::PASSWORD;
use palisade_api_tests::{Client, World};
use serde_json::json;

const LOGIN: &str = "/api/v1/auth/login";
const JSON: (&str, &str) = ("Content-Type", "application/json");

async fn send(client: &mut Client, body: &[u8]) -> Answer {
    client.send("POST", LOGIN, &[JSON], body).await
}

/// The right credentials still sign in: the server is there and the account is as it was.
async fn still_signs_in(world: &World) {
    let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
    assert_eq!(world.browser().post(LOGIN, credentials).await.status, 200);
}

#[tokio::test]
async fn text_that_is_not_exactly_one_json_value_is_malformed() {
    let world = World::new().await;
    world.user("ada@example.org").await;
    let good = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
    let utf16: Vec<u8> = good.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let texts: Vec<Vec<u8>> = vec![
        b"{".to_vec(),
        b" ".to_vec(),
        b"\0".to_vec(),
        good.trim_end_matches('}').into(),
        format!("{good}x").into(),
        format!("{good} {good}").into(),
        format!("\u{feff}{good}").into(),
        good.replace('"', "'").into(),
        good.replace('}', ",}").into(),
        br#"{"email":NaN,"password":"x"}"#.to_vec(),
        br#"{"email":Infinity,"password":"x"}"#.to_vec(),
        br#"{"email":1e999999,"password":"x"}"#.to_vec(),
        br#"{"email":"\ud800","password":"x"}"#.to_vec(),
        br#"{"email":"\udc00\ud800","password":"x"}"#.to_vec(),
        br#"{"email":01,"password":"x"}"#.to_vec(),
        b"{\"email\":\"a\nb\",\"password\":\"x\"}".to_vec(),
        b"{\"email\":\"\xff\",\"password\":\"x\"}".to_vec(),
        b"{\"email\":\"\xc0\xaf\",\"password\":\"x\"}".to_vec(),
        utf16,
        good.replace('}', r#","email":"ada@example.org"}"#).into(),
        good.replace('}', r#","\u0065mail":"ada@example.org"}"#).into(),
        good.replace('}', r#","password":"x"}"#).into(),
        br#"{"a":{"b":1,"b":2}}"#.to_vec(),
        "[".repeat(60_000).into(),
        r#"{"a":"#.repeat(12_000).into(),
    ];
    let mut eve = world.browser();
    for text in texts {
        let answer = send(&mut eve, &text).await;
        let shown = String::from_utf8_lossy(&text).chars().take(60).collect::<String>();
        assert!(answer.is_refusal(400, "MALFORMED_REQUEST"), "{shown}: {} {}", answer.status, answer.body);
        assert!(!answer.body.contains(PASSWORD) && answer.body.len() < 400, "{shown}: {}", answer.body);
        assert_eq!(answer.all("set-cookie").count(), 0);
    }
    still_signs_in(&world).await;
}

#[tokio::test]
async fn a_body_that_is_no_object_is_not_valid() {
    let world = World::new().await;
    world.user("ada@example.org").await;
    let mut eve = world.browser();
    for text in ["[]", "1", "\"x\"", "null", "true", "18446744073709551616", "[{\"email\":\"a@b.io\"}]"] {
        let answer = send(&mut eve, text.as_bytes()).await;
        assert!(answer.is_refusal(400, "VALIDATION_FAILED"), "{text}: {}", answer.body);
        assert_eq!(answer.details(), ["body:invalid_type"], "{text}");
    }
    for number in ["18446744073709551616", "1e300", "-9223372036854775809", "0.1", "1e0"] {
        let answer = send(&mut eve, format!(r#"{{"email":{number},"password":"x"}}"#).as_bytes()).await;
        assert_eq!(
            (answer.status, answer.details()),
            (400, vec!["email:invalid_type".to_owned()]),
            "{number}"
        );
    }
    still_signs_in(&world).await;
}

#[tokio::test]
async fn json_bombs_cost_little_and_get_a_short_answer() {
    let world = World::set(&[("BODY_LIMIT", "4MiB")]).await;
    world.user("ada@example.org").await;
    let mut eve = world.browser();
    let keys: Vec<String> = (0..300_000).map(|number| format!(r#""k{number}":0"#)).collect();
    let many = send(&mut eve, format!("{{{}}}", keys.join(",")).as_bytes()).await;
    assert!(many.is_refusal(400, "VALIDATION_FAILED"), "{}", many.status);
    assert!(many.details().len() < 30 && many.body.len() < 4096, "{} bytes", many.body.len());
    for deep in ["[".repeat(100_000), r#"{"email":"#.repeat(100_000)] {
        assert!(send(&mut eve, deep.as_bytes()).await.is_refusal(400, "MALFORMED_REQUEST"));
    }
    let endless = json!({"email": "ada@example.org", "password": "p".repeat(1 << 20)}).to_string();
    let answer = send(&mut eve, endless.as_bytes()).await;
    assert_eq!((answer.status, answer.details()), (400, vec!["password:too_long".to_owned()]));
    still_signs_in(&world).await;
}

#[tokio::test]
async fn a_body_past_the_limit_is_refused_as_soon_as_that_is_known() {
    let world = World::new().await;
    world.user("ada@example.org").await;
    let head = format!(
        "POST {LOGIN} HTTP/1.1\r\nHost: localhost:8080\r\nOrigin: http://localhost:8080\r\nContent-Type: application/json\r\n"
    );
    for length in ["65537", "1000000000", "9223372036854775807"] {
        // Not one byte of it is sent.
        let answer = raw(world.address, format!("{head}Content-Length: {length}\r\n\r\n").as_bytes()).await;
        let refused = answer.is_refusal(413, "PAYLOAD_TOO_LARGE");
        assert!(refused, "{length}: {} {}", answer.status, answer.body);
    }
    let chunk = format!("1000\r\n{}\r\n", "a".repeat(0x1000)).repeat(20);
    let endless =
        raw(world.address, format!("{head}Transfer-Encoding: chunked\r\n\r\n{chunk}").as_bytes()).await;
    assert!(endless.is_refusal(413, "PAYLOAD_TOO_LARGE"), "{} {}", endless.status, endless.body);
    still_signs_in(&world).await;
}

#[tokio::test]
async fn only_the_json_media_type_is_accepted() {
    let world = World::new().await;
    let mut ada = world.user("ada@example.org").await;
    let body = json!({"email": "ada@example.org", "password": PASSWORD}).to_string();
    let wrong: [&[(&str, &str)]; 15] = [
        &[],
        &[("Content-Type", "")],
        &[("Content-Type", "text/plain")],
        &[("Content-Type", "text/plain; application/json")],
        &[("Content-Type", "text/plain, application/json")],
        &[("Content-Type", "application/x-www-form-urlencoded")],
        &[("Content-Type", "multipart/form-data; boundary=x")],
        &[("Content-Type", "application/json; charset=utf-16")],
        &[("Content-Type", "application/json; boundary=x")],
        &[("Content-Type", "application/jsonp")],
        &[("Content-Type", "text/json")],
        &[JSON, JSON],
        &[JSON, ("Content-Type", "text/plain")],
        &[JSON, ("Content-Encoding", "gzip")],
        &[JSON, ("Content-Encoding", "gzip, gzip")],
    ];
    let trick = r#"{"email":"ada@example.org","password":"a long enough passphrase","a":"="}"#;
    for headers in wrong {
        for body in [body.as_str(), trick] {
            let answer = world.browser().send("POST", LOGIN, headers, body.as_bytes()).await;
            assert!(answer.is_refusal(415, "UNSUPPORTED_MEDIA_TYPE"), "{headers:?}: {}", answer.body);
            assert_eq!(answer.header("accept"), Some("application/json"));
            assert_eq!(answer.all("set-cookie").count(), 0);
        }
        // Not even where nothing would be read from it.
        for path in ["/api/v1/auth/logout", "/api/v1/auth/refresh", "/api/v1/auth/logout-all"] {
            let answer = ada.send("POST", path, headers, b"a=b").await;
            assert_eq!(answer.status, 415, "{path} {headers:?}");
        }
    }
    assert_eq!(ada.get("/api/v1/users/me").await.status, 200, "still signed in");
    for fine in ["application/json", "Application/JSON; charset=\"UTF-8\"", "application/json;charset=utf-8;"]
    {
        let answer = world.browser().send("POST", LOGIN, &[("Content-Type", fine)], body.as_bytes()).await;
        assert_eq!(answer.status, 200, "{fine}");
    }
}
