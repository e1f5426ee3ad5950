//! Real servers for tests: replica sets of MongoDB that can be killed and started again, and Redis.
//!
//! Each listens on a free port of the loopback address, keeps its files in a temporary folder, and ends with the
//! process that started it, however that ends (`keeper.rs`). This package does not depend on the product, so that every
//! crate of the product can test against it.
//!
//! The programs come from `MONGOD` and `REDIS_SERVER`, else from `PATH`, else from the folder of
//! `scripts/install-test-tools.sh servers`. `MONGODB_TEST_URL` and `REDIS_TEST_URL` name running servers;
//! [`mongodb_url`] and [`redis_url`] then start none. `LIBFAKETIME` names the library of a [`WrongClock`],
//! `SCHEMATHESIS` the program of that name. The error about a missing program says how to install it.
#![expect(clippy::missing_errors_doc, reason = "`ServerError` is all of them, and each says what to do")]

mod certificates;
mod clock;
mod database;
mod error;
mod front;
mod keeper;
mod mongod;
mod port;
mod process;
mod program;
mod redis;
mod redis_cluster;
mod replica_set;
mod shared;

pub use certificates::Authority;
pub use clock::WrongClock;
pub use database::MongoDatabase;
pub use error::ServerError;
pub use front::TlsFront;
pub use mongod::Standalone;
pub use program::schemathesis;
pub use redis::RedisServer;
pub use redis_cluster::RedisCluster;
pub use replica_set::{Options, ReplicaSet};
pub use shared::{MONGODB_TEST_URL, REDIS_TEST_URL, given, mongodb_url, redis_url};
