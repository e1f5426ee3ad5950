//! The mails of a world, from its development mailbox.

use std::net::Ipv4Addr;
use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{ACCEPT, HOST};
use palisade_core::identity::Operator;
use palisade_core::ports::Clock as _;
use palisade_core::system::time::Timestamp;
use palisade_core::utils::pagination::PageRequest;
use palisade_modules::Upkeep;
use palisade_modules::mail::OutboxState;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::{PASSWORD, World};

impl World {
    /// The mails of the development mailbox, newest first.
    pub async fn mails(&self) -> Vec<Value> {
        let mut found = self.mailbox().await;
        found.retain(|mail| mail["notSent"].is_null());
        found
    }

    /// The entries of the development mailbox about mails that were not sent, newest first.
    pub async fn withheld(&self) -> Vec<Value> {
        let mut found = self.mailbox().await;
        found.retain(|mail| mail["notSent"].is_string());
        found
    }

    /// The mails of the development mailbox that were sent since then, newest first. The older ones are not read.
    pub async fn mails_since(&self, then: Timestamp) -> Vec<Value> {
        // The text of times sorts like the times.
        let then = then.to_string();
        let is_older = |item: &Value| item["sentAt"].as_str().unwrap() < &*then;
        let mut found = self.mailbox_until(20, is_older).await;
        found.retain(|item| item["notSent"].is_null() && !is_older(item));
        found
    }

    async fn mailbox(&self) -> Vec<Value> {
        self.mailbox_until(100, |_| false).await
    }

    /// Reads the mailbox page by page, up to the page whose last item satisfies this.
    async fn mailbox_until(&self, limit: u8, is_enough: impl Fn(&Value) -> bool) -> Vec<Value> {
        let mut found = Vec::new();
        let first = format!("/dev/mailbox?limit={limit}");
        let mut path = first.clone();
        loop {
            let page = self.mailbox_page(&path).await;
            let items = page.pointer("/data/items").and_then(Value::as_array);
            found.extend(items.cloned().unwrap_or_default());
            match page.pointer("/meta/page/nextCursor").and_then(Value::as_str) {
                Some(cursor) if !found.last().is_some_and(&is_enough) => {
                    path = format!("{first}&cursor={cursor}");
                }
                _ => return found,
            }
        }
    }

    /// Asks without a connection: the mailbox answers only this machine, and behind a platform nobody calls from there.
    async fn mailbox_page(&self, path: &str) -> Value {
        let request = Request::get(path).header(HOST, "localhost:8080").header(ACCEPT, "application/json");
        let request = request.body(Empty::<Bytes>::new()).unwrap();
        let Ok(answer) = self.service.for_peer(Ipv4Addr::LOCALHOST.into()).oneshot(request).await;
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        serde_json::from_slice(&body).unwrap()
    }

    /// Waits for the newest mail to this address.
    pub async fn mail_to(&self, email: &str) -> Value {
        self.mails_to(email, 1).await.remove(0)
    }

    /// Waits for so many mails to this address; newest first.
    pub async fn mails_to(&self, email: &str, count: usize) -> Vec<Value> {
        for _ in 0..500 {
            let mut found = self.mails().await;
            found.retain(|mail| mail["to"] == email);
            if found.len() >= count {
                return found;
            }
            if self.is_suspended {
                // Mails that no request has caused go out after the next one.
                self.program().get("/api/v1/health/live").await;
            } else if self.upkeep == Upkeep::OnDemand {
                self.run_job("outbox").await;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("{count} mails to {email} did not come")
    }

    /// Waits until all queued mails are sent or dropped. Moves the clock by two seconds.
    pub async fn mail_settled(&self) {
        // Mails are sent in the order of their due times: once this one has arrived, all earlier ones were handled.
        self.advance(Duration::from_secs(1));
        let address = format!("sentinel-{}@example.net", self.clock.now().as_millis());
        let asked = self
            .program()
            .post("/api/v1/auth/register", json!({"email": address, "password": PASSWORD}))
            .await;
        assert_eq!(asked.status, 202, "{}", asked.body);
        self.mail_to(&address).await;
        // Several are sent at once: earlier ones may arrive later.
        while self.mails_under_way().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.advance(Duration::from_secs(1));
    }

    /// Whether a mail waits that was not attempted or held back yet.
    pub async fn mails_under_way(&self) -> bool {
        let (operator, page) = (Operator::for_tests("test world"), PageRequest::largest());
        for state in [OutboxState::Intended, OutboxState::Composed] {
            let waiting = self.services.mails.outbox(&operator, state, &page, false).await.unwrap();
            if waiting.items.iter().any(|mail| mail.reason.is_none()) {
                return true;
            }
        }
        false
    }

    /// The mails to this address, newest first, after all queued mails were handled.
    pub async fn settled_mails_to(&self, email: &str) -> Vec<Value> {
        self.mail_settled().await;
        let mut found = self.mails().await;
        found.retain(|mail| mail["to"] == email);
        found
    }

    /// The token of the link in the newest mail to this address.
    pub async fn mailed_token(&self, email: &str) -> String {
        token_of(&self.mail_to(email).await)
    }
}

/// The token of the first link of a mail.
pub fn token_of(mail: &Value) -> String {
    let link = mail.pointer("/links/0").and_then(Value::as_str);
    let link = link.unwrap_or_else(|| panic!("no link in {mail}"));
    link.split_once("#token=").expect("the token is in the fragment").1.to_owned()
}
