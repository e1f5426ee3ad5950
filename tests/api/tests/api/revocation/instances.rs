//! What one instance ends, two others refuse.

use palisade_core::identity::Operator;
use palisade_modules::user::types::Email;

use super::*;

/// What ends every session of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    LogoutAll,
    Reset,
    Suspension,
    Deletion,
}

const ENDS: [End; 4] = [End::LogoutAll, End::Reset, End::Suspension, End::Deletion];

impl End {
    async fn happen(self, world: &World, browser: &Client, email: &str) {
        let (operator, address) = (Operator::for_tests("test"), Email::parse(email).unwrap());
        let administration = &world.services.auth.administration;
        let answer = match self {
            Self::LogoutAll => browser.clone().post(LOGOUT_ALL, Value::Null).await,
            Self::Reset => {
                let link = administration.reset_link(&operator, &address).await.unwrap();
                let token = link.split_once("#token=").unwrap().1;
                let body = json!({"token": token, "newPassword": "a bridge made of starlings"});
                world.browser().post("/api/v1/auth/reset-password", body).await
            }
            Self::Suspension => {
                administration.suspend(&operator, &address).await.unwrap();
                return;
            }
            Self::Deletion => browser.clone().json("DELETE", ME, json!({})).await,
        };
        assert_eq!(answer.status, 200, "{self:?}: {}", answer.body);
    }
}

/// How long the slower of two other instances goes on with a token after its user's sessions were ended.
async fn until_all_refuse(here: &World, others: &[World; 2], end: End, email: &str) -> Duration {
    let ada = here.user(email).await;
    let browsers = others.each_ref().map(|there| with_cookies_of(there, &ada, &["palisade-access"]));
    for browser in &browsers {
        assert_eq!(status(browser, PEOPLE).await, 403, "one deployment");
    }
    end.happen(here, &ada, email).await;
    let (clock, [one, two]) = (SystemClock::new(), &browsers);
    let began = clock.monotonic();
    assert_eq!(status(&ada, ME).await, 401, "{end:?}: at once where it was ended");
    // A route that asks the store nothing about the user: the token alone is refused.
    let refusing = async |browser: &Client| {
        while status(browser, PEOPLE).await != 401 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let both = async { tokio::join!(refusing(one), refusing(two)) };
    tokio::time::timeout(Duration::from_secs(30), both).await.unwrap();
    clock.monotonic().saturating_sub(began)
}

#[tokio::test]
async fn two_other_instances_refuse_ended_sessions() {
    let here = World::new().await;
    let others = [here.beside().await, here.beside().await];
    for end in ENDS {
        let email = format!("{end:?}@example.org").to_lowercase();
        let took = until_all_refuse(&here, &others, end, &email).await;
        // A second is promised, and a busy machine is given a little more.
        assert!(took < Duration::from_secs(3), "{end:?}: {took:?}");
    }
}

/// 200 rounds of each, ten at once: the 99th percentile stays within a second.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes: see CONTRIBUTING.md"]
async fn the_99th_percentile_of_revocation_is_within_a_second() {
    let here = World::new().await;
    let others = [here.beside().await, here.beside().await];
    for end in ENDS {
        let mut took = Vec::new();
        for turn in 0..20 {
            let emails: Vec<String> =
                (0..10).map(|n| format!("{end:?}-{turn}-{n}@example.org").to_lowercase()).collect();
            let rounds = emails.iter().map(|email| until_all_refuse(&here, &others, end, email));
            took.extend(futures_util::future::join_all(rounds).await);
        }
        took.sort_unstable();
        let of = |share: usize| took.get(took.len() * share / 100).copied().unwrap_or_default();
        println!("{end:?}: p50 {:?}, p99 {:?}, longest {:?}", of(50), of(99), took.last());
        assert!(of(99) < Duration::from_secs(1), "{end:?}: {:?}", of(99));
    }
}
