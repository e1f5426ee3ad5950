//! The OpenAPI document of a small API, fixed by snapshots.

mod library;
mod page;

use std::collections::BTreeSet;

use serde_json::Value;

use super::*;
use library::mounted;

fn info() -> Info {
    Info {
        title: "Library".to_owned(),
        version: "1.2.3".to_owned(),
        app_url: "https://books.example".to_owned(),
        password_min_length: 17,
        webhooks: Vec::new(),
        permissions: vec!["BOOK_READ"],
        jobs: vec!["all"],
    }
}

pub(super) fn described() -> Document {
    document(&mounted(false), info())
}

fn json() -> Value {
    serde_json::from_slice(&described().to_json()).expect("JSON")
}

fn at<'a>(value: &'a Value, pointer: &str) -> &'a Value {
    value.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
}

fn operation<'a>(document: &'a Value, path: &str, method: &str) -> &'a Value {
    at(document, &format!("/paths/{}/{method}", path.replace('/', "~1")))
}

fn walk<'a>(value: &'a Value, visit: &mut dyn FnMut(&'a serde_json::Map<String, Value>)) {
    match value {
        Value::Object(object) => {
            visit(object);
            object.values().for_each(|value| walk(value, visit));
        }
        Value::Array(items) => items.iter().for_each(|value| walk(value, visit)),
        _ => {}
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_named_schema_is_used() {
    let document = json();
    // The envelope of any error is for code that handles all of them; a route names its own codes.
    let mut used = BTreeSet::from(["#/components/schemas/ErrorEnvelope"]);
    walk(&document, &mut |object| {
        if let Some(target) = object.get("$ref") {
            let target = target.as_str().expect("a reference is text");
            at(&document, target.strip_prefix('#').expect("a local reference"));
            used.insert(target);
            assert_eq!(object.len(), 1, "nothing stands beside {target}");
        }
    });
    for kind in ["schemas", "responses", "headers"] {
        for name in at(&document, &format!("/components/{kind}")).as_object().expect("a map").keys() {
            assert!(used.contains(&*format!("#/components/{kind}/{name}")), "{kind}/{name} is not used");
            assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)), "{name}");
        }
    }
}

#[test]
fn the_document_is_valid_openapi_3_1() {
    let document = json();
    assert!(at(&document, "/openapi").as_str().expect("text").starts_with("3.1."));
    assert_eq!(at(&document, "/info/title"), "Library");
    assert_eq!(at(&document, "/info/version"), "1.2.3");
    assert_eq!(at(&document, "/servers/0/url"), "https://books.example");
    let (mut ids, mut count) = (BTreeSet::new(), 0);
    let schemes = at(&document, "/components/securitySchemes");
    for (path, item) in at(&document, "/paths").as_object().expect("a map") {
        for (method, operation) in item.as_object().expect("a map") {
            assert!(["get", "put", "post", "delete", "patch"].contains(&method.as_str()));
            count += 1;
            ids.insert(at(operation, "/operationId").as_str().expect("text"));
            let parameters =
                operation.get("parameters").and_then(Value::as_array).cloned().unwrap_or_default();
            let declared: BTreeSet<String> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| {
                    assert_eq!(parameter["required"], true);
                    parameter["name"].as_str().expect("text").to_owned()
                })
                .collect();
            let named: BTreeSet<String> = path
                .split('/')
                .filter_map(|part| Some(part.strip_prefix('{')?.strip_suffix('}')?.to_owned()))
                .collect();
            assert_eq!(declared, named, "{method} {path}");
            for (status, answer) in at(operation, "/responses").as_object().expect("a map") {
                assert!(status.parse::<u16>().is_ok());
                let answer = answer.get("$ref").map_or(answer, |to| {
                    at(&document, to.as_str().and_then(|to| to.strip_prefix('#')).expect("a local reference"))
                });
                assert!(answer["description"].is_string(), "{method} {path} {status}");
            }
            for way in at(operation, "/security").as_array().expect("a list") {
                for scheme in way.as_object().expect("a map").keys() {
                    assert!(schemes.get(scheme).is_some(), "{scheme}");
                }
            }
        }
    }
    assert_eq!(ids.len(), count, "operation ids are unique");
    assert!(ids.is_superset(&BTreeSet::from(["getBooks", "getBooks2", "putBooksById", "postBooksByMail"])));
}

