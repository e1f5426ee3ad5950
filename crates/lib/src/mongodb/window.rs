//! The sliding window, written for the server: the update of a subject's document, and the parsing of the answer.
//!
//! A document holds all windows of one subject, so that several are decided together:
//!
//! ```text
//! { _id: "palisade:network:192.0.2.1", by, at, expiresAt, windows: { "login:10/60": { opened, at, units, older: [{ at, units }], ends } } }
//! ```
//!
//! `at` and `units` of a window are its newest entry, which others may still join until a grain after `opened`;
//! `older` are the earlier ones. Units of an entry leave together, when its `at` is one length ago. `at` of the
//! document is the time of its last charge, `by` the call of that charge: a caller that finds its own call there
//! was admitted.

use std::time::Duration;

use mongodb::bson::oid::ObjectId;
use mongodb::bson::{Bson, Document, doc};
use palisade_core::limits::{Charge, Decision, Distinct, QuotaStatus, grain};

/// The timeout of a decision, here and on the server; callers stop waiting long before.
pub(super) const ANSWERING: Duration = Duration::from_secs(2);
/// Of two commands the one with the earlier `$$NOW` may come later: it waited for the other, or came through another
/// router. Times up to this far apart count as the later one. Beyond that the clock was set back: then its current
/// value counts, and earlier charges leave according to it.
const APART: Duration = ANSWERING;

/// The name of a window within its document: a field name, so without a dot. A counter belongs to a bucket *and* a
/// quota.
pub(super) fn name(charge: &Charge) -> String {
    let (key, quota) = (charge.key(), charge.quota());
    let within = key.subject().within().map(|account| format!(":{account}")).unwrap_or_default();
    let bucket = key.bucket().replace(['.', '$'], "_");
    format!("{bucket}{within}:{}/{}", quota.limit(), quota.window_secs())
}

/// Charges all windows if all have room, and otherwise changes nothing.
pub(super) fn update(asked: &Distinct, call: ObjectId) -> Vec<Document> {
    let mut words = Words { ends: vec!["$expiresAt".into()], ..Words::default() };
    for (number, charge) in asked.charges().iter().enumerate() {
        words.add(number, charge);
    }
    let Words { since, counted, room, ends, charged } = words;
    // Ended entries of other windows are removed with it, so that a document contains only what counts.
    let others = doc! { "$objectToArray": { "$ifNull": ["$windows", {}] } };
    let others = doc! { "$filter": { "input": others, "cond": { "$gt": ["$$this.v.ends", "$$at"] } } };
    let outcome = doc! {
        "by": call,
        "at": "$$at",
        "expiresAt": { "$max": ends },
        "windows": { "$mergeObjects": [{ "$arrayToObject": others }, charged] },
    };
    let outcome = doc! { "$mergeObjects": ["$$ROOT", outcome] };
    // A repetition of a call whose answer was lost: it has passed, and is charged once.
    let is_new = doc! { "$ne": ["$by", call] };
    let room = room.into_iter().chain([is_new.into()]).collect::<Vec<Bson>>();
    let decided = doc! { "$cond": [{ "$and": room }, outcome, "$$ROOT"] };
    vec![
        doc! { "$replaceWith": let_in(doc! { "at": decision_time() }, let_in(since, let_in(counted, decided))) },
    ]
}

/// A window without the units that were charged at this time, as far as they still count; `None` if there is
/// nothing to give back.
///
/// The units are those of the first entry whose time is no earlier: of that entry, and never more than it has.
pub(super) fn without(window: &Document, charge: &Charge, charged: i64) -> Option<Document> {
    let (older, newest) = (window.get_array("older").ok()?, units_of(window)?);
    let time_of = |entry: &Document| entry.get_datetime("at").ok().map(|at| at.timestamp_millis());
    let mut window = window.clone();
    let place =
        older.iter().position(|entry| entry.as_document().and_then(time_of).is_some_and(|at| at >= charged));
    let Some(place) = place else {
        if newest == 0 || time_of(&window)? < charged {
            return None;
        }
        // An entry of zero units counts for nothing, and keeps later ones in order.
        window.insert("units", i64::from(newest.saturating_sub(charge.cost())));
        return Some(window);
    };
    let mut older = older.clone();
    let entry = older.get_mut(place)?.as_document_mut()?;
    let left = units_of(entry)?.saturating_sub(charge.cost());
    if left == 0 {
        older.remove(place);
    } else {
        entry.insert("units", i64::from(left));
    }
    window.insert("older", older);
    Some(window)
}

