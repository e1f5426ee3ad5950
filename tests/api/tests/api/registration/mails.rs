//! The mails of a registration: their content, repetitions, and the budget.

use super::*;

#[tokio::test]
async fn resend_mails_the_registration_of_this_browser_or_else_the_newest() {
    let world = World::new().await;
    let (mut older, mut newer) = (world.browser(), world.browser());
    for browser in [&mut older, &mut newer] {
        register(browser, "ada@example.org", PASSWORD).await;
        world.mail_settled().await;
    }
    let resend = async |browser: &mut Client| {
        assert_eq!(browser.post(RESEND, json!({"email": "ada@example.org"})).await.status, 202);
        token_of(&world.settled_mails_to("ada@example.org").await[0])
    };
    // Which registration a token is of shows in which browser needs no password.
    let for_older = resend(&mut older).await;
    assert_eq!(verify(&mut newer, &for_older).await, said(401, "PASSWORD_REQUIRED"));
    let for_newest = resend(&mut world.browser()).await;
    assert_eq!(verify(&mut older, &for_newest).await, said(401, "PASSWORD_REQUIRED"));
    // A note about another address does not count.
    let mut other = world.browser();
    register(&mut other, "eve@example.org", PASSWORD).await;
    let for_newest_too = resend(&mut other).await;
    assert_eq!(verify(&mut older, &for_newest_too).await, said(401, "PASSWORD_REQUIRED"));

    assert_eq!(verify(&mut newer, &for_newest_too).await, ok());
}

#[tokio::test]
async fn a_resend_mails_only_pending_registrations() {
    let world = World::new().await;
    world.registered(&mut world.browser(), "ada@example.org").await;
    for email in ["ada@example.org", "nobody@example.org"] {
        assert_eq!(world.program().post(RESEND, json!({ "email": email })).await.status, 202);
    }
    assert_eq!(world.settled_mails_to("nobody@example.org").await.len(), 0);
    assert_eq!(world.settled_mails_to("ada@example.org").await.len(), 1, "the proof, before");

    register(&mut world.browser(), "ada@example.org", "the password of a stranger").await;
    let notice = world.settled_mails_to("ada@example.org").await.remove(0);
    assert_eq!(notice["subject"], "You already have an account at Palisade");
    assert_eq!(notice["links"], json!([]));
    let unchanged = sign_in(&mut world.browser(), "ada@example.org", PASSWORD).await;
    assert_eq!(unchanged, ok());
}

#[tokio::test]
async fn a_mail_contains_no_text_of_a_stranger() {
    let world = World::new().await;
    let mut stranger = world.browser().with_header("User-Agent", "visit-evil-example");
    let typed =
        json!({"email": "ada@example.org", "password": "visit evil example now", "name": "Visit Evil"});
    assert_eq!(stranger.post(REGISTER, typed.clone()).await.status, 202);
    let proof = world.mail_to("ada@example.org").await;
    let owner = token_of(&proof);
    let proven = world.browser().post(VERIFY, json!({"token": owner, "password": PASSWORD})).await;
    assert_eq!(proven.status, 200);
    world.advance(Duration::from_secs(1));
    assert_eq!(stranger.post(REGISTER, typed).await.status, 202);

    let mails = world.mails_to("ada@example.org", 2).await;
    for mail in mails {
        let text = format!("{} {}", mail["subject"], mail["text"]).to_lowercase();
        assert!(!text.contains("evil") && !text.contains("127.0.0.1"), "{text}");
    }
    let link = proof["links"][0].as_str().unwrap();
    assert!(link.starts_with("http://localhost:8080/account/verify#token="), "{link}");
}

#[tokio::test]
async fn above_the_mail_budget_nothing_is_sent_and_links_stay_valid() {
    let world = World::set(&[("MAIL_BUDGET", "2/15m")]).await;
    let mut owner = world.browser();
    register(&mut owner, "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let mut answers = Vec::new();
    for _ in 0..6 {
        world.advance(Duration::from_secs(1));
        answers.push(register(&mut world.browser(), "ada@example.org", "what a flooder typed").await);
        let asked = world.program().post(RESEND, json!({"email": "ada@example.org"})).await;
        assert_eq!((asked.status, asked.at("/data")), (202, json!({})));
    }
    assert!(answers.iter().all(|answer| told(answer) == told(&answers[0])), "silently");
    assert_eq!(world.settled_mails_to("ada@example.org").await.len(), 2);

    // The budget is the address's own, and comes back.
    register(&mut world.browser(), "eve@example.org", PASSWORD).await;
    assert_eq!(world.settled_mails_to("eve@example.org").await.len(), 1);
    world.advance(Duration::from_mins(15));
    assert_eq!(owner.post(RESEND, json!({"email": "ada@example.org"})).await.status, 202);
    assert_eq!(world.settled_mails_to("ada@example.org").await.len(), 3);

    assert_eq!(verify(&mut owner, &token).await, ok(), "the first link");
}

#[tokio::test]
async fn failed_attempts_at_a_link_do_not_use_up_the_mail_budget() {
    let world = World::set(&[("MAIL_BUDGET", "3/15m")]).await;
    world.database.break_down("tickets");
    register(&mut world.browser(), "ada@example.org", PASSWORD).await;
    // One more than the budget of an address.
    for (attempt, longest_wait) in [(1, 10), (2, 30), (3, 90), (4, 270)] {
        let is_made = |mail: &Value| mail["attempts"] == attempt && mail["unfinished"] == 0;
        while !world.database.values("mails").iter().any(is_made) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        if attempt == 4 {
            world.database.repair("tickets");
        }
        world.advance(Duration::from_secs(longest_wait));
    }
    let (status, code) = verify(&mut world.browser(), &world.mailed_token("ada@example.org").await).await;
    assert_eq!((status, &*code), (401, "PASSWORD_REQUIRED"));
}
