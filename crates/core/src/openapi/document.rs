//! From the mounted routes to the document.

use std::collections::{BTreeMap, BTreeSet};

use super::model::{Components, Decided, Document, InfoObject, PathItem, Server, Tag};
use super::operation;
use super::webhook::Webhook;
use crate::errors::{Code, codes};
use crate::routes::{Mounted, Mounts};

/// The general data of the document.
#[derive(Clone, Debug)]
pub struct Info {
    /// The product's name.
    pub title: String,
    /// The version of the product.
    pub version: String,
    /// The public address, without a path: `https://app.example.org`. `http://` means that the cookies have no
    /// `__Host-` prefix.
    pub app_url: String,
    /// The minimum number of code points of a new password, as configured.
    pub password_min_length: usize,
    /// What the server sends by itself.
    pub webhooks: Vec<Webhook>,
    /// The permissions that a user can be given.
    pub permissions: Vec<&'static str>,
    /// The jobs that a scheduler can start.
    pub jobs: Vec<&'static str>,
}

const DESCRIPTION: &str = "\
Every answer is one JSON object: `{\"success\":true,\"data\":{…},\"meta\":{…}}`, or \
`{\"success\":false,\"error\":{…},\"meta\":{…}}`. Tell errors apart by `error.code`, never by the message. \
`meta.requestId` names the request in the log.

Requests are read strictly: JSON in `application/json`, unknown and repeated fields are refused, and all mistakes are \
named at once in `error.details`. Only pages, probes, protocol documents and redirects ignore query parameters that they do \
not know.

Lists come a page at a time: `limit` is 1 to 100, and `cursor` is the `meta.page.nextCursor` of the page before.

A browser is signed in by cookies, and may only change something from the product's own origin. Other clients send \
the access token as `Authorization: Bearer {token}`.

Every route is held to a rate limit. `RateLimit-Policy` and `RateLimit` say how much is left; with 429 and 503, \
`Retry-After` says when to come back.";

/// Describes the mounted routes. The order of mounting does not matter: the same routes give the same document.
pub fn document(mounted: &Mounts, info: Info) -> Document {
    let secure_cookies = info.app_url.starts_with("https://");
    let mut routes: Vec<&Mounted> = mounted.iter().collect();
    routes.sort_by_key(|route| (route.path(), route.declaration().method));

    let codes = catalogue(&routes);
    let decided = Decided {
        password_min_length: info.password_min_length,
        permissions: info.permissions,
        jobs: info.jobs,
    };
    let mut components = Components::new(&codes, secure_cookies, decided);
    let mut taken = BTreeSet::new();
    let mut paths: BTreeMap<String, PathItem> = BTreeMap::new();
    let mut tags = BTreeSet::new();
    for route in routes {
        let operation = operation::operation(route, &mut components, secure_cookies, &mut taken);
        tags.extend(operation.tags.iter().cloned());
        paths.entry(route.path().to_owned()).or_default().0.insert(route.declaration().method, operation);
    }
    let webhooks =
        info.webhooks.into_iter().map(|webhook| (webhook.name, webhook.item(&mut components))).collect();
    Document {
        openapi: "3.1.1",
        info: InfoObject { title: info.title, version: info.version, description: DESCRIPTION },
        servers: vec![Server { url: info.app_url }],
        tags: tags.into_iter().map(|name| Tag { name }).collect(),
        paths,
        webhooks,
        components,
        codes,
    }
}

/// All codes that the life cycle and the routes can answer, by status and name.
fn catalogue(routes: &[&Mounted]) -> Vec<&'static Code> {
    let declarations = routes.iter().map(|route| route.declaration());
    let declared =
        declarations.flat_map(|declared| declared.errors.iter().chain(&declared.clearing)).copied();
    let mut codes: Vec<&'static Code> = codes::CATALOGUE.iter().copied().chain(declared).collect();
    codes.sort_by_key(|code| (code.status, code.name));
    codes.dedup_by_key(|code| code.name);
    codes
}

impl Document {
    /// The document as JSON, the same bytes every time.
    pub fn to_json(&self) -> Vec<u8> {
        // Text keys and plain data cannot fail to serialize; every test and client would notice an empty object.
        serde_json::to_vec(self).unwrap_or_else(|_| b"{}".to_vec())
    }
}
