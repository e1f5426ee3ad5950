//! Several at once: one link, one address.

use std::collections::BTreeSet;

use super::*;

/// Sends all of these at once and gives the answers.
async fn at_once(requests: Vec<(Client, &'static str, Value)>) -> Vec<Answer> {
    let racing: Vec<_> = requests
        .into_iter()
        .map(|(mut browser, path, body)| tokio::spawn(async move { browser.post(path, body).await }))
        .collect();
    let mut answers = Vec::new();
    for request in racing {
        answers.push(request.await.unwrap());
    }
    answers
}

/// How many succeeded; all others met a link that is over.
#[track_caller]
fn won(answers: &[Answer]) -> usize {
    let (won, lost): (Vec<&Answer>, Vec<&Answer>) = answers.iter().partition(|answer| answer.status == 200);
    for answer in lost {
        assert!(answer.is_refusal(400, "TOKEN_INVALID"), "{}", answer.body);
    }
    won.len()
}

fn accounts(world: &World) -> usize {
    world.database.values("users").len() - 1
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_acceptances_of_one_link_make_one_account() {
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    for same in [false, true] {
        let email = format!("{same}@example.org");
        let (_, token) = invited(&world, &mut root, &email, Role::Support).await;
        let password = |n| if same { CHOSEN.to_owned() } else { format!("the {n}th of fifty starlings") };
        let body = |n| json!({"token": token, "password": password(n)});
        let answers = at_once((0..50).map(|n| (world.browser(), ACCEPT, body(n))).collect()).await;
        let won = won(&answers);
        // Whoever saw the link while it was valid and chose the same password is answered like the quickest.
        assert!(if same { won >= 1 } else { won == 1 }, "{won}");
        let users: BTreeSet<String> = answers
            .iter()
            .filter(|answer| answer.status == 200)
            .map(|answer| answer.at("/data/user/id").to_string())
            .collect();
        assert_eq!(users.len(), 1);
    }
    assert_eq!(accounts(&world), 2);
    assert_eq!(world.database.values("identities").len(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn fifty_invitations_of_one_address_are_one() {
    let world = World::new().await;
    let root = world.super_admin(ROOT).await;
    let spellings = ["ada@bücher.example", "ADA@xn--bcher-kva.example", "Ada@BÜCHER.example"];
    let body = |n: usize| json!({"email": spellings[n % 3]});
    let answers = at_once((0..50).map(|n| (root.clone(), USERS, body(n))).collect()).await;
    let made = answers.iter().filter(|answer| answer.status == 201).count();
    assert_eq!(made, 1);
    assert!(answers.iter().all(|answer| answer.status == 201 || answer.is_refusal(409, "CONFLICT")));
    assert_eq!(world.database.values("invitations").len(), 1);
    assert_eq!(world.settled_mails_to("ada@xn--bcher-kva.example").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_proven_registration_and_an_acceptance_of_one_address_make_one_account() {
    const VERIFY: &str = "/api/v1/auth/verify-email";
    let world = World::new().await;
    let mut root = world.super_admin(ROOT).await;
    let mut winners = BTreeSet::new();
    for round in 0..10 {
        let canonical = format!("ada{round}@xn--bcher-kva.example");
        let (_, token) = invited(&world, &mut root, &canonical, Role::Support).await;
        let mut requests = vec![(world.browser(), ACCEPT, json!({"token": token, "password": CHOSEN}))];
        for spelling in [format!("ADA{round}@bücher.example"), format!(" ada{round}@BÜCHER.EXAMPLE")] {
            let before = world.settled_mails_to(&canonical).await.len();
            let asked = json!({"email": spelling, "password": PASSWORD});
            assert_eq!(world.browser().post("/api/v1/auth/register", asked).await.status, 202);
            world.advance(Duration::from_secs(1));
            let proof = token_of(&world.mails_to(&canonical, before + 1).await[0]);
            requests.push((world.browser(), VERIFY, json!({"token": proof, "password": CHOSEN})));
        }
        if round % 2 == 0 {
            requests.reverse();
        }
        let answers = at_once(requests).await;
        assert_eq!(won(&answers), 1, "round {round}");
        winners.extend(
            answers
                .iter()
                .filter(|answer| answer.status == 200)
                .map(|answer| answer.at("/data/user/role").to_string()),
        );
    }
    assert_eq!(accounts(&world), 10);
    assert!(!winners.is_empty());
}