#[test]
fn the_order_of_mounting_does_not_change_the_document() {
    assert_eq!(described().to_json(), document(&mounted(true), info()).to_json());
}

#[test]
fn a_success_is_described_in_its_envelope() {
    let document = json();
    let created = operation(&document, "/api/v1/books", "post");
    let envelope = at(created, "/responses/201/content/application~1json/schema");
    assert_eq!(at(envelope, "/properties/success/const"), true);
    assert_eq!(at(envelope, "/properties/data/$ref"), "#/components/schemas/Book");
    assert_eq!(at(envelope, "/properties/meta/$ref"), "#/components/schemas/Meta");
    assert_eq!(at(envelope, "/required"), &serde_json::json!(["success", "data", "meta"]));
    let listed =
        at(operation(&document, "/api/v1/books", "get"), "/responses/200/content/application~1json/schema");
    assert_eq!(at(listed, "/properties/data/properties/items/items/$ref"), "#/components/schemas/Book");
    assert_eq!(at(listed, "/properties/meta/$ref"), "#/components/schemas/ListMeta");
}

#[test]
fn a_named_shape_is_printed_once_and_may_be_null_where_it_is_used() {
    let document = json();
    let book = at(&document, "/components/schemas/Book");
    assert_eq!(at(book, "/properties/author/$ref"), "#/components/schemas/Author");
    assert_eq!(at(book, "/properties/editors/items/$ref"), "#/components/schemas/Author");
    assert_eq!(at(book, "/properties/lentTo/anyOf/0/$ref"), "#/components/schemas/Author");
    assert_eq!(at(book, "/properties/lentTo/anyOf/1/type"), "null");
    assert_eq!(at(&document, "/components/schemas/Author/type"), "object");
    assert!(!at(book, "/required").as_array().expect("a list").contains(&"soldAt".into()));
}

#[test]
fn two_schemas_with_one_name_are_both_described() {
    let document = json();
    assert!(at(&document, "/components/schemas/Author/properties").get("name").is_some());
    assert!(at(&document, "/components/schemas/Odd/properties/other/properties").get("pages").is_some());
}

#[test]
fn an_operation_describes_its_access_and_its_rate_limit() {
    let document = json();
    let add = operation(&document, "/api/v1/books", "post");
    assert_eq!(add["x-permission"], "BOOK_WRITE");
    assert_eq!(add["x-rate-limit"], "normal");
    assert_eq!(add["tags"], serde_json::json!(["books"]));
    assert_eq!(add["security"], serde_json::json!([{"accessCookie": []}, {"bearerToken": []}]));
    assert_eq!(operation(&document, "/api/v1/books", "get")["security"], serde_json::json!([]));
    assert_eq!(at(operation(&document, "/api/v1/books/{id}", "get"), "/security/0"), &serde_json::json!({}));
    let refresh = operation(&document, "/api/v1/auth/refresh", "post");
    assert_eq!(refresh["security"], serde_json::json!([{"refreshCookie": []}]));
    let name = |url: &str| {
        let document = document_of(url);
        at(&document, "/components/securitySchemes/accessCookie/name").as_str().expect("text").to_owned()
    };
    assert_eq!(name("https://books.example"), "__Host-palisade-access");
    assert_eq!(name("http://localhost:8080"), "palisade-access");
}

fn document_of(app_url: &str) -> Value {
    let info = Info { app_url: app_url.to_owned(), ..info() };
    serde_json::from_slice(&document(&mounted(false), info).to_json()).expect("JSON")
}

/// The codes that an operation answers with a status, from the examples.
fn codes_of(document: &Value, path: &str, method: &str, status: &str) -> Vec<String> {
    let Some(answer) = at(operation(document, path, method), "/responses").get(status) else {
        return Vec::new();
    };
    let target = at(answer, "/$ref").as_str().and_then(|to| to.strip_prefix('#')).expect("a reference");
    let examples = at(at(document, target), "/content/application~1json/examples");
    examples.as_object().expect("a map").keys().cloned().collect()
}

