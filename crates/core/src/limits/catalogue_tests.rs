//! The catalogue: names, numbers, and the origin of each number.

use super::*;
use crate::limits::AccountHasher;
use crate::limits::{BUILT_IN, LOGIN, MAIL, REFRESH, RELAXED, TOKEN};
use crate::net::NetworkKey;

fn quotas(policies: &Policies, policy: &Policy) -> Vec<(String, String)> {
    let limits = policies.limits(policy).unwrap();
    limits.buckets().iter().map(|b| (b.name().to_owned(), b.quota().to_string())).collect()
}

fn with(set: &[(&str, &str)]) -> Policies {
    Policies::resolve(BUILT_IN.iter().copied(), |name| {
        set.iter().find(|(known, _)| *known == name).map(|(_, quota)| quota.parse().unwrap())
    })
    .unwrap()
}

#[test]
fn the_catalogue_prints_as_a_table() {
    insta::assert_snapshot!(with(&[]), @r"
    policy       tier     counts                  quota  variable
    api-key      api-key  api-key               600/60s  RATE_LIMIT_API_KEY
    cron         strict   network                10/60s  RATE_LIMIT_CRON
    login        strict   network                10/60s  RATE_LIMIT_LOGIN
    login        strict   network                100/1h  RATE_LIMIT_LOGIN_NETWORK
    login        strict   account                 5/15m  RATE_LIMIT_LOGIN_ACCOUNT
    login        strict   account                 30/1d  RATE_LIMIT_LOGIN_ACCOUNT_DAY
    login        strict   device                 10/15m  RATE_LIMIT_LOGIN_DEVICE
    login        strict   failing-device          10/1d  RATE_LIMIT_LOGIN_DEVICE_FAILING
    login        strict   failing-network        30/10m  RATE_LIMIT_LOGIN_SPRAY
    login        strict   spraying-network        1/60s  RATE_LIMIT_LOGIN_SPRAYING
    mail         strict   network                10/60s  RATE_LIMIT_MAIL
    normal       normal   user                  120/60s  RATE_LIMIT_NORMAL
    normal       normal   network               300/60s  RATE_LIMIT_NORMAL_NETWORK
    oauth        strict   network                10/60s  RATE_LIMIT_OAUTH
    password     strict   network                10/60s  RATE_LIMIT_PASSWORD
    password     strict   user                   10/15m  RATE_LIMIT_PASSWORD_USER
    probe        probe    network               600/60s  RATE_LIMIT_PROBE
    refresh      normal   network               300/60s  RATE_LIMIT_REFRESH_NETWORK
    refused      relaxed  network               600/60s  RATE_LIMIT_REFUSED
    register     strict   network                10/60s  RATE_LIMIT_REGISTER
    relaxed      relaxed  network               600/60s  RATE_LIMIT_RELAXED
    token        strict   network                10/60s  RATE_LIMIT_TOKEN
    ");
}

#[test]
fn a_policy_takes_its_own_number_then_its_tiers_then_the_one_in_the_code() {
    let named = |name: &str, quota: &str| vec![(name.to_owned(), quota.to_owned())];
    let policies = with(&[("RATE_LIMIT_STRICT", "7/60s"), ("RATE_LIMIT_MAIL", "3/1h")]);
    assert_eq!(quotas(&policies, &MAIL), named("mail", "3/1h"));
    assert_eq!(quotas(&policies, &TOKEN), named("token", "7/60s"));
    assert_eq!(quotas(&policies, &RELAXED), named("relaxed", "600/60s"));
}

#[test]
fn every_number_of_login_can_be_set() {
    let policies = with(&[
        ("RATE_LIMIT_LOGIN", "1/1s"),
        ("RATE_LIMIT_LOGIN_NETWORK", "2/1s"),
        ("RATE_LIMIT_LOGIN_ACCOUNT", "3/1s"),
        ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "4/1s"),
        ("RATE_LIMIT_LOGIN_DEVICE", "5/1s"),
        ("RATE_LIMIT_LOGIN_DEVICE_FAILING", "6/1s"),
        ("RATE_LIMIT_LOGIN_SPRAY", "7/1s"),
        ("RATE_LIMIT_LOGIN_SPRAYING", "8/1s"),
    ]);
    let numbers: Vec<String> = quotas(&policies, &LOGIN).into_iter().map(|(_, quota)| quota).collect();
    assert_eq!(numbers, ["1/1s", "2/1s", "3/1s", "4/1s", "5/1s", "6/1s", "7/1s", "8/1s"]);
}

