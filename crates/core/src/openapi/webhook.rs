//! What the server sends by itself, as the `webhooks` of the document.

use std::collections::BTreeMap;

use super::model::{Components, MediaType, RequestBody, Response, WebhookItem, WebhookOperation};
use super::responses::{JSON, capitalized};
use crate::output::View;
use crate::values::Schema;

/// A request that the server sends to receivers.
#[derive(Clone, Debug)]
pub struct Webhook {
    /// Its key in the document.
    pub name: &'static str,
    /// What it tells, in a sentence.
    pub summary: &'static str,
    /// What a receiver has to know: how to verify it, and what to answer.
    pub description: &'static str,
    payload: Schema,
}

impl Webhook {
    /// One with this payload.
    pub fn of<V: View>(name: &'static str, summary: &'static str, description: &'static str) -> Self {
        Self { name, summary, description, payload: V::schema() }
    }

    /// As the document has it (OpenAPI 3.1, "OpenAPI Object": `webhooks` is a map of path items).
    pub(super) fn item(self, components: &mut Components) -> WebhookItem {
        let schema = components.hoist(self.payload);
        let content = BTreeMap::from([(JSON, MediaType { schema, examples: BTreeMap::new() })]);
        let answer = Response {
            description: "The receiver has it. Any other status is tried again later.".to_owned(),
            headers: BTreeMap::new(),
            content: BTreeMap::new(),
            codes: Vec::new(),
        };
        WebhookItem {
            post: WebhookOperation {
                summary: self.summary,
                description: self.description,
                id: format!("on{}", capitalized(self.name)),
                request_body: RequestBody { required: true, content },
                responses: BTreeMap::from([("2XX", answer)]),
            },
        }
    }
}
