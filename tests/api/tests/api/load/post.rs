//! The mail recipient of a load, and the invariants of its mail.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use palisade_api_tests::smtp::MailServer;
use palisade_core::ports::{Clock as _, SystemClock};

use super::Registered;

const PAUSE: Duration = Duration::from_millis(200);
/// Between taking a letter and saying so: the time in which a worker may die without knowing that it has delivered.
const HESITATION: Duration = Duration::from_millis(60);

/// The mail server that everybody gets their mail from.
#[derive(Debug)]
pub(crate) struct Post(MailServer);

impl Post {
    /// One that people and servers reach.
    pub(crate) fn begin() -> Self {
        Self(MailServer::slow(HESITATION))
    }

    /// What a server has to be told to send its mail here.
    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// How many letters came.
    pub(crate) fn taken(&self) -> usize {
        self.0.taken()
    }

    /// The different letters each address got. The same one may come again, which mail programs notice by its
    /// Message-ID.
    pub(crate) fn letters(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut letters: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for letter in self.0.letters() {
            letters.entry(letter.to).or_default().insert(letter.text);
        }
        letters
    }

    /// The token of the link somebody got.
    pub(crate) fn token(&self, email: &str) -> Option<String> {
        let letters = self.letters().remove(email)?;
        // A line that is too long for mail is continued after an equals sign, which is written as `=3D` itself.
        let text = letters.first()?.replace("=\n", "").replace("=3D", "=");
        let token = text.split_once("#token=").expect("the token is in the fragment").1;
        Some(token.split_whitespace().next()?.to_owned())
    }

    /// Everybody whose registration was acknowledged has one mail within this time, and nobody has two.
    pub(crate) async fn came_once(&self, registered: &[Registered], patience: Duration) {
        let clock = SystemClock::new();
        let began = clock.monotonic();
        loop {
            let letters = self.letters();
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
            assert!(clock.monotonic() < began + patience, "acknowledged, and lost: {lost:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }
}
