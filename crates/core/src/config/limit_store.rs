//! The stores that can count rate limits: their addresses, and the selection.

use std::fmt;
use std::time::Duration;

use super::mongodb::MongoUrl;
use super::redis_url::RedisUrl;
use super::settings::{Problem, Setting};
use super::upstash::UpstashRest;
use super::values::parse_millis;

/// The value of `RATE_LIMIT_URL`.
#[derive(Clone, Debug)]
pub enum RateLimitUrl {
    /// In this process: exact for one instance; with several, each counts for itself.
    Memory,
    /// In Redis, or in a server that speaks its protocol.
    Redis(RedisUrl),
    /// In a database of MongoDB.
    MongoDb(MongoUrl),
    /// In the database of `DATABASE_URL`.
    WithDocuments,
}

/// The selected store.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum LimitStoreChoice {
    /// In this process.
    Memory,
    /// In Redis.
    Redis(RedisUrl),
    /// In a database of MongoDB.
    MongoDb(MongoUrl),
    /// In Redis behind the REST interface of Upstash, which is also that of Vercel KV.
    Upstash(UpstashRest),
}

impl fmt::Display for LimitStoreChoice {
    /// One line for an operator, without a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("counted in this process, each other instance counts for itself"),
            Self::Redis(url) => write!(f, "counted in Redis at {}, shared by all instances", url.show()),
            Self::MongoDb(url) => write!(f, "counted in MongoDB at {}, shared by all instances", url.show()),
            Self::Upstash(rest) => {
                write!(f, "counted in Upstash at {}, shared by all instances", rest.url.show())
            }
        }
    }
}

impl Setting for RateLimitUrl {
    /// A server's address contains its password.
    const SECRET: bool = true;

    fn expects() -> String {
        "`memory://`, `redis://:password@host:6379` (`rediss://` with TLS; `valkey://` and `valkeys://` are the same), \
         `mongodb` (the database of DATABASE_URL) or the address of another one (`mongodb://user:password@host/database`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text.split_once(':').map_or(text, |(scheme, _)| scheme) {
            "memory" if matches!(text, "memory:" | "memory://") => Ok(Self::Memory),
            "redis" | "rediss" | "valkey" | "valkeys" => RedisUrl::parse(text).map(Self::Redis),
            "mongodb" if text == "mongodb" => Ok(Self::WithDocuments),
            "mongodb" | "mongodb+srv" => {
                MongoUrl::parse(text).unwrap_or_else(|| Err("is not an address".into())).map(Self::MongoDb)
            }
            "upstash" => Err("names Upstash, which has its own variables".into()),
            _ => Err("names no known store of rate limits".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Memory => "memory://".to_owned(),
            Self::Redis(url) => url.show().to_owned(),
            Self::MongoDb(url) => url.show(),
            Self::WithDocuments => "mongodb".to_owned(),
        }
    }
}

/// The prefix of every key in a shared store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyPrefix(String);

impl KeyPrefix {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Setting for KeyPrefix {
    fn expects() -> String {
        "1 to 32 letters, digits, `-`, `_` or `:`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_:".contains(&byte);
        if !(1..=32).contains(&text.len()) || !text.bytes().all(fits) {
            return Err("is too long or contains other characters".into());
        }
        Ok(Self(text.to_owned()))
    }

    fn show(&self) -> String {
        self.0.clone()
    }
}

/// How long the shared store may take for a decision: 5 ms to 5 s.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreTimeout(Duration);

impl StoreTimeout {
    /// The duration.
    pub const fn get(self) -> Duration {
        self.0
    }
}

impl Setting for StoreTimeout {
    fn expects() -> String {
        "a duration from 5ms to 5s (in `ms` or `s`)".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let duration = parse_millis(text)?;
        let bounds = Duration::from_millis(5)..=Duration::from_secs(5);
        if !bounds.contains(&duration) {
            return Err("is not between 5ms and 5s".into());
        }
        Ok(Self(duration))
    }

    fn show(&self) -> String {
        format!("{}ms", self.0.as_millis())
    }
}

/// Whether to serve where every request may reach another instance although each instance counts for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshared {
    /// Production does not start there.
    Refuse,
    /// The operator accepts that a limit holds for each instance alone, and is forgotten when the instance ends.
    Allow,
}

impl Setting for Unshared {
    fn expects() -> String {
        "`refuse` or `allow`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "refuse" => Ok(Self::Refuse),
            "allow" => Ok(Self::Allow),
            _ => Err("is neither".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Refuse => "refuse".to_owned(),
            Self::Allow => "allow".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::upstash::RestUrl;
    use crate::config::userinfo;

    #[test]
    fn an_address_of_redis_shows_everything_but_its_password() {
        for (text, shown) in [
            ("redis://cache", "redis://cache:6379"),
            ("redis://127.0.0.1:7000/3", "redis://127.0.0.1:7000/3"),
            ("rediss://user:hunter7@cache.example.org", "rediss://…@cache.example.org:6379"),
            ("redis://[::1]", "redis://[::1]:6379"),
            ("valkey://cache/2", "valkey://cache:6379/2"),
            ("valkeys://:hunter7@cache", "valkeys://…@cache:6379"),
        ] {
            let url = RateLimitUrl::parse(text).unwrap();
            assert_eq!(url.show(), shown);
            assert!(!format!("{url:?}").contains("hunter7"));
        }
    }

    #[test]
    fn what_is_wrong_with_a_password_is_said_of_the_password() {
        for text in
            ["redis://:a/b@cache", "redis://:a#b@cache", "rediss://u:a?b@cache", "valkey://:a[b@cache"]
        {
            assert_eq!(RateLimitUrl::parse(text).unwrap_err(), userinfo::UNENCODED, "{text}");
        }
        let problem = RateLimitUrl::parse("rediss://default:<password>@cache:6379").unwrap_err();
        assert!(problem.contains("placeholder"), "{problem}");
    }

    #[test]
    fn an_address_that_would_do_something_else_is_none() {
        for text in
            ["redis://", "redis:cache", "redis://cache/name", "rediss://cache/#insecure", "redis://c?db=1"]
        {
            assert!(RateLimitUrl::parse(text).is_err(), "{text}");
        }
        for text in
            ["http://x.upstash.io", "https://x.upstash.io/path", "https://u:p@x.upstash.io", "x", "ftp://x"]
        {
            assert!(RestUrl::parse(text).is_err(), "{text}");
        }
        assert!(RestUrl::parse("http://127.0.0.1:8079").is_ok());
    }

    #[test]
    fn a_password_without_tls_is_open_to_all_but_this_machine() {
        let open = |text| match RateLimitUrl::parse(text).unwrap() {
            RateLimitUrl::Redis(url) => url.sends_password_openly(),
            other => panic!("{other:?}"),
        };
        assert!(open("redis://:p@cache") && open("valkey://:p@cache"));
        for text in [
            "redis://cache",
            "rediss://:p@cache",
            "valkeys://:p@cache",
            "redis://:p@127.0.0.1",
            "redis://:p@localhost",
        ] {
            assert!(!open(text), "{text}");
        }
    }

    #[test]
    fn a_timeout_has_a_unit_and_bounds() {
        for (text, millis) in [("5ms", 5), ("75ms", 75), ("5s", 5_000)] {
            assert_eq!(StoreTimeout::parse(text).unwrap().get().as_millis(), millis, "{text}");
        }
        for text in ["", "50", "4ms", "6s", "1m", "-5ms", "0.1s"] {
            assert!(StoreTimeout::parse(text).is_err(), "{text}");
        }
    }
}
