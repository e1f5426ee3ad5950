//! Addresses and names for the servers of a test.

use std::net::TcpListener;

use palisade_core::config::MongoUrl;
use palisade_core::config::limit_store::RateLimitUrl;
use palisade_core::config::redis_url::RedisUrl;
use palisade_core::config::settings::Setting as _;

pub(crate) fn redis_url(text: &str) -> RedisUrl {
    match RateLimitUrl::parse(text) {
        Ok(RateLimitUrl::Redis(url)) => url,
        other => panic!("{text} is no address of Redis: {other:?}"),
    }
}

pub(crate) fn mongo_url(text: &str) -> MongoUrl {
    match RateLimitUrl::parse(text) {
        Ok(RateLimitUrl::MongoDb(url)) => url,
        other => panic!("{text} is no address of MongoDB: {other:?}"),
    }
}

/// A prefix of its own: servers are shared, and their counters stay.
pub(crate) fn prefix() -> String {
    let mut bytes = [0; 8];
    palisade_core::ports::Rng::fill(&palisade_core::ports::SystemRng, &mut bytes);
    format!("test-{:016x}", u64::from_be_bytes(bytes))
}

pub(crate) fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port()
}