/// The codes that the schema of an error allows.
fn typed_codes_of(document: &Value, path: &str, method: &str, status: &str) -> Vec<String> {
    let Some(answer) = at(operation(document, path, method), "/responses").get(status) else {
        return Vec::new();
    };
    let follow = |value: &Value| {
        at(value, "/$ref").as_str().and_then(|to| to.strip_prefix('#')).expect("a reference").to_owned()
    };
    let answer = at(document, &follow(answer));
    let schema = at(document, &follow(at(answer, "/content/application~1json/schema")));
    assert_eq!(at(schema, "/properties/error/required"), &serde_json::json!(["message", "code"]));
    let codes = at(schema, "/properties/error/properties/code/enum").as_array().expect("a list");
    let codes: Vec<String> = codes.iter().map(|code| code.as_str().expect("text").to_owned()).collect();
    let has_details = schema.pointer("/properties/error/properties/details").is_some();
    assert_eq!(has_details, codes.iter().any(|code| code == "VALIDATION_FAILED"));
    codes
}

#[test]
fn every_status_a_route_can_answer_is_there_with_its_codes() {
    let document = json();
    let table: &[(&str, &str, &str, &[&str])] = &[
        ("/api/v1/books", "get", "400", &["MALFORMED_REQUEST", "VALIDATION_FAILED"]),
        ("/api/v1/books", "get", "401", &[]),
        ("/api/v1/books", "get", "403", &[]),
        ("/api/v1/books", "get", "404", &[]),
        ("/api/v1/books", "get", "413", &[]),
        ("/api/v1/books", "get", "429", &["RATE_LIMITED"]),
        ("/api/v1/books", "post", "401", &["AUTH_401"]),
        ("/api/v1/books", "post", "403", &["CSRF_REJECTED", "FORBIDDEN", "KEY_NOT_ALLOWED"]),
        ("/api/v1/books", "post", "408", &["REQUEST_TIMEOUT"]),
        ("/api/v1/books", "post", "409", &["BOOK_GONE"]),
        ("/api/v1/books", "post", "413", &["PAYLOAD_TOO_LARGE"]),
        ("/api/v1/books", "post", "415", &["UNSUPPORTED_MEDIA_TYPE"]),
        ("/api/v1/books/{id}", "get", "401", &[]),
        ("/api/v1/books/{id}", "get", "404", &["NOT_FOUND"]),
        ("/api/v1/books/{id}", "put", "401", &["AUTH_401"]),
        ("/api/v1/books/{id}", "put", "403", &["CSRF_REJECTED", "KEY_NOT_ALLOWED"]),
        ("/api/v1/odd", "get", "400", &["MALFORMED_REQUEST", "VALIDATION_FAILED"]),
        ("/api/v1/go", "get", "400", &["MALFORMED_REQUEST"]),
        ("/api/v1/go", "get", "414", &["URI_TOO_LONG"]),
        ("/api/v1/go", "get", "431", &["HEADERS_TOO_LARGE"]),
        ("/api/v1/go", "get", "500", &["INTERNAL"]),
        ("/api/v1/go", "get", "503", &["SERVICE_UNAVAILABLE"]),
    ];
    for (path, method, status, codes) in table {
        assert_eq!(codes_of(&document, path, method, status), *codes, "{method} {path} {status}");
        assert_eq!(typed_codes_of(&document, path, method, status), *codes, "{method} {path} {status}");
    }
    let words = at(&document, "/components/schemas/ErrorCode");
    assert!(at(words, "/enum").as_array().expect("a list").contains(&"BOOK_GONE".into()));
    assert!(at(words, "/description").as_str().expect("text").contains("`BOOK_GONE` (409): Somebody else"));
}

#[test]
fn inputs_are_described_with_their_rules() {
    let document = json();
    let parameters =
        at(operation(&document, "/api/v1/books", "get"), "/parameters").as_array().expect("a list");
    let limit = parameters.iter().find(|parameter| parameter["name"] == "limit").expect("limit");
    assert_eq!(limit["required"], false);
    assert_eq!((&limit["schema"]["minimum"], &limit["schema"]["maximum"]), (&1.into(), &100.into()));
    let id = at(operation(&document, "/api/v1/books/{id}", "get"), "/parameters/0");
    assert_eq!(id["schema"]["pattern"], "^bok_[0-9a-z]+$");
    assert_eq!(id["schema"]["examples"], serde_json::json!(["bok_1"]));
    let body = at(&document, "/components/schemas/AddBookBody");
    assert_eq!(body["required"], serde_json::json!(["title"]));
    assert_eq!(body["additionalProperties"], false);
    assert_eq!(at(body, "/properties/subTitle/maxLength"), 200);
    assert_eq!(at(operation(&document, "/api/v1/books", "post"), "/requestBody/required"), true);
    assert_eq!(at(operation(&document, "/api/v1/books/{id}", "put"), "/requestBody/required"), false);
    let cookie = at(operation(&document, "/api/v1/books", "post"), "/parameters/0");
    assert_eq!((&cookie["in"], &cookie["name"]), (&"cookie".into(), &"__Host-palisade-registration".into()));
}

