//! Fills a database of MongoDB directly, reads the query plans of the server from its profile, and runs the same
//! queries without a server.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use hdrhistogram::Histogram;
use mongodb::bson::{Bson, DateTime, Document, RawDocumentBuf, doc};
use mongodb::options::Hint;
use mongodb::{Client, Collection};

use super::READER;
use super::crowd::members;
use super::progress::Progress;
use crate::Failure;
use crate::load::{Beat, Load, histogram, now};
use crate::report::{Report, median};

const STEP: usize = 2_000;
const CONNECTIONS: u32 = 32;
const TURNS: usize = 9;
const TURN: Duration = Duration::from_secs(1);

/// A database of its own.
#[derive(Debug)]
pub(crate) struct Database {
    url: String,
    server: String,
    name: String,
    handle: mongodb::Database,
}

impl Database {
    /// On this server, empty.
    pub(crate) async fn named(server: &str, name: &str) -> Result<Self, Failure> {
        let handle = Client::with_uri_str(server).await?.database(name);
        handle.drop().await?;
        let (before, options) = server.split_once("/?").ok_or("an odd address of a server")?;
        Ok(Self {
            url: format!("{before}/{name}?{options}"),
            server: server.to_owned(),
            name: name.to_owned(),
            handle,
        })
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// A collection of it, raw.
    pub(crate) fn collection(&self, name: &str) -> Collection<Document> {
        self.handle.collection(name)
    }

    fn users(&self) -> Collection<Document> {
        self.collection("users")
    }

    /// Copies the reader so many times; from now on the reader may list users.
    pub(super) async fn fill(&self, people: u64) -> Result<(), Failure> {
        let users = self.users();
        let reader = doc! { "doc.email": READER };
        users
            .update_one(
                reader.clone(),
                doc! { "$set": { "doc.role": "support" }, "$inc": { "revision": 1_i64 } },
            )
            .await?;
        let template = users.find_one(reader).await?.ok_or("the reader was not found")?;
        let until = template.get_datetime("createdAt")?.timestamp_millis();
        let mut progress = Progress::new("seeding mongodb".to_owned(), people);
        let mut crowd = members(people, until);
        let mut done = 0;
        loop {
            let mut step = Vec::with_capacity(STEP);
            for member in crowd.by_ref().take(STEP) {
                let mut document = template.clone();
                let at = DateTime::from_millis(member.created_at);
                document.insert("_id", member.id);
                document.insert("createdAt", at);
                document.insert("updatedAt", at);
                document.insert("birth", member.created_at);
                let fields = document.get_document_mut("doc")?;
                fields.insert("email", member.email);
                fields.insert("role", member.role);
                fields.insert("status", member.status);
                step.push(document);
            }
            if step.is_empty() {
                return Ok(());
            }
            done += u64::try_from(step.len())?;
            users.insert_many(step).ordered(false).await?;
            progress.at(done);
        }
    }

    /// The time that the driver alone takes to find a user by id, so many at once, each again after this pause: in
    /// microseconds.
    pub(crate) async fn watch(
        &self,
        connections: u32,
        pace: Duration,
        length: Duration,
    ) -> Result<Histogram<u64>, Failure> {
        let somebody = self.users().find_one(doc! {}).await?.ok_or("nobody is there")?;
        let id = somebody.get_str("_id")?.to_owned();
        let begun = now();
        let mut tasks = tokio::task::JoinSet::new();
        for number in 0..connections {
            let users: Collection<RawDocumentBuf> = self.handle.collection("users");
            let filter = doc! { "_id": &id };
            let mut beat = Beat::new(begun, length, Some(pace), (number, connections))?;
            tasks.spawn(async move {
                while let Some(asked) = beat.due().await {
                    users.find_one(filter.clone()).await.map_err(|error| error.to_string())?;
                    beat.answered(asked).map_err(|failure| failure.to_string())?;
                }
                Ok::<_, String>(beat.latency)
            });
        }
        let mut latency = histogram()?;
        while let Some(one) = tasks.join_next().await {
            latency.add(one??)?;
        }
        Ok(latency)
    }

    /// The query plans of the server during this work: the index, and the numbers of examined keys and documents
    /// per result.
    pub(super) async fn plan_of<T>(
        &self,
        asking: impl Future<Output = Result<T, Failure>>,
    ) -> Result<String, Failure> {
        let profile = self.handle.collection::<Document>("system.profile");
        self.handle.run_command(doc! { "profile": 2 }).await?;
        let asked = asking.await;
        self.handle.run_command(doc! { "profile": 0 }).await?;
        asked?;
        let seen: Vec<Document> = profile
            .find(doc! { "ns": format!("{}.users", self.name), "op": "query" })
            .await?
            .try_collect()
            .await?;
        profile.drop().await?;
        let told = |document: &Document| {
            let number = |name| document.get(name).and_then(number).unwrap_or(-1);
            format!(
                "{}, {} keys and {} documents for {}",
                document.get_str("planSummary").unwrap_or("no plan"),
                number("keysExamined"),
                number("docsExamined"),
                number("nreturned"),
            )
        };
        // The account of a session is read by its id; that is not part of the page.
        let pages: Vec<String> = seen.iter().map(told).filter(|plan| !plan.starts_with("IDHACK")).collect();
        Ok(if pages.is_empty() { "nothing was asked".to_owned() } else { pages.join("; ") })
    }

    /// The name of the index for the list of users, the newest first.
    async fn newest_first(&self) -> Result<String, Failure> {
        let wanted = doc! { "isDeleted": 1, "createdAt": -1, "_id": -1 };
        let backwards = doc! { "isDeleted": 1, "createdAt": 1, "_id": 1 };
        let indexes: Vec<_> = self.users().list_indexes().await?.try_collect().await?;
        let named = indexes.into_iter().find(|index| index.keys == wanted || index.keys == backwards);
        named.and_then(|index| index.options?.name).ok_or_else(|| "the index was not found".into())
    }
}

fn number(value: &Bson) -> Option<i64> {
    value.as_i64().or_else(|| value.as_i32().map(i64::from))
}

/// The first page through the server, and the same query through the driver alone, in turns.
pub(super) async fn against_driver(
    report: &mut Report,
    load: Load,
    database: &Database,
) -> Result<(), Failure> {
    let load = Load { connections: CONNECTIONS, ..load };
    let (server, name, index) =
        (database.server.clone(), database.name.clone(), database.newest_first().await?);
    load.run(TURN).await?;
    let (mut shares, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..TURNS {
        let answers = load.run(TURN).await?.per_second;
        let bare = bare(server.clone(), name.clone(), index.clone()).await?;
        shares.push(answers / bare * 100.0);
        ours.push(answers);
        theirs.push(bare);
    }
    report.note("mongodb, GET /users?limit=20", format!("{:.0} /s", median(ours)));
    report.note("mongodb, the same find by the driver alone", format!("{:.0} /s", median(theirs)));
    let share = median(shares);
    report.aim("mongodb, pages against the driver alone", format!("{share:.0} %"), ">= 60 %", share >= 60.0);
    Ok(())
}

/// Finds per second, on as many threads as the server has.
async fn bare(server: String, name: String, index: String) -> Result<f64, Failure> {
    let measuring = std::thread::spawn(move || -> Result<f64, String> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(find(&server, &name, &index)).map_err(|failure| failure.to_string())
    });
    while !measuring.is_finished() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    Ok(measuring.join().map_err(|_| "the driver's threads ended early")??)
}

async fn find(server: &str, name: &str, index: &str) -> Result<f64, Failure> {
    let users: Collection<RawDocumentBuf> =
        Client::with_uri_str(server).await?.database(name).collection("users");
    let found = Arc::new(AtomicU64::new(0));
    let mut tasks = tokio::task::JoinSet::new();
    // Connected and warm before the measurement.
    once(&users, index).await?;
    let (begun, end) = (now(), now() + TURN);
    for _ in 0..CONNECTIONS {
        let (users, index, found) = (users.clone(), index.to_owned(), Arc::clone(&found));
        tasks.spawn(async move {
            while now() < end {
                once(&users, &index).await?;
                found.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, mongodb::error::Error>(())
        });
    }
    while let Some(done) = tasks.join_next().await {
        done??;
    }
    let found = u32::try_from(found.load(Ordering::Relaxed))?;
    Ok(f64::from(found) / begun.elapsed().as_secs_f64())
}

async fn once(users: &Collection<RawDocumentBuf>, index: &str) -> Result<(), mongodb::error::Error> {
    let found = users
        .find(doc! { "isDeleted": false })
        .sort(doc! { "createdAt": -1, "_id": -1 })
        .limit(21)
        .hint(Hint::Name(index.to_owned()))
        .await?;
    found.try_collect::<Vec<_>>().await.map(drop)
}
