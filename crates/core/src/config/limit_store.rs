//! Where rate limits are counted: the addresses of the stores, and which of them is meant.

use std::fmt;
use std::path::Path;
use std::time::Duration;

use url::{Host, Url};

use super::mongodb::MongoUrl;
use super::settings::{Problem, Setting};
use super::trust::CaFile;
use super::userinfo;
use super::values::{SecretText, parse_millis};
use crate::net::is_loopback;

/// What `RATE_LIMIT_URL` can say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RateLimitUrl {
    /// In this process: exact for one instance, each further one counts for itself.
    Memory,
    /// In Redis, or in a server that speaks its protocol.
    Redis(RedisUrl),
    /// In a database of MongoDB.
    MongoDb(MongoUrl),
    /// In the one of `DATABASE_URL`.
    WithDocuments,
}

/// The store that was chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            Self::Memory => f.write_str("counted in this process, each further instance counts for itself"),
            Self::Redis(url) => write!(f, "counted in Redis at {}, shared by all instances", url.0.shown),
            Self::MongoDb(url) => write!(f, "counted in MongoDB at {}, shared by all instances", url.show()),
            Self::Upstash(rest) => {
                write!(f, "counted in Upstash at {}, shared by all instances", rest.url.show())
            }
        }
    }
}

impl Setting for RateLimitUrl {
    /// A server's address holds its password.
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
                MongoUrl::parse(text).unwrap_or_else(|| Err("is no address".into())).map(Self::MongoDb)
            }
            "upstash" => Err("names Upstash, which is chosen by its own variables instead".into()),
            _ => Err("names no store of rate limits".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Memory => "memory://".to_owned(),
            Self::Redis(url) => url.0.shown.clone(),
            Self::MongoDb(url) => url.show(),
            Self::WithDocuments => "mongodb".to_owned(),
        }
    }
}

/// The address of a Redis server. `Debug` shows no password.
#[derive(Clone, PartialEq, Eq)]
pub struct RedisUrl(RedisParts);

#[derive(Clone, PartialEq, Eq)]
struct RedisParts {
    full: SecretText,
    shown: String,
    /// Whether a password would cross a network unprotected.
    is_open: bool,
    has_password: bool,
    authorities: Option<CaFile>,
}

impl RedisUrl {
    fn parse(text: &str) -> Result<Self, Problem> {
        userinfo::refuse_placeholder(text)?;
        userinfo::refuse_unencoded(text.split_once("://").map_or("", |(_, rest)| rest))?;
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let host = url.host().filter(|host| !host.to_string().is_empty()).ok_or("has no host")?;
        let database = url.path().trim_start_matches('/');
        if !database.bytes().all(|byte| byte.is_ascii_digit()) || database.len() > 5 {
            return Err("has a path that is no number of a database".into());
        }
        // `rediss://…/#insecure` would switch off the check of the certificate.
        if url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host, port and database".into());
        }
        // The scheme is not one WHATWG knows, so an IPv4 address arrives as a name.
        let address = host.to_string().parse::<std::net::IpAddr>();
        let local = is_loopback(&host) || address.is_ok_and(|address| address.is_loopback());
        let has_password = url.password().is_some();
        let credentials = if has_password || !url.username().is_empty() { "…@" } else { "" };
        let slash = if database.is_empty() { "" } else { "/" };
        let shown =
            format!("{}://{credentials}{host}:{}{slash}{database}", url.scheme(), url.port().unwrap_or(6379));
        Ok(Self(RedisParts {
            full: SecretText::new(text),
            shown,
            is_open: matches!(url.scheme(), "redis" | "valkey") && !local,
            has_password,
            authorities: None,
        }))
    }

    /// All of it. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        self.0.full.expose()
    }

    /// The same, trusting this file instead of what the machine trusts.
    #[must_use]
    pub(super) fn trusting(mut self, authorities: Option<CaFile>) -> Self {
        self.0.authorities = authorities;
        self
    }

    /// Whose certificates it takes, if that is not for the machine to say.
    pub fn authorities(&self) -> Option<&Path> {
        self.0.authorities.as_ref().map(CaFile::path)
    }

    /// Whether it is spoken to in TLS.
    pub fn is_encrypted(&self) -> bool {
        ["rediss:", "valkeys:"].iter().any(|scheme| self.expose().starts_with(scheme))
    }

    /// Whether its password is sent over a network without TLS.
    pub(super) fn sends_password_openly(&self) -> bool {
        self.0.is_open && self.0.has_password
    }
}

impl fmt::Debug for RedisUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RedisUrl({})", self.0.shown)
    }
}

/// The REST interface of Upstash, with the token that opens it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpstashRest {
    /// Its address.
    pub url: RestUrl,
    /// Its token.
    pub token: RestToken,
    /// Whose certificates it takes, if that is not for the machine to say.
    pub authorities: Option<CaFile>,
}

/// The address of a REST interface: `https`, or this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestUrl(Url);

impl RestUrl {
    /// The address, without anything behind host and port.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl Setting for RestUrl {
    fn expects() -> String {
        "an address without a path: `https://name.upstash.io`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let url = Url::parse(text).map_err(|_| "is not a URL")?;
        let local = url.host().is_some_and(|host: Host<&str>| is_loopback(&host));
        match url.scheme() {
            "https" => {}
            "http" if local => {}
            "http" => return Err("would send its token without TLS".into()),
            _ => return Err("is not `https`".into()),
        }
        let plain = url.username().is_empty() && url.password().is_none();
        if !plain || url.path() != "/" || url.query().is_some() || url.fragment().is_some() {
            return Err("must end after host and port".into());
        }
        Ok(Self(url))
    }

    fn show(&self) -> String {
        self.0.as_str().trim_end_matches('/').to_owned()
    }
}

/// The token of a REST interface: what goes into a header as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestToken(SecretText);

impl RestToken {
    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Setting for RestToken {
    const SECRET: bool = true;

    fn expects() -> String {
        "the token beside the address, one that may write".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err("holds spaces or characters beyond ASCII".into());
        }
        Ok(Self(SecretText::new(text)))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

/// What stands before every key in a shared store.
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
            return Err("is too long or holds other characters".into());
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

/// Whether to serve where every request may meet another instance although each counts for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unshared {
    /// Production does not start there.
    Refuse,
    /// The operator knows: a limit then holds for each instance, and is forgotten with it.
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
            assert_eq!(RateLimitUrl::parse(text), Err(userinfo::UNENCODED.into()), "{text}");
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
