//! Events copied from a real one: the same document with another id, type, actor, subject and time.

use mongodb::bson::{DateTime, Document, doc};

use crate::Failure;
use crate::pages::{MongoDatabase, Progress};

const STEP: usize = 5_000;
/// Ten events a user.
const PER_USER: u64 = 10;

/// Makes this user an administrator and inserts so many events, the oldest first; the newest happened a second before the
/// real one. One event in four is about the returned user, who is also the actor of one in four; half have one type.
pub(super) async fn fill(database: &MongoDatabase, reader: &str, events: u64) -> Result<String, Failure> {
    let admin = doc! { "$set": { "doc.role": "super_admin" }, "$inc": { "revision": 1_i64 } };
    database.collection("users").update_one(doc! { "doc.email": reader }, admin).await?;
    let audit = database.collection("audit");
    let template = audit.find_one(doc! { "doc.kind": "user.created" }).await?.ok_or("no event to copy")?;
    let until = template.get_datetime("createdAt")?.timestamp_millis();
    let busy = user_of(until, 0);
    let mut progress = Progress::new("seeding events".to_owned(), events);
    let mut step = Vec::with_capacity(STEP);
    for number in 0..events {
        step.push(event(&template, until, events, number)?);
        if step.len() == STEP || number + 1 == events {
            audit.insert_many(std::mem::take(&mut step)).ordered(false).await?;
            progress.at(number + 1);
        }
    }
    Ok(busy)
}

fn event(template: &Document, until: i64, events: u64, number: u64) -> Result<Document, Failure> {
    // Ten milliseconds apart: within the retention also when there are many.
    let at = until - i64::try_from(events - number)? * 10;
    let mut event = template.clone();
    // An id as the product makes it: a UUIDv7.
    event.insert("_id", format!("aud_{at:012x}7{:03x}8{number:015x}", number & 0xfff));
    for time in ["createdAt", "updatedAt"] {
        event.insert(time, DateTime::from_millis(at));
    }
    event.insert("birth", at);
    let user = |busy: bool| user_of(until, if busy { 0 } else { 1 + number / PER_USER });
    let fields = event.get_document_mut("doc")?;
    fields.insert("kind", if number % 8 < 4 { "user.renamed" } else { "session.started" });
    let (subject, actor) = (user(number.is_multiple_of(4)), user(number % 4 == 1));
    fields.insert("byOther", if actor == subject { "nobody" } else { &actor });
    fields.insert("subject", subject);
    fields.insert("actor", actor);
    Ok(event)
}

fn user_of(until: i64, number: u64) -> String {
    format!("usr_{until:012x}70008{number:015x}")
}
