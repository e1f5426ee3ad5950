//! A refresh token that is used late or by another device.

use super::*;

#[tokio::test]
async fn after_the_grace_the_next_generation_is_made_and_the_one_before_still_leads_to_it_for_a_while() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let first = token(&ada);
    world.advance(GRACE);
    let second = present(&ada, &first).await.unwrap();
    assert_eq!(generation(&second), 2);

    world.advance(GRACE.saturating_sub(Duration::from_millis(1)));
    assert_eq!(present(&ada, &first).await.as_ref(), Ok(&second), "a lost answer is given again");
    assert_eq!(present(&ada, &second).await.as_ref(), Ok(&second));
    world.advance(Duration::from_millis(1));
    let third = present(&ada, &second).await.unwrap();
    assert_eq!(generation(&third), 3);
}

#[tokio::test]
async fn a_late_use_of_the_previous_token_is_forgiven_once_on_its_own_device() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let first = token(&ada);
    world.advance(GRACE);
    let second = present(&ada, &first).await.unwrap();
    world.advance(GRACE);

    let third = present(&ada, &first).await.unwrap();
    assert_eq!(generation(&third), 3);
    world.advance(GRACE);
    assert_eq!(present(&ada, &first).await, over(), "once");
    for dead in [&first, &second, &third] {
        assert_eq!(present(&ada, dead).await, over());
    }
}

#[tokio::test]
async fn after_a_forgiven_use_the_other_party_is_detected() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let first = token(&ada);
    world.advance(GRACE);
    let second = present(&ada, &first).await.unwrap();
    world.advance(GRACE);
    let third = present(&ada, &first).await.unwrap();

    assert_eq!(present(&ada, &second).await, over());
    assert_eq!(present(&ada, &third).await, over(), "whoever was right, both sign in again");
}

#[tokio::test]
async fn regular_use_restores_the_forgiveness() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let mut live = token(&ada);
    for _ in 0..3 {
        world.advance(GRACE);
        let next = present(&ada, &live).await.unwrap();
        world.advance(GRACE);
        let pardoned = present(&ada, &live).await.unwrap();
        world.advance(GRACE);
        live = present(&ada, &pardoned).await.unwrap();
        assert_eq!(generation(&live), generation(&next) + 2);
    }
}

#[tokio::test]
async fn a_late_use_from_another_device_ends_the_session_and_the_owner_is_told() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    world.registered(&mut world.browser(), "eve@example.org").await;
    let sign_in = async |email: &str| {
        let mut browser = world.browser();
        let credentials = json!({"email": email, "password": PASSWORD});
        assert_eq!(browser.post("/api/v1/auth/login", credentials).await.status, 200);
        browser
    };
    // Nobody's device, another device of the same person, and somebody else's.
    let elsewhere = [world.browser(), sign_in("ada@example.org").await, sign_in("eve@example.org").await];
    for (told, elsewhere) in elsewhere.into_iter().enumerate() {
        let mut laptop = sign_in("ada@example.org").await;
        let first = token(&laptop);
        world.advance(GRACE);
        assert_eq!(laptop.post(REFRESH, Value::Null).await.status, 200);
        world.advance(GRACE);

        assert_eq!(present(&elsewhere, &first).await, over());
        assert_eq!(present_in(laptop.clone()).await, over());
        assert_eq!(laptop.get(ME).await.code(), "AUTH_401", "and its access token with it");
        let mut mails = world.settled_mails_to("ada@example.org").await;
        mails.retain(|mail| mail["subject"] == "A session at Palisade was ended");
        assert_eq!(mails.len(), told + 1);
    }
}

#[tokio::test]
async fn within_the_grace_the_previous_token_works_only_on_its_own_device() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    let eve = world.user("eve@example.org").await;
    let sign_in = async || {
        let mut browser = world.browser();
        let credentials = json!({"email": "ada@example.org", "password": PASSWORD});
        assert_eq!(browser.post("/api/v1/auth/login", credentials).await.status, 200);
        browser
    };
    // Nobody's device, another device of the same person, and somebody else's.
    let elsewhere = [alone(&world), sign_in().await, eve];
    for (ended, elsewhere) in elsewhere.into_iter().enumerate() {
        let laptop = sign_in().await;
        let first = token(&laptop);
        world.advance(GRACE);
        let second = present(&laptop, &first).await.unwrap();
        assert_eq!(present(&laptop, &first).await.as_ref(), Ok(&second), "a lost answer");

        assert_eq!(present(&elsewhere, &first).await, over());
        assert_eq!(present(&laptop, &second).await, over());
        assert_eq!(told(&world, "ada@example.org").await, ended + 1);
    }
}

#[tokio::test]
async fn a_stolen_refresh_token_alone_is_detected_at_the_next_use() {
    for thief_first in [false, true] {
        for between in [Duration::ZERO, Duration::from_secs(1), GRACE, Duration::from_mins(9)] {
            let world = World::new().await;
            let ada = world.user("ada@example.org").await;
            let stolen = token(&ada);
            world.advance(Duration::from_mins(10));
            let (first, second) =
                if thief_first { (alone(&world), ada.clone()) } else { (ada.clone(), alone(&world)) };
            let next = present(&first, &stolen).await.unwrap();
            assert_eq!(generation(&next), 2);
            world.advance(between);
            assert_eq!(present(&second, &stolen).await, over(), "thief first {thief_first}, {between:?}");
            assert_eq!(present(&first, &next).await, over());
            assert_eq!(told(&world, "ada@example.org").await, 1);
        }
    }
}

#[tokio::test]
async fn a_device_that_lost_only_its_device_cookie_continues() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    world.advance(GRACE);
    let second = present(&ada, &token(&ada)).await.unwrap();
    assert_eq!(present(&alone(&world), &second).await.as_ref(), Ok(&second));
    world.advance(GRACE);
    let third = present(&alone(&world), &second).await.unwrap();
    assert_eq!(present(&alone(&world), &second).await.as_ref(), Ok(&third), "and asks again in time");
    assert_eq!(told(&world, "ada@example.org").await, 0);
}

#[tokio::test]
async fn a_device_is_recognized_among_planted_cookies() {
    let world = World::new().await;
    let ada = world.user("ada@example.org").await;
    let eve = world.user("eve@example.org").await;
    let first = token(&ada);
    world.advance(GRACE);
    let second = present(&ada, &first).await.unwrap();
    world.alter_person("ada@example.org", "email", &json!("ada@example.net"));
    let mut tossed = holding(&ada, &first);
    let genuine = tossed.cookie("palisade-device").unwrap();
    let others = eve.cookie("palisade-device").unwrap();
    let both = format!("{others}; palisade-device={genuine}; palisade-device=x");
    tossed.set_cookie("palisade-device", &both);
    assert_eq!(present_in(tossed).await, Ok(second));
}
