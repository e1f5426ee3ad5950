//! The rate limit headers of an answer: `RateLimit-Policy` and `RateLimit`
//! (draft-ietf-httpapi-ratelimit-headers-10), the older `X-RateLimit-*`, and `Retry-After` (RFC 9110, section
//! 10.2.3).

use std::sync::Arc;
use std::time::Duration;

use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::{Charge, Decision, Quota};

const RATELIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const RATELIMIT: HeaderName = HeaderName::from_static("ratelimit");
const X_RATELIMIT_LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const X_RATELIMIT_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const X_RATELIMIT_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Collects the decisions of one request, gate by gate, and writes them as headers.
///
/// Buckets of accounts and devices are never shown: they would reveal other people's attempts on an account. When one
/// of them refuses, only `Retry-After` shows it.
#[derive(Clone, Debug, Default)]
pub struct RateLimitHeaders {
    shown: Vec<Shown>,
    retry_after: Option<Duration>,
}

#[derive(Clone, Debug)]
struct Shown {
    bucket: Arc<str>,
    quota: Quota,
    remaining: u32,
    until_more: u64,
}

impl RateLimitHeaders {
    /// Adds the decision one gate made about these charges.
    pub fn observe(&mut self, charges: &[Charge], decision: &Decision) {
        for (charge, status) in charges.iter().zip(decision.statuses()) {
            if charge.key().subject().kind().is_shown() {
                self.shown.push(Shown {
                    bucket: charge.key().shared_bucket(),
                    quota: charge.quota(),
                    remaining: status.remaining,
                    // A client that waits for `t` must not be earlier than `Retry-After` allows.
                    until_more: whole_seconds(status.retry_after.unwrap_or(status.until_more)),
                });
            }
        }
        self.retry_after = self.retry_after.max(decision.retry_after());
    }

    /// Writes the headers.
    ///
    /// Every shown bucket has an item in the two `RateLimit` fields: `q` requests in `w` seconds; `r` requests
    /// left, more of them in `t` seconds. `X-RateLimit-*` is the tightest bucket; its `Reset` is in seconds from
    /// now, the same as `t`. `Retry-After` is present when a gate refused: whole seconds, at least one.
    pub(crate) fn write(&self, headers: &mut HeaderMap) {
        let tightest = self.shown.iter().min_by_key(|shown| (shown.remaining, u64::MAX - shown.until_more));
        if let Some(tightest) = tightest {
            let (mut policy, mut state) = (Items::default(), Items::default());
            for Shown { bucket, quota, remaining, until_more } in &self.shown {
                let (limit, window) = (quota.limit().get().into(), quota.window_secs().into());
                policy.add(bucket, [(";q=", limit), (";w=", window)]);
                state.add(bucket, [(";r=", u64::from(*remaining)), (";t=", *until_more)]);
            }
            policy.write(RATELIMIT_POLICY, headers);
            state.write(RATELIMIT, headers);
            headers.insert(X_RATELIMIT_LIMIT, tightest.quota.limit().get().into());
            headers.insert(X_RATELIMIT_REMAINING, tightest.remaining.into());
            headers.insert(X_RATELIMIT_RESET, tightest.until_more.into());
        }
        if let Some(wait) = self.retry_after {
            headers.insert(RETRY_AFTER, whole_seconds(wait).max(1).into());
        }
    }

    /// The wait that the client gets, if a gate refused.
    pub const fn retry_after(&self) -> Option<Duration> {
        self.retry_after
    }
}

/// A List of Items with parameters (RFC 9651). Every answer has two, so numbers are written without a format
/// string.
#[derive(Debug)]
struct Items(String);

impl Default for Items {
    fn default() -> Self {
        Self(String::with_capacity(96))
    }
}

impl Items {
    /// Names of buckets are lower-case words joined by `-`: nothing in them needs escaping.
    fn add(&mut self, bucket: &str, parameters: [(&str, u64); 2]) {
        if !self.0.is_empty() {
            self.0.push_str(", ");
        }
        self.0.push('"');
        self.0.push_str(bucket);
        self.0.push('"');
        let mut number = itoa::Buffer::new();
        for (name, value) in parameters {
            self.0.push_str(name);
            self.0.push_str(number.format(value));
        }
    }

    fn write(self, name: HeaderName, headers: &mut HeaderMap) {
        if let Ok(value) = HeaderValue::try_from(self.0) {
            headers.insert(name, value);
        }
    }
}

/// Rounded up: a client that comes back after that many seconds is never too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{AccountHasher, LimitKey, QuotaStatus, Subject};
    use crate::net::NetworkKey;

    fn network(bucket: &str, quota: &str) -> Charge {
        let subject = Subject::Network(NetworkKey::of([192, 0, 2, 1].into()));
        Charge::new(LimitKey::new(bucket.into(), subject), quota.parse().unwrap())
    }

    fn status(remaining: u32, until_more: u64, retry_after: Option<u64>) -> QuotaStatus {
        QuotaStatus {
            remaining,
            until_more: Duration::from_millis(until_more),
            retry_after: retry_after.map(Duration::from_millis),
        }
    }

    fn written(gates: &[(&[Charge], &[QuotaStatus])]) -> Vec<String> {
        let mut headers = RateLimitHeaders::default();
        for (charges, statuses) in gates {
            headers.observe(charges, &Decision::new(Duration::ZERO, statuses.to_vec()));
        }
        let mut written = HeaderMap::new();
        headers.write(&mut written);
        written.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
    }

    #[test]
    fn an_admitted_request_gets_the_remaining_quota() {
        assert_eq!(
            written(&[(&[network("normal", "120/60s")], &[status(3, 11_001, None)])]),
            [
                "ratelimit-policy: \"normal\";q=120;w=60",
                "ratelimit: \"normal\";r=3;t=12",
                "x-ratelimit-limit: 120",
                "x-ratelimit-remaining: 3",
                "x-ratelimit-reset: 12",
            ]
        );
    }

    #[test]
    fn several_gates_are_listed_and_the_tightest_is_the_old_headers() {
        assert_eq!(
            written(&[
                (&[network("normal-network", "300/60s")], &[status(200, 5_000, None)]),
                (&[network("normal", "120/60s")], &[status(0, 100, Some(9_200))]),
            ]),
            [
                "ratelimit-policy: \"normal-network\";q=300;w=60, \"normal\";q=120;w=60",
                "ratelimit: \"normal-network\";r=200;t=5, \"normal\";r=0;t=10",
                "x-ratelimit-limit: 120",
                "x-ratelimit-remaining: 0",
                "x-ratelimit-reset: 10",
                "retry-after: 10",
            ]
        );
    }

    #[test]
    fn the_bucket_of_an_account_shows_only_as_a_wait() {
        let account = AccountHasher::new(&[1; 32]).account("ada@example.org");
        let quota = "5/15m".parse().unwrap();
        for subject in [Subject::Account(account), Subject::Device(account)] {
            let charge = Charge::new(LimitKey::new("login-account".into(), subject), quota);
            let charges = std::slice::from_ref(&charge);
            assert!(written(&[(charges, &[status(2, 5_000, None)])]).is_empty());
            assert_eq!(written(&[(charges, &[status(0, 1, Some(1))])]), ["retry-after: 1"]);
        }
    }

    #[test]
    fn a_wait_is_rounded_up_and_at_least_a_second() {
        let told = |millis| written(&[(&[], &[status(0, 0, Some(millis))])]).pop().unwrap();
        assert_eq!(told(0), "retry-after: 1");
        assert_eq!(told(1_000), "retry-after: 1");
        assert_eq!(told(1_001), "retry-after: 2");
    }
}