#[test]
fn both_numbers_of_the_normal_tier_are_inherited() {
    let policies = with(&[("RATE_LIMIT_NORMAL", "5/1m"), ("RATE_LIMIT_NORMAL_NETWORK", "9/1m")]);
    const OWN: Policy = Policy::normal("own");
    let own = Policies::resolve([OWN], |name| match name {
        "RATE_LIMIT_NORMAL" => "5/1m".parse().ok(),
        "RATE_LIMIT_NORMAL_NETWORK" => "9/1m".parse().ok(),
        _ => None,
    })
    .unwrap();
    let numbers: Vec<String> = quotas(&own, &OWN).into_iter().map(|(_, quota)| quota).collect();
    assert_eq!(numbers, ["5/60s", "9/60s"]);
    let numbers: Vec<String> = quotas(&policies, &REFRESH).into_iter().map(|(_, quota)| quota).collect();
    assert_eq!(numbers, ["9/60s"], "whoever refreshes is not known before the handler");
}

#[test]
fn each_variable_is_asked_for_once() {
    let mut asked = Vec::new();
    Policies::resolve(BUILT_IN.iter().copied(), |name| {
        asked.push(name.to_owned());
        None
    })
    .unwrap();
    let listed: Vec<String> =
        Policies::variables(BUILT_IN.iter().copied()).unwrap().into_iter().map(|v| v.name).collect();
    assert_eq!(asked, listed);
    let mut distinct = asked.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(distinct.len(), asked.len());
}

#[test]
fn names_that_collide_are_refused() {
    const OTHER_MAIL: Policy = Policy::relaxed("mail");
    const LOGIN_NETWORK: Policy = Policy::strict("login-network");
    const STRICT_NORMAL: Policy = Policy::strict("normal");
    let resolve =
        |list: &[Policy]| Policies::resolve(list.iter().copied(), |_| None).map(|_| ()).unwrap_err();
    assert_eq!(resolve(&[MAIL, OTHER_MAIL]), PolicyError::NameTaken("mail"));
    assert_eq!(resolve(&[LOGIN, LOGIN_NETWORK]), PolicyError::BucketTaken("login-network".to_owned()));
    assert_eq!(resolve(&[STRICT_NORMAL]), PolicyError::NameOfATier("normal"));
}

#[test]
fn a_policy_of_the_same_name_but_other_buckets_is_not_in_the_catalogue() {
    const OTHER_MAIL: Policy = Policy::strict("mail").network("hourly", Quota::of(1, 3_600));
    assert!(with(&[]).limits(&MAIL).is_some());
    assert!(with(&[]).limits(&OTHER_MAIL).is_none());
}

#[test]
fn a_subject_charges_the_buckets_that_count_its_kind() {
    let limits = with(&[]).limits(&LOGIN).unwrap();
    let hasher = AccountHasher::new(&[1; 32]);
    let names = |subject: Subject| -> Vec<String> {
        limits.charges(&subject).iter().map(|charge| charge.key().bucket().to_owned()).collect()
    };
    assert_eq!(names(Subject::Network(NetworkKey::of([192, 0, 2, 1].into()))), ["login", "login-network"]);
    assert_eq!(names(Subject::Account(hasher.account("a"))), ["login-account", "login-account-day"]);
    assert_eq!(names(Subject::Device(hasher.device("a", "d"))), ["login-device"]);
    assert!(names(Subject::User("usr_1".into())).is_empty());
}