fn units_of(entry: &Document) -> Option<u32> {
    let units = entry.get("units")?;
    u32::try_from(units.as_i64().or(units.as_i32().map(i64::from))?).ok()
}

/// The part of a document that the answer contains.
pub(super) fn answer(asked: &Distinct) -> Document {
    let mut fields = doc! { "now": "$$NOW", "at": 1, "by": 1 };
    for charge in asked.charges() {
        fields.insert(format!("windows.{}", name(charge)), 1);
    }
    fields
}

/// `$let`: binds these variables in an expression.
fn let_in(vars: Document, within: Document) -> Document {
    doc! { "$let": { "vars": vars, "in": within } }
}

/// The time of the decision.
fn decision_time() -> Document {
    let ahead = doc! { "$subtract": ["$at", "$$NOW"] };
    let is_ahead = doc! { "$and": [{ "$gt": ["$at", "$$NOW"] }, { "$lte": [ahead, millis(APART)] }] };
    doc! { "$cond": [is_ahead, "$at", "$$NOW"] }
}

/// The parts of a decision about all windows in the server's language.
#[derive(Default)]
struct Words {
    /// Variables: the time from which each window counts.
    since: Document,
    /// Variables: the units of each that still count, except the newest entry.
    counted: Document,
    /// Whether each has room.
    room: Vec<Bson>,
    /// When each that is charged ends.
    ends: Vec<Bson>,
    /// Each charged window, afterwards.
    charged: Document,
}

impl Words {
    fn add(&mut self, number: usize, charge: &Charge) {
        let name = name(charge);
        let field = |field: &str| format!("$windows.{name}.{field}");
        let (length, limit) = (millis(charge.quota().window()), i64::from(charge.quota().limit().get()));
        let cost = i64::from(charge.cost());
        let (since, older, newest) =
            (format!("since{number}"), format!("older{number}"), format!("newest{number}"));
        let [its_since, its_older, its_newest] = [&since, &older, &newest].map(|name| format!("$${name}"));

        self.since.insert(since, doc! { "$subtract": ["$$at", length] });
        // A missing value compares as less than any time.
        let is_newest_in = doc! { "$gt": [field("at"), &its_since] };
        self.counted.insert(newest, doc! { "$cond": [is_newest_in, field("units"), 0] });
        let all = doc! { "$ifNull": [field("older"), []] };
        let is_in = doc! { "$gt": ["$$this.at", its_since] };
        self.counted.insert(older, doc! { "$filter": { "input": all, "cond": is_in } });
        let used = doc! { "$add": [{ "$sum": format!("{its_older}.units") }, &its_newest] };
        self.room.push(doc! { "$lte": [used, limit - cost.max(1)] }.into());
        if cost == 0 {
            return;
        }

        // The clock may have been set back: entries stay sorted, and nothing leaves early.
        let when = doc! { "$max": ["$$at", field("at")] };
        let end = doc! { "$add": ["$$when", length] };
        self.ends.push(let_in(doc! { "when": &when }, end.clone()).into());
        let is_live = doc! { "$gt": [&its_newest, 0] };
        let age = doc! { "$subtract": ["$$when", field("opened")] };
        let joins = doc! { "$and": [&is_live, { "$lt": [age, millis(grain(charge.quota())).max(1)] }] };
        let closed = doc! { "$cond": [is_live, [{ "at": field("at"), "units": &its_newest }], []] };
        let either = |joined: Bson, apart: Bson| doc! { "$cond": ["$$joins", joined, apart] };
        let window = doc! {
            "opened": either(field("opened").into(), "$$when".into()),
            "at": "$$when",
            "units": either(doc! { "$add": [its_newest, cost] }.into(), cost.into()),
            "older": either((&its_older).into(), doc! { "$concatArrays": [&its_older, closed] }.into()),
            "ends": end,
        };
        self.charged.insert(name, let_in(doc! { "when": when }, let_in(doc! { "joins": joins }, window)));
    }
}

