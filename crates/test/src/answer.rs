//! An answer, and what tests assert about it.

use serde_json::Value;

/// An answer.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Name (lower case) and value, in order.
    pub headers: Vec<(String, String)>,
    /// The body, as text.
    pub body: String,
}

impl Answer {
    /// The data of a success: asserts this status and the envelope of a success, and returns `data`.
    #[track_caller]
    pub fn succeeds(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.body);
        let holds = self.at("/success") == true && self.at("/data").is_object() && self.has_request_id();
        assert!(holds, "not the envelope of a success: {}", self.body);
        self.at("/data")
    }

    /// The items of a page: asserts that this is one, with status 200, and returns `data.items`.
    #[track_caller]
    pub fn items(&self) -> Vec<Value> {
        match self.succeeds(200).get("items") {
            Some(Value::Array(items)) if self.at("/meta/page").is_object() => items.clone(),
            _ => panic!("not a page: {}", self.body),
        }
    }

    /// The cursor of the page after this one: `?cursor=…`. `None` on the last page.
    pub fn next_cursor(&self) -> Option<String> {
        self.at("/meta/page/nextCursor").as_str().map(str::to_owned)
    }

    /// Asserts an error in the envelope, with this status and code, and nothing else.
    #[track_caller]
    pub fn fails(&self, status: u16, code: &str) {
        let message = format!("expected {status} {code}, got {}: {}", self.status, self.body);
        assert!(self.is_refusal(status, code), "{message}");
    }

    /// Asserts a refused input (400 `VALIDATION_FAILED`) with exactly these faults, each `field:code`, sorted.
    #[track_caller]
    pub fn refuses(&self, faults: &[&str]) {
        self.fails(400, "VALIDATION_FAILED");
        assert_eq!(self.details(), faults, "{}", self.body);
    }

    /// Whether `meta.requestId` is that of the header.
    fn has_request_id(&self) -> bool {
        self.at("/meta/requestId").as_str().is_some_and(|id| self.header("x-request-id") == Some(id))
    }

    /// Reads an answer whose body ends with the connection.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let (head, body) = bytes.split_at(end);
        let head = std::str::from_utf8(head).ok()?;
        let mut lines = head.split("\r\n");
        let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
        let headers = lines
            .filter_map(|line| line.split_once(':'))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
            .collect();
        let body = String::from_utf8(body.get(4..)?.to_vec()).ok()?;
        Some(Self { status, headers, body })
    }

    /// Whether the body has the length that its head announces.
    pub(crate) fn is_whole(&self) -> bool {
        self.header("content-length").is_none_or(|length| length == self.body.len().to_string())
    }

    /// Whether this is an error in the envelope with this status and code, and nothing else.
    pub fn is_refusal(&self, status: u16, code: &str) -> bool {
        self.status == status
            && self.code() == code
            && self.at("/success") == false
            && self.at("/error/message").is_string()
            && self.at("/meta/requestId").is_string()
            && self.at("/data").is_null()
    }

    /// The body without the request id, to compare answers that must be indistinguishable.
    pub fn without_id(&self) -> Value {
        let mut body = self.json();
        if let Some(meta) = body.pointer_mut("/meta") {
            *meta = Value::Null;
        }
        body
    }

    /// The first header of this name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// All headers of this name (lower case).
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {}", self.body))
    }

    /// The value at this JSON pointer; `Null` if there is none.
    pub fn at(&self, pointer: &str) -> Value {
        self.json().pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// The same for a body that need not be JSON.
    pub fn at_if_json(&self, pointer: &str) -> Value {
        let body = serde_json::from_str::<Value>(&self.body).unwrap_or_default();
        body.pointer(pointer).cloned().unwrap_or(Value::Null)
    }

    /// `error.code`, or nothing for a success.
    pub fn code(&self) -> String {
        self.at("/error/code").as_str().unwrap_or_default().to_owned()
    }

    /// `field:code` of each of `error.details`, sorted.
    pub fn details(&self) -> Vec<String> {
        let details = self.at("/error/details");
        let text =
            |detail: &Value, key: &str| detail.get(key).and_then(Value::as_str).unwrap_or("?").to_owned();
        let mut said: Vec<String> = details
            .as_array()
            .into_iter()
            .flatten()
            .map(|detail| format!("{}:{}", text(detail, "field"), text(detail, "code")))
            .collect();
        said.sort();
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let headers = vec![("x-request-id".to_owned(), "req_1".to_owned())];
        Answer { status, headers, body: body.to_owned() }
    }

    /// Whether the assertion panics.
    fn fails(assertion: impl FnOnce() + std::panic::UnwindSafe) -> bool {
        std::panic::catch_unwind(assertion).is_err()
    }

    #[test]
    fn a_success_is_one_in_the_envelope_only() {
        let envelope = r#"{"success":true,"data":{"a":1},"meta":{"requestId":"req_1"}}"#;
        assert_eq!(answer(200, envelope).succeeds(200), serde_json::json!({"a": 1}));
        for (status, body) in [
            (201, envelope),
            (200, r#"{"a":1}"#),
            (200, r#"{"success":true,"data":[1],"meta":{"requestId":"req_1"}}"#),
            (200, r#"{"success":true,"data":{"a":1},"meta":{"requestId":"req_2"}}"#),
            (200, r#"{"success":false,"data":{"a":1},"meta":{"requestId":"req_1"}}"#),
        ] {
            assert!(fails(|| drop(answer(status, body).succeeds(200))), "{body}");
        }
    }

    #[test]
    fn a_page_has_items_and_may_have_a_next_one() {
        let page = answer(
            200,
            r#"{"success":true,"data":{"items":[{"a":1}]},"meta":{"requestId":"req_1","page":{"nextCursor":"c"}}}"#,
        );
        assert_eq!((page.items().len(), page.next_cursor().as_deref()), (1, Some("c")));
        let no_page = r#"{"success":true,"data":{"items":[]},"meta":{"requestId":"req_1"}}"#;
        assert!(fails(|| drop(answer(200, no_page).items())));
        assert_eq!(answer(200, no_page).next_cursor(), None);
    }

    #[test]
    fn an_error_is_one_with_this_status_and_code() {
        let body =
            r#"{"success":false,"error":{"message":"no","code":"NOT_FOUND"},"meta":{"requestId":"req_1"}}"#;
        answer(404, body).fails(404, "NOT_FOUND");
        assert!(fails(|| answer(404, body).fails(404, "OTHER")));
        assert!(fails(|| answer(403, body).fails(404, "NOT_FOUND")));
    }

    #[test]
    fn a_refused_input_has_exactly_these_faults() {
        let body = r#"{"success":false,"error":{"message":"no","code":"VALIDATION_FAILED","details":[
            {"field":"b","code":"required"},{"field":"a","code":"too_long"}]},"meta":{"requestId":"req_1"}}"#;
        answer(400, body).refuses(&["a:too_long", "b:required"]);
        assert!(fails(|| answer(400, body).refuses(&["a:too_long"])));
    }
}
