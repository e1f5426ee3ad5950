//! The inputs of every route.

use palisade_api_tests::routes::DEVELOPMENT;

use super::*;

/// Fits no field of a path or a query: too long, and no character of it is in any form.
fn misfit() -> String {
    "!".repeat(1100)
}

/// A JSON value of a type the field does not have.
fn of_another_type(field: &ParameterDoc) -> Value {
    if field.schema.types.contains(&"string") { json!(7) } else { json!("seven") }
}

#[tokio::test]
async fn unknown_query_parameters_of_data_routes_are_refused() {
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    for route in Route::all(&world).into_iter().filter(|route| route.declared.output.refuses_unknown_query) {
        let mut requests = vec![route.request().with_query(UNKNOWN, "1")];
        if route.reads_a_body() {
            requests.push(route.request().with_body(UNKNOWN, json!(1)));
        }
        for request in requests {
            let answer = request.send(admitted.to(&route)).await;
            assert_eq!(code(&answer), refused(400, "VALIDATION_FAILED"), "{route}");
            assert_eq!(answer.details(), [format!("{UNKNOWN}:unknown_field")], "{route}");
        }
    }
}

#[tokio::test]
async fn pages_probes_and_documents_ignore_unknown_query_parameters() {
    // Mail providers, social networks, monitors and browsers' caches append such; the last ones are no UTF-8.
    const APPENDED: [&str; 4] =
        ["utm_source=mail&utm_medium=email&fbclid=x", "_=1732864000", "a=%ff&%ff", "&&=&x"];
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    let mut led_to = Vec::new();
    let is_lenient = |route: &Route| !route.reads_a_body() && !route.declared.output.refuses_unknown_query;
    for route in Route::all(&world).into_iter().filter(is_lenient) {
        let target = route.request().target();
        let plain = admitted.to(&route).get(&target).await;
        assert!(matches!(plain.status, 200 | 303), "{route}: {}", plain.body);
        for appended in APPENDED {
            let mark = if target.contains('?') { '&' } else { '?' };
            let answer = admitted.to(&route).get(&format!("{target}{mark}{appended}")).await;
            assert_eq!(answer.status, plain.status, "{route} with {appended}: {}", answer.body);
            assert_eq!(answer.header("content-type"), plain.header("content-type"), "{route}");
        }
        led_to.push(route.template);
    }
    led_to.sort();
    let mut expected = vec![
        "/",
        "/account",
        "/account/accept-invitation",
        "/account/confirm-email",
        "/account/connect",
        "/account/forgot",
        "/account/reset",
        "/account/secure",
        "/account/setup",
        "/account/sign-in",
        "/account/sign-up",
        "/account/verify",
        "/api/v1/auth/jwks",
        "/api/v1/auth/oauth/{provider}",
        "/api/v1/auth/oauth/{provider}/callback",
        "/api/v1/health",
        "/api/v1/health/live",
        "/api/v1/health/ready",
        "/api/v1/openapi.json",
        "/dev/mailbox",
        "/docs",
    ];
    expected.retain(|path| world.shows_development() || !DEVELOPMENT.contains(path));
    assert_eq!(led_to, expected, "all others answer data, and are strict");
}

#[tokio::test]
async fn a_field_that_is_missing_or_of_another_type_is_named() {
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    for route in Route::all(&world).into_iter().filter(Route::answers_data) {
        let input = &route.declared.input;
        let required = input.query.iter().chain(&input.body).filter(|field| field.required);
        for field in required {
            let answer = route.request().without(field.name).send(admitted.to(&route)).await;
            assert_eq!(code(&answer), refused(400, "VALIDATION_FAILED"), "{route} without {}", field.name);
            assert_eq!(answer.details(), [format!("{}:required", field.name)], "{route}");
        }
        for field in &input.body {
            let wrong = route.request().with_body(field.name, of_another_type(field));
            let answer = wrong.send(admitted.to(&route)).await;
            assert_eq!(
                code(&answer),
                refused(400, "VALIDATION_FAILED"),
                "{route} with a wrong {}",
                field.name
            );
            assert_eq!(answer.details(), [format!("{}:invalid_type", field.name)], "{route}");
        }
        let in_the_path =
            input.path.iter().map(|field| (field, route.request().with_path(field.name, &misfit())));
        let in_the_query =
            input.query.iter().map(|field| (field, route.request().with_query(field.name, &misfit())));
        for (field, wrong) in in_the_path.chain(in_the_query) {
            let answer = wrong.send(admitted.to(&route)).await;
            assert_eq!(
                code(&answer),
                refused(400, "VALIDATION_FAILED"),
                "{route} with a wrong {}",
                field.name
            );
            let details = answer.details();
            assert_eq!(details.len(), 1, "{route}: {details:?}");
            assert!(details[0].starts_with(&format!("{}:", field.name)), "{route}: {details:?}");
        }
    }
}

#[tokio::test]
async fn all_mistakes_are_named_at_once() {
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    for route in Route::all(&world).into_iter().filter(Route::reads_json) {
        let mut request = Request { body: None, ..route.request() }.with_body(UNKNOWN, json!(1));
        let mut expected = vec![format!("{UNKNOWN}:unknown_field")];
        for field in &route.declared.input.body {
            if field.required {
                expected.push(format!("{}:required", field.name));
            } else {
                request = request.with_body(field.name, of_another_type(field));
                expected.push(format!("{}:invalid_type", field.name));
            }
        }
        expected.sort();
        assert_eq!(request.send(admitted.to(&route)).await.details(), expected, "{route}");
    }
}

#[tokio::test]
async fn a_body_is_one_json_object_and_says_so() {
    let world = World::new().await;
    let mut admitted = Admitted::in_world(&world).await;
    for route in Route::all(&world).into_iter().filter(Route::reads_json) {
        let request = route.request();
        let body = Value::Object(request.body.clone().unwrap_or_default()).to_string();

        let plain = request.send_raw(admitted.to(&route), "text/plain", body.as_bytes()).await;
        assert_eq!(code(&plain), refused(415, "UNSUPPORTED_MEDIA_TYPE"), "{route}");
        assert_eq!(plain.header("accept"), Some("application/json"), "{route}");

        for broken in ["{", "{} {}", r#"{"twice":1,"twice":2}"#] {
            let malformed =
                request.send_raw(admitted.to(&route), "application/json", broken.as_bytes()).await;
            assert_eq!(code(&malformed), refused(400, "MALFORMED_REQUEST"), "{route} with {broken}");
        }

        let array = request.send_raw(admitted.to(&route), "application/json", b"[]").await;
        assert_eq!(code(&array), refused(400, "VALIDATION_FAILED"), "{route}");
        assert_eq!(array.details(), ["body:invalid_type"], "{route}");
    }
}
