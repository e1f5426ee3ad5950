//! The table again where each token is presented to another instance than the one that issued it.

use super::*;

/// Two instances of one deployment, and a device that is signed in.
struct Pair {
    here: World,
    there: World,
    device: Client,
}

impl Pair {
    async fn new() -> Self {
        let here = World::new().await;
        let there = here.beside().await;
        let device = here.user("ada@example.org").await;
        Self { here, there, device }
    }

    /// The device as a client of the other instance.
    fn there(&self) -> Client {
        self.of(&self.there)
    }

    fn of(&self, world: &World) -> Client {
        let mut browser = world.browser();
        for name in ["palisade-access", "palisade-refresh", "palisade-device"] {
            browser.set_cookie(name, self.device.cookie(name).unwrap());
        }
        browser
    }

    fn advance(&self, by: Duration) {
        self.here.advance(by);
    }
}

#[tokio::test]
async fn the_live_token_is_given_again_while_it_is_young_and_is_followed_later() {
    let pair = Pair::new().await;
    let first = token(&pair.device);
    assert_eq!(present(&pair.there(), &first).await.as_ref(), Ok(&first), "young");
    pair.advance(GRACE);
    let second = present(&pair.there(), &first).await.unwrap();
    assert_eq!(generation(&second), 2, "older");
    assert_eq!(present(&pair.device, &second).await.as_ref(), Ok(&second), "and it is the same here");
}

#[tokio::test]
async fn the_previous_token_leads_to_the_live_one_while_that_is_young() {
    let pair = Pair::new().await;
    let first = token(&pair.device);
    pair.advance(GRACE);
    let second = present(&pair.device, &first).await.unwrap();
    assert_eq!(present(&pair.there(), &first).await, Ok(second));
}

#[tokio::test]
async fn the_previous_token_is_forgiven_once_later_and_then_ends_the_session_everywhere() {
    let pair = Pair::new().await;
    let first = token(&pair.device);
    pair.advance(GRACE);
    let second = present(&pair.device, &first).await.unwrap();
    pair.advance(GRACE);
    let third = present(&pair.there(), &first).await.unwrap();
    assert_eq!(generation(&third), 3, "once");
    pair.advance(GRACE);
    assert_eq!(present(&pair.device, &second).await, over(), "already pardoned, there");
    for browser in [&pair.device, &pair.there()] {
        assert_eq!(present(browser, &third).await, over());
    }
}

#[tokio::test]
async fn the_previous_token_ends_the_session_later_on_another_device() {
    let pair = Pair::new().await;
    let first = token(&pair.device);
    pair.advance(GRACE);
    let second = present(&pair.device, &first).await.unwrap();
    pair.advance(GRACE);
    let thief = pair.there.browser();
    assert_eq!(present(&thief, &first).await, over());
    assert_eq!(present(&pair.device, &second).await, over());
}

#[tokio::test]
async fn any_other_generation_ends_the_session_whatever_the_age_of_the_live_one() {
    for age in [Duration::ZERO, GRACE] {
        let pair = Pair::new().await;
        let first = token(&pair.device);
        pair.advance(GRACE);
        let second = present(&pair.device, &first).await.unwrap();
        pair.advance(GRACE);
        let third = present(&pair.there(), &second).await.unwrap();
        pair.advance(age);
        assert_eq!(present(&pair.there(), &first).await, over(), "{age:?}");
        assert_eq!(present(&pair.device, &third).await, over(), "{age:?}");
        let told = told(&pair.here, "ada@example.org").await;
        assert_eq!(told, 1, "{age:?}: the owner is told");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_burst_on_two_instances_returns_one_token() {
    let pair = Pair::new().await;
    let first = token(&pair.device);
    pair.advance(GRACE);
    let browsers = (0..20).map(|n| if n % 2 == 0 { pair.of(&pair.here) } else { pair.there() });
    let asked: Vec<_> = browsers
        .map(|browser| {
            let first = first.clone();
            tokio::spawn(async move { present(&browser, &first).await })
        })
        .collect();
    let mut given = BTreeSet::new();
    for answer in asked {
        given.insert(answer.await.unwrap().unwrap());
    }
    assert_eq!(given.len(), 1, "{given:?}");
}
