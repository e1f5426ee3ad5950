//! Several registrations or proofs at the same time.

use super::*;

#[tokio::test]
async fn of_several_registrations_the_first_confirmed_one_wins() {
    let world = World::new().await;
    let (mut first, mut second) = (world.browser(), world.browser());
    register(&mut first, "ada@example.org", "the first of two passwords").await;
    let first_token = world.mailed_token("ada@example.org").await;
    world.advance(Duration::from_secs(1));
    register(&mut second, "ada@example.org", "the second of two passwords").await;
    let second_token = token_of(&world.mails_to("ada@example.org", 2).await[0]);
    assert_ne!(first_token, second_token);

    assert_eq!(verify(&mut second, &second_token).await, ok());
    assert_eq!(verify(&mut first, &first_token).await, token_invalid());
    // Nobody is asked for a password that would lead nowhere.
    assert_eq!(verify(&mut world.browser(), &first_token).await, token_invalid());
    assert_eq!(sign_in(&mut world.browser(), "ada@example.org", "the second of two passwords").await, ok());
    let loser = sign_in(&mut world.browser(), "ada@example.org", "the first of two passwords").await;
    assert_eq!(loser, said(401, "INVALID_CREDENTIALS"));
}

/// Sends all of these at once and counts the answers.
async fn race(attempts: Vec<(Client, Value)>) -> (usize, usize) {
    let racing: Vec<_> = attempts
        .into_iter()
        .map(|(mut browser, body)| tokio::spawn(async move { browser.post(VERIFY, body).await }))
        .collect();
    let (mut won, mut lost) = (0, 0);
    for attempt in racing {
        let answer = attempt.await.unwrap();
        match (answer.status, answer.code().as_str()) {
            (200, _) => won += 1,
            (400, "TOKEN_INVALID") => lost += 1,
            _ => panic!("{}", answer.body),
        }
    }
    (won, lost)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_proofs_with_one_token_make_one_account() {
    let world = World::new().await;
    register(&mut world.browser(), "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let body = |n| json!({"token": token, "password": format!("chosen by whoever is quickest {n}")});
    let attempts = (0..50).map(|n| (world.browser(), body(n))).collect();

    assert_eq!(race(attempts).await, (1, 49));
    assert_eq!(accounts(&world).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_proofs_with_one_token_and_one_password_make_one_account_too() {
    let world = World::new().await;
    register(&mut world.browser(), "ada@example.org", PASSWORD).await;
    let token = world.mailed_token("ada@example.org").await;
    let body = json!({"token": token, "password": "chosen by whoever is quickest"});
    let attempts = (0..50).map(|_| (world.browser(), body.clone())).collect();

    // Whoever saw the link while it was good and chose the same password is answered like the quickest.
    let (won, lost) = race(attempts).await;
    assert!(won >= 1 && won + lost == 50, "{won} and {lost}");
    assert_eq!(accounts(&world).await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_registrations_of_one_address_make_one_account() {
    let world = World::new().await;
    for _ in 0..50 {
        register(&mut world.browser(), "ada@example.org", PASSWORD).await;
    }
    let tokens: BTreeSet<String> = world.mails_to("ada@example.org", 50).await.iter().map(token_of).collect();
    assert_eq!(tokens.len(), 50);
    let attempts = tokens
        .into_iter()
        .map(|token| (world.browser(), json!({"token": token, "password": "chosen by whoever is quickest"})));

    assert_eq!(race(attempts.collect()).await, (1, 49));
    assert_eq!(accounts(&world).await.len(), 2);
}
