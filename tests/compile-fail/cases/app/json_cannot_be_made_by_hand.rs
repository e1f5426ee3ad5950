//! What is shown is a view: `app` has no way to make JSON of its own.

pub fn raw() -> serde_json::Value {
    serde_json::json!([])
}
