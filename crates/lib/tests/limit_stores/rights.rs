//! The rights that `docs/limit-stores.md` documents are enough.

use mongodb::bson::doc;
use palisade_core::limits::Quota;
use palisade_core::ports::LimitStore as _;
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_test_servers::{MongoDatabase, Options, RedisServer, ReplicaSet};

use crate::schedules::charge;
use crate::servers;

/// The rights in the document, without the optional `+ping`.
const DOCUMENTED: &str = "~palisade:* resetchannels -@all +evalsha +eval +time +exists +get +set +del +lindex +lrange +lpop +lset \
                          +rpush +pexpireat +info";

/// The address of this server for a new user with these rights.
pub(crate) fn redis_for(server: &RedisServer, user: &str, rights: &str) -> String {
    let words = ["ACL", "SETUSER", user, "reset", "on", ">p%ss"];
    let words: Vec<&str> = words.into_iter().chain(rights.split(' ')).collect();
    let answer = server.command(&words).unwrap();
    assert!(answer.starts_with("+OK"), "{answer}");
    server.url().replace("redis://", &format!("redis://{user}:p%25ss@"))
}

/// The same with the documented rights.
pub(crate) fn redis_as_documented(server: &RedisServer) -> String {
    let document = include_str!("../../../../docs/limit-stores.md");
    assert!(document.contains(&DOCUMENTED.replace("+info", "+info +ping")), "the document says another line");
    redis_for(server, "palisade", DOCUMENTED)
}

#[tokio::test]
async fn optional_rights_of_a_redis_user_may_be_missing() {
    let server = RedisServer::start().await.unwrap();
    for left_out in ["+evalsha ", "+info"] {
        let url = redis_for(&server, "less", DOCUMENTED.replace(left_out, "").trim());
        let limiter = RedisLimiter::open(&servers::redis_url(&url), "palisade").unwrap();
        let charges = [charge("a", 1, Quota::of(2, 60))];
        let decision = limiter.take(&charges).await.unwrap();
        limiter.give_back(&charges, &decision).await.unwrap();
        limiter.check_counters().await.unwrap();
        assert_eq!(limiter.eviction().await.is_none(), left_out == "+info");
    }
}

#[tokio::test]
async fn a_redis_user_without_rights_to_the_keys_gets_a_clear_error() {
    let server = RedisServer::start().await.unwrap();
    let url = redis_for(&server, "elsewhere", &DOCUMENTED.replace("~palisade:*", "~other:*"));
    let limiter = RedisLimiter::open(&servers::redis_url(&url), "palisade").unwrap();
    let error = limiter.take(&[charge("a", 1, Quota::of(2, 60))]).await.unwrap_err();
    let said = format!("{error}: {}", std::error::Error::source(&error).unwrap());
    assert!(said.contains("NOPERM") || said.contains("no permission"), "{said}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_documented_role_of_mongodb_is_enough() {
    let set = ReplicaSet::with(Options { auth: true, ..Options::single() }).await.unwrap();
    let database = MongoDatabase::on(&set.url());
    let resource = doc! { "db": database.name(), "collection": "limits" };
    let privilege = doc! { "resource": resource, "actions": ["find", "insert", "update", "createIndex"] };
    set.command(0, doc! { "createRole": "limits", "privileges": [privilege], "roles": [] }).await.unwrap();
    set.command(0, doc! { "createUser": "counter", "pwd": "secret", "roles": ["limits"] }).await.unwrap();
    let own = database.url();
    let (_, hosts) = own.split_once('@').unwrap();
    let url = servers::mongo_url(&format!("mongodb://counter:secret@{hosts}"));
    let limiter = MongoLimiter::open(&url, "t").unwrap();
    let charges = [charge("a", 1, Quota::of(2, 60))];
    for passes in [true, true, false] {
        let decision = limiter.take(&charges).await.unwrap();
        assert_eq!(decision.passed(), passes);
        if passes {
            limiter.give_back(&charges, &decision).await.unwrap();
            limiter.take(&charges).await.unwrap();
        }
    }
    limiter.take(&[]).await.unwrap();
    limiter.check_counters().await.unwrap();
    // The index is created in the background.
    for _ in 0..500 {
        let indexes = database.run(async |there| {
            there.collection::<mongodb::bson::Document>("limits").list_index_names().await
        });
        if indexes.iter().any(|name| name == "limits_expiry") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the index was not made");
}
