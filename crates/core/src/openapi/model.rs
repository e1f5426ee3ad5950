//! The OpenAPI 3.1 document as data: the keywords that this document uses, under their standard names.
//!
//! Maps are ordered, so the same routes always give the same bytes.

use std::collections::BTreeMap;

use serde::{Serialize, Serializer};

use crate::declaration::Method;
use crate::errors::Code;
use crate::values::Schema;

/// The description of one server's API. Created only by [`document`](super::document).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Document {
    pub(crate) openapi: &'static str,
    pub(crate) info: InfoObject,
    pub(crate) servers: Vec<Server>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) paths: BTreeMap<String, PathItem>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) webhooks: BTreeMap<&'static str, WebhookItem>,
    pub(crate) components: Components,
    /// The catalogue of possible errors; in the document it is the description of `ErrorCode`.
    #[serde(skip)]
    pub(crate) codes: Vec<&'static Code>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct InfoObject {
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) description: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Server {
    pub(crate) url: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Tag {
    pub(crate) name: String,
}

/// The operations of one path, in the order of [`Method`].
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct PathItem(pub(crate) BTreeMap<Method, Operation>);

impl Serialize for PathItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(method, operation)| (lower_case(*method), operation)))
    }
}

/// The method as a key of a path item.
pub(crate) fn lower_case(method: Method) -> &'static str {
    match method {
        Method::Get => "get",
        Method::Post => "post",
        Method::Put => "put",
        Method::Patch => "patch",
        Method::Delete => "delete",
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Operation {
    pub(crate) tags: Vec<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub(crate) summary: &'static str,
    pub(crate) description: String,
    #[serde(rename = "operationId")]
    pub(crate) id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) parameters: Vec<Parameter>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) request_body: Option<RequestBody>,
    pub(crate) responses: BTreeMap<String, Answer>,
    pub(crate) security: Vec<SecurityRequirement>,
    #[serde(rename = "x-access")]
    pub(crate) access: &'static str,
    #[serde(rename = "x-permission", skip_serializing_if = "Option::is_none")]
    pub(crate) permission: Option<&'static str>,
    #[serde(rename = "x-rate-limit")]
    pub(crate) rate_limit: &'static str,
    /// In the document it is a sentence of the description.
    #[serde(skip)]
    pub(crate) limited_by_input: bool,
}

/// A request that the server sends by itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct WebhookItem {
    pub(crate) post: WebhookOperation,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WebhookOperation {
    pub(crate) summary: &'static str,
    pub(crate) description: &'static str,
    #[serde(rename = "operationId")]
    pub(crate) id: String,
    pub(crate) request_body: RequestBody,
    pub(crate) responses: BTreeMap<&'static str, Response>,
}

/// All schemes of one requirement are needed together; here each requirement has one, or none.
pub(crate) type SecurityRequirement = BTreeMap<&'static str, Vec<&'static str>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Place {
    Path,
    Query,
    Header,
    Cookie,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    #[serde(rename = "in")]
    pub(crate) place: Place,
    pub(crate) required: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
    pub(crate) schema: Schema,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct RequestBody {
    pub(crate) required: bool,
    pub(crate) content: BTreeMap<&'static str, MediaType>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct MediaType {
    pub(crate) schema: Schema,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) examples: BTreeMap<&'static str, Example>,
}

/// An answer with one status: a success in place, an error by reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub(crate) enum Answer {
    Success(Response),
    Error(Reference),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Reference {
    #[serde(rename = "$ref")]
    pub(crate) target: String,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Response {
    pub(crate) description: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) headers: BTreeMap<&'static str, Reference>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) content: BTreeMap<&'static str, MediaType>,
    /// The codes of an error; in the document they are the examples.
    #[serde(skip)]
    pub(crate) codes: Vec<&'static Code>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Example {
    pub(crate) summary: &'static str,
    pub(crate) value: ErrorExample,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ErrorExample {
    pub(crate) success: bool,
    pub(crate) error: ErrorExampleInner,
    pub(crate) meta: MetaExample,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct ErrorExampleInner {
    pub(crate) message: &'static str,
    pub(crate) code: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<DetailExample>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct DetailExample {
    pub(crate) field: &'static str,
    pub(crate) code: &'static str,
    pub(crate) message: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MetaExample {
    pub(crate) request_id: &'static str,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Components {
    pub(crate) schemas: BTreeMap<String, Schema>,
    pub(crate) responses: BTreeMap<String, Response>,
    pub(crate) headers: BTreeMap<&'static str, Header>,
    pub(crate) security_schemes: BTreeMap<&'static str, SecurityScheme>,
    #[serde(skip)]
    pub(crate) decided: Decided,
}

/// What the configuration or the product decides about inputs.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Decided {
    pub(crate) password_min_length: usize,
    pub(crate) permissions: Vec<&'static str>,
    pub(crate) jobs: Vec<&'static str>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Header {
    pub(crate) description: &'static str,
    pub(crate) schema: Schema,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type")]
pub(crate) enum SecurityScheme {
    #[serde(rename = "apiKey")]
    Cookie {
        #[serde(rename = "in")]
        place: Place,
        name: &'static str,
        description: &'static str,
    },
    #[serde(rename = "http", rename_all = "camelCase")]
    Http { scheme: &'static str, bearer_format: &'static str, description: &'static str },
}