/// The server's answer: the document after the decision, and its time.
pub(super) struct Answer {
    pub(super) now: i64,
    /// `None` if nothing was ever charged, or not recently.
    pub(super) document: Option<Document>,
}

impl Answer {
    /// The resulting decision, if this call has `passed`, or was only a question. `None` if the answer is invalid.
    pub(super) fn decision(&self, asked: &Distinct, call: ObjectId) -> Option<Decision> {
        let document = self.document.as_ref();
        let last =
            document.and_then(|document| document.get_datetime("at").ok()).map(|at| at.timestamp_millis());
        let now = match last {
            Some(last) if last > self.now && last - self.now <= millis(APART) => last,
            _ => self.now,
        };
        let passed = document.is_some_and(|document| document.get_object_id("by").is_ok_and(|by| by == call));
        let windows = document.and_then(|document| document.get_document("windows").ok());
        let status = |charge: &Charge| {
            let entries = match windows.and_then(|windows| windows.get_document(name(charge)).ok()) {
                Some(window) => entries(window, millis(charge.quota().window()), now)?,
                None => Vec::new(),
            };
            Some(status(charge, &entries, now, passed))
        };
        let statuses: Vec<QuotaStatus> = asked.charges().iter().map(status).collect::<Option<_>>()?;
        let refused = statuses.iter().any(|status| status.retry_after.is_some());
        let only_asked = asked.charges().iter().all(|charge| charge.cost() == 0);
        let at = Duration::from_millis(u64::try_from(now).ok()?);
        (passed || refused || only_asked).then(|| asked.decision(at, &statuses))
    }
}

/// Units, and when they leave, without those that have left already.
fn entries(window: &Document, length: i64, now: i64) -> Option<Vec<(i64, u32)>> {
    let older = window.get_array("older").ok()?.iter().map(Bson::as_document);
    let entry = |entry: Option<&Document>| {
        let leaves = entry?.get_datetime("at").ok()?.timestamp_millis() + length;
        Some((leaves, units_of(entry?)?))
    };
    let all: Vec<_> = older.chain([Some(window)]).map(entry).collect::<Option<_>>()?;
    // Giving back may have left an entry of zero units.
    Some(all.into_iter().filter(|(leaves, units)| *leaves > now && *units > 0).collect())
}

fn status(charge: &Charge, entries: &[(i64, u32)], now: i64, passed: bool) -> QuotaStatus {
    let limit = charge.quota().limit().get();
    let used = entries.iter().fold(0, |used: u32, (_, units)| used.saturating_add(*units));
    let remaining = limit.saturating_sub(used);
    let wait = |leaves: i64| Duration::from_millis(u64::try_from(leaves - now).unwrap_or(0));
    let until_more = entries.first().map_or(Duration::ZERO, |(leaves, _)| wait(*leaves));
    let mut missing = charge.cost().max(1).saturating_sub(remaining);
    let freed = entries.iter().find(|(_, units)| {
        let enough = *units >= missing;
        missing = missing.saturating_sub(*units);
        enough
    });
    let is_short = !passed && charge.cost().max(1) > remaining;
    let retry_after = is_short.then(|| freed.map_or(charge.quota().window(), |(leaves, _)| wait(*leaves)));
    QuotaStatus { remaining, until_more, retry_after }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
