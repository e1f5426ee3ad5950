//! The rights of the user of an address, as the server lists them. A user without write access can open a database,
//! and then fails with the first request that writes.

use mongodb::Database;
use mongodb::bson::{Bson, Document, doc};

use super::open::ANSWER;
use crate::engine::{CollectionSpec, OpenError};

/// The actions on each collection: by requests, and by a start, which creates it and its indexes.
const ACTIONS: [&str; 7] =
    ["find", "insert", "update", "remove", "createCollection", "createIndex", "listIndexes"];

/// The actions on the database as a whole.
const ON_DATABASE: [&str; 1] = ["listCollections"];

/// Refuses a user who lacks a right, and names it. Without authentication everybody has all rights.
pub(super) async fn check(
    database: &Database,
    collections: &[&'static CollectionSpec],
) -> Result<(), OpenError> {
    let ask = database.run_command(doc! { "connectionStatus": 1, "showPrivileges": true });
    // If the server does not answer this, trying shows the rights.
    let Ok(Ok(status)) = tokio::time::timeout(ANSWER, ask).await else { return Ok(()) };
    let Ok(known) = status.get_document("authInfo") else { return Ok(()) };
    if known.get_array("authenticatedUsers").map_or(true, Vec::is_empty) {
        return Ok(());
    }
    let Ok(privileges) = known.get_array("authenticatedUserPrivileges") else { return Ok(()) };
    let privileges: Vec<&Document> = privileges.iter().filter_map(Bson::as_document).collect();
    let has = |collection: &str, action: &str| {
        privileges.iter().any(|privilege| {
            is_about(privilege, database.name(), collection)
                && privilege.get_array("actions").is_ok_and(|actions| {
                    actions.iter().any(|known| matches!(known.as_str(), Some(known) if known == action || known == "anyAction"))
                })
        })
    };
    let on_all = ON_DATABASE.iter().filter(|action| !has("", action)).map(|action| (*action).to_owned());
    let mut lacking: Vec<String> = on_all.collect();
    for action in ACTIONS {
        let without: Vec<&str> =
            collections.iter().map(|spec| spec.name).filter(|name| !has(name, action)).collect();
        if without.len() == collections.len() {
            lacking.push(action.to_owned());
        } else if !without.is_empty() {
            lacking.push(format!("{action} on {}", without.join(", ")));
        }
    }
    if lacking.is_empty() { Ok(()) } else { Err(OpenError::LacksRights { rights: lacking.join("; ") }) }
}

/// Whether a privilege applies to this collection; an empty name means any.
fn is_about(privilege: &Document, database: &str, collection: &str) -> bool {
    let Ok(resource) = privilege.get_document("resource") else { return false };
    if resource.get_bool("anyResource").unwrap_or(false) {
        return true;
    }
    let fits =
        |name: &str, of: &str| resource.get_str(name).is_ok_and(|named| named.is_empty() || named == of);
    fits("db", database) && fits("collection", collection)
}