#[test]
fn answers_without_the_envelope_are_described_by_media_type() {
    let document = json();
    assert_eq!(
        at(operation(&document, "/books", "get"), "/responses/200/content/text~1html/schema/type"),
        "string"
    );
    let plain = at(operation(&document, "/api/v1/openapi.json", "get"), "/responses/200/content");
    assert_eq!(at(plain, "/application~1json/schema"), &serde_json::json!({"type": "object"}));
    let redirect = at(operation(&document, "/api/v1/go", "get"), "/responses/303");
    assert!(redirect.get("content").is_none());
    assert!(at(redirect, "/headers").get("Location").is_some());
}

#[test]
fn a_bound_that_is_configured_is_the_one_in_force() {
    let document = json();
    let word = at(&document, "/components/schemas/LendBody/properties/word");
    assert_eq!((&word["minLength"], &word["maxLength"]), (&17.into(), &128.into()));
}

#[test]
fn cookies_and_alternative_pages_are_described() {
    let document = json();
    let headers = |path: &str, method: &str, status: &str| {
        at(operation(&document, path, method), &format!("/responses/{status}/headers")).clone()
    };
    assert!(headers("/api/v1/auth/refresh", "post", "200").get("Set-Cookie").is_some());
    assert!(headers("/api/v1/books", "get", "200").get("Set-Cookie").is_none());
    let shelf = at(operation(&document, "/api/v1/shelf", "get"), "/responses/200/content");
    assert_eq!(at(shelf, "/text~1html/schema/type"), "string");
    assert!(shelf.get("application/json").is_some());
    let listed = at(operation(&document, "/api/v1/books", "get"), "/responses/200/content");
    assert!(listed.get("text/html").is_none());
}

/// The answer of an operation to an error.
fn refusal<'a>(document: &'a Value, path: &str, method: &str, status: &str) -> &'a Value {
    let reference = at(operation(document, path, method), &format!("/responses/{status}/$ref"));
    at(document, reference.as_str().and_then(|to| to.strip_prefix('#')).expect("a reference"))
}

#[test]
fn cleared_cookies_and_pages_of_errors_are_described() {
    let document = json();
    let clears =
        |path, status| refusal(&document, path, "post", status)["headers"].get("Set-Cookie").is_some();
    assert!(clears("/api/v1/auth/refresh", "409") && !clears("/api/v1/auth/refresh", "429"));
    assert!(!clears("/api/v1/books", "409"), "the same code of another route");
    let media_types = |path, status| {
        let content = at(refusal(&document, path, "get", status), "/content").as_object().expect("a map");
        content.keys().cloned().collect::<Vec<_>>()
    };
    for (path, status) in
        [("/books", "429"), ("/books", "500"), ("/api/v1/shelf", "503"), ("/api/v1/inside", "404")]
    {
        assert_eq!(media_types(path, status), ["application/json", "text/html"], "{path} {status}");
    }
    for (path, status) in [("/books", "400"), ("/api/v1/books", "429"), ("/api/v1/books/{id}", "404")] {
        assert_eq!(media_types(path, status), ["application/json"], "{path} {status}");
    }
}

crate::view! {
    /// A book that came back.
    struct Returned = "Returned" {
        /// Its title.
        title: String,
    }
}

#[test]
fn what_the_server_sends_by_itself_is_described() {
    let webhooks = vec![Webhook::of::<Returned>("returned", "A book came back.", "Answer with 204.")];
    let document = document(&mounted(false), Info { webhooks, ..info() });
    let json: Value = serde_json::from_slice(&document.to_json()).expect("JSON");
    let post = at(&json, "/webhooks/returned/post");
    assert_eq!(at(post, "/operationId"), "onReturned");
    assert_eq!(at(post, "/description"), "Answer with 204.");
    let schema = at(post, "/requestBody/content/application~1json/schema/$ref");
    assert_eq!(schema, "#/components/schemas/Returned");
    assert_eq!(at(&json, "/components/schemas/Returned/required/0"), "title");
    assert!(post.pointer("/responses/2XX").is_some());
}
