//! Where the mail of a load arrives, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use palisade_api_tests::binary::Binary;
use palisade_api_tests::client::Client;
use palisade_api_tests::smtp::MailServer;
use palisade_core::ports::{Clock as _, SystemClock};
use serde_json::Value;

use super::Registered;

const PAUSE: Duration = Duration::from_millis(200);

/// The mail that people got.
#[derive(Debug)]
pub(crate) enum Post {
    /// In the development mailbox of the server.
    Mailbox(Client),
    /// At a mail server.
    Server(Arc<MailServer>),
}

impl Post {
    /// The development mailbox of this server.
    pub(crate) fn mailbox(server: &Binary) -> Self {
        Self::Mailbox(server.program().with_header("Accept", "application/json"))
    }

    /// The different letters each address got. The same one may come again, which mail programs notice by its
    /// Message-ID.
    pub(crate) async fn letters(&mut self) -> BTreeMap<String, BTreeSet<String>> {
        let mut letters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        match self {
            Self::Server(server) => {
                for letter in server.letters() {
                    letters.entry(letter.to).or_default().insert(letter.text);
                }
            }
            Self::Mailbox(reader) => {
                let mut cursor = String::new();
                loop {
                    let page = reader.get(&format!("/dev/mailbox?limit=100{cursor}")).await;
                    assert_eq!(page.status, 200, "{}", page.body);
                    for mail in page.at("/data/items").as_array().unwrap() {
                        let to = mail["to"].as_str().unwrap().to_owned();
                        letters.entry(to).or_default().insert(mail["text"].as_str().unwrap().to_owned());
                    }
                    match page.at("/meta/page/nextCursor") {
                        Value::String(next) => cursor = format!("&cursor={next}"),
                        _ => break,
                    }
                }
            }
        }
        letters
    }

    /// The token of the link somebody got.
    pub(crate) async fn token(&mut self, email: &str) -> Option<String> {
        let letters = self.letters().await.remove(email)?;
        // A line that is too long for mail is continued after an equals sign, which is written as `=3D` itself.
        let text = letters.first()?.replace("=\n", "").replace("=3D", "=");
        let token = text.split_once("#token=").expect("the token is in the fragment").1;
        Some(token.split_whitespace().next()?.to_owned())
    }

    /// Everybody whose registration was acknowledged has one mail, and nobody has two. A mail that was in hand when its
    /// worker or its store died is left alone for two minutes.
    pub(crate) async fn came_once(&mut self, registered: &[Registered]) {
        let clock = SystemClock::new();
        let began = clock.monotonic();
        loop {
            let letters = self.letters().await;
            for one in registered {
                let count = letters.get(&one.email).map_or(0, BTreeSet::len);
                assert!(count < 2, "mailed twice: {:#?}", letters[&one.email]);
            }
            let lost: Vec<&str> = registered
                .iter()
                .filter(|one| one.cookie.is_some() && !letters.contains_key(&one.email))
                .map(|one| one.email.as_str())
                .collect();
            if lost.is_empty() {
                return;
            }
            assert!(clock.monotonic() < began + Duration::from_mins(4), "acknowledged, and lost: {lost:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }
}
