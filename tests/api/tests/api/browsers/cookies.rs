//! The cookies, and their description.

use super::*;

fn cookies(answer: &Answer) -> Vec<String> {
    let mut shapes: Vec<String> = answer
        .all("set-cookie")
        .map(|cookie| {
            let (pair, attributes) = cookie.split_once("; ").unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            assert!(cookie.len() <= 4096, "{} bytes", cookie.len());
            let ends = if value.is_empty() { "cleared" } else { "set" };
            let kept: Vec<&str> =
                attributes.split("; ").filter(|part| !part.starts_with("Max-Age=")).collect();
            assert_eq!(value.is_empty(), attributes.contains("Max-Age=0"), "{cookie}");
            assert!(attributes.contains("Max-Age="), "{cookie}");
            format!("{name} {ends} {}", kept.join(" "))
        })
        .collect();
    shapes.sort();
    shapes
}

#[tokio::test]
async fn every_cookie_is_host_locked_and_http_only() {
    const LOCKED: &str = "Path=/ HttpOnly SameSite=Lax Secure";
    let world = production().await;
    let (root, login) = signed_in(&world).await;
    let mut root = root.from_origin(APP);
    let tokens = ["access set", "refresh set"].map(|what| format!("__Host-palisade-{what} {LOCKED}"));
    let others =
        ["device set", "registration cleared"].map(|what| format!("__Host-palisade-{what} {LOCKED}"));
    let mut all = [tokens.clone(), others].concat();
    all.sort();
    assert_eq!(cookies(&login), all);
    let refreshed = root.post("/api/v1/auth/refresh", Value::Null).await;
    assert_eq!(cookies(&refreshed), tokens);
    for name in ["access", "refresh", "device"] {
        let value = root.cookie(&format!("__Host-palisade-{name}")).unwrap();
        assert!(!refreshed.body.contains(value) && !login.body.contains(value), "{name} is in a body");
    }
    let registered =
        root.post("/api/v1/auth/register", json!({"email": "eve@example.org", "password": PASSWORD})).await;
    assert_eq!(cookies(&registered), [format!("__Host-palisade-registration set {LOCKED}")]);
    let cleared =
        ["access cleared", "refresh cleared"].map(|what| format!("__Host-palisade-{what} {LOCKED}"));
    let mut kept = root.clone();
    let left = root.post("/api/v1/auth/logout", Value::Null).await;
    assert_eq!((left.status, cookies(&left)), (200, cleared.to_vec()));
    let over = kept.post("/api/v1/auth/refresh", Value::Null).await;
    assert_eq!((over.status, cookies(&over)), (401, cleared.to_vec()));

    // In development the same, less what `http://localhost` cannot have; and neither name counts for the other.
    let world = World::new().await;
    world.made_super_admin("root@example.org").await;
    let (mut root, login) = signed_in(&world).await;
    let bare: Vec<String> =
        all.iter().map(|cookie| cookie.replace("__Host-", "").replace(" Secure", "")).collect();
    assert_eq!(cookies(&login), bare);
    let token = root.cookie("palisade-access").unwrap().to_owned();
    let mut prefixed = program(&world);
    prefixed.set_cookie("__Host-palisade-access", &token);
    assert_eq!(prefixed.get("/api/v1/users/me").await.status, 401);
    assert_eq!(root.get("/api/v1/users/me").await.status, 200);
    assert!(login.header("strict-transport-security").is_none());
}

#[tokio::test]
async fn the_openapi_document_lists_the_cookies_of_answers() {
    let world = World::new().await;
    let document = world.program().get("/api/v1/openapi.json").await.json();
    let described = |method: &str, path: &str, status: u16| {
        let answer = &document["paths"][path][method]["responses"][status.to_string()];
        let answer = answer["$ref"].as_str().map_or(answer, |to| document.pointer(&to[1..]).unwrap());
        answer["headers"].as_object().unwrap().contains_key("Set-Cookie")
    };
    let ada = world.user("ada@example.org").await;
    let elsewhere = World::new().await;
    let foreign = elsewhere.user("ada@example.org").await.cookie("palisade-access").unwrap().to_owned();
    let mut forged = world.browser();
    forged.set_cookie("palisade-access", &foreign);
    let wrong = json!({"email": "ada@example.org", "password": "not this one"});
    let right = json!({"email": "ada@example.org", "password": PASSWORD});
    for (mut browser, method, path, body, status, with_cookies) in [
        (world.browser(), "post", "/api/v1/auth/login", wrong, 401, false),
        (world.browser(), "post", "/api/v1/auth/login", right, 200, true),
        (world.browser(), "post", "/api/v1/auth/refresh", Value::Null, 401, true),
        (ada.clone(), "post", "/api/v1/auth/refresh", Value::Null, 200, true),
        (forged.clone(), "post", "/api/v1/auth/logout", Value::Null, 401, true),
        (forged, "get", "/api/v1/users/me", Value::Null, 401, false),
        (world.browser(), "post", "/api/v1/auth/logout-all", Value::Null, 401, false),
        (ada, "post", "/api/v1/auth/logout", json!({"a": 1}), 400, false),
    ] {
        let answer = browser.json(&method.to_uppercase(), path, body).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert_eq!(
            answer.all("set-cookie").count() > 0,
            with_cookies,
            "{path} {status}: {:?}",
            answer.headers
        );
        // What a status may bring, it need not bring each time.
        assert!(!with_cookies || described(method, path, status), "{path} {status}");
    }
    for (method, path, status) in [
        ("post", "/api/v1/auth/login", 401),
        ("get", "/api/v1/users/me", 401),
        ("post", "/api/v1/auth/refresh", 429),
    ] {
        assert!(!described(method, path, status), "{path} {status}");
    }
}
