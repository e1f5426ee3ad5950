//! The proxy in front, judged by recent requests: whether trusted proxies name clients, and whether there is a
//! proxy that is not trusted.
//!
//! Either turns all clients of that proxy into one for the rate limits, and no single request proves it: anybody
//! can send a header, and a program on the proxy's machine that bypasses the proxy names no client. So the majority
//! of the last [`KEPT`] requests counts, and a problem that stops is forgotten as soon as others have come.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::client_ip::{AddressSource, ClientAddress};

/// The number of requests of a kind that are remembered: half the bits of a number.
const KEPT: u64 = 32;
/// At least this many requests without a client show that a proxy sent them. A person who tries something on the
/// machine itself sends fewer.
const MIN_SILENT: u32 = 5;
/// This many forwarded requests show that an untrusted peer is a proxy: the headers say so.
const MIN_FORWARDED: u32 = 1;
/// The time between two warnings of one kind.
const HOUR: Duration = Duration::from_hours(1);

/// Counts recent requests with a problem. All requests are recorded in it.
#[derive(Debug, Default)]
pub(crate) struct ProxyMonitor {
    /// Of requests from trusted peers, those that named no client.
    silent: Recent,
    /// Of requests from all others, those that were forwarded.
    forwarded: Recent,
    warned: [Warned; 3],
}

/// A warning for the operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Warning {
    /// A peer that is not trusted forwards requests.
    Untrusted,
    /// A trusted proxy names no client.
    NoClient,
    /// Two headers name different clients.
    Contradiction,
}

impl ProxyMonitor {
    /// Records a request, and warns if it shows a problem. `is_significant` says whether a missing client name is one:
    /// programs such as health probes bypass the proxy.
    pub(crate) fn record(&self, peer: IpAddr, address: &ClientAddress, is_significant: bool, now: Duration) {
        match address.source {
            AddressSource::Socket if address.is_forwarded => {
                self.forwarded.record(true);
                self.warn(Warning::Untrusted, peer, now);
            }
            AddressSource::Socket if is_significant => self.forwarded.record(false),
            AddressSource::Proxy => self.silent.record(false),
            AddressSource::Disputed => {
                self.silent.record(true);
                self.warn(Warning::Contradiction, peer, now);
            }
            AddressSource::Silent if is_significant || address.is_forwarded => {
                self.silent.record(true);
                if self.silent.is_mostly(MIN_SILENT) {
                    self.warn(Warning::NoClient, peer, now);
                }
            }
            AddressSource::Socket | AddressSource::Silent => {}
        }
    }

    /// Whether clients of a proxy seem to count as one.
    pub(crate) fn is_degraded(&self) -> bool {
        self.silent.is_mostly(MIN_SILENT) || self.forwarded.is_mostly(MIN_FORWARDED)
    }

    /// At most once an hour for each kind, so that clients cannot fill the log.
    fn warn(&self, warning: Warning, peer: IpAddr, now: Duration) {
        let [untrusted, no_client, contradiction] = &self.warned;
        match warning {
            Warning::Untrusted if untrusted.is_due(now) => tracing::warn!(
                %peer,
                "requests that were forwarded (X-Forwarded-*, Forwarded, Via, X-Real-IP) come from a peer that is not in TRUSTED_PROXIES: if that is your proxy, all its clients share one rate limit until you name it there"
            ),
            Warning::NoClient if no_client.is_due(now) => tracing::warn!(
                %peer,
                "most requests from TRUSTED_PROXIES name no client, so all clients share one rate limit: let the proxy set or extend X-Forwarded-For"
            ),
            Warning::Contradiction if contradiction.is_due(now) => tracing::warn!(
                %peer,
                "X-Forwarded-For and Forwarded of a request from TRUSTED_PROXIES name different clients, so it was counted as the proxy's own: let the proxy remove the one it does not write"
            ),
            Warning::Untrusted | Warning::NoClient | Warning::Contradiction => {}
        }
    }
}

/// The time of the last warning: milliseconds of the clock's monotonic time plus one, so that 0 means never.
#[derive(Debug, Default)]
struct Warned(AtomicU64);

impl Warned {
    /// True for one caller, if there was no warning for an hour.
    fn is_due(&self, now: Duration) -> bool {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX - 1);
        let now = millis(now) + 1;
        let due = |last: u64| (last == 0 || now.saturating_sub(last) >= millis(HOUR)).then_some(now);
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, due).is_ok()
    }
}

/// Two bits for each of the last requests, the newest lowest: in the upper half whether there was one, in the lower
/// half whether it had the problem.
#[derive(Debug, Default)]
struct Recent(AtomicU64);

impl Recent {
    const LOWER: u64 = (1 << KEPT) - 1;

    fn record(&self, is_problem: bool) {
        let shifted = |kept: u64| {
            let seen = ((kept & !Self::LOWER) << 1) | (1 << KEPT);
            let problems = ((kept << 1) | u64::from(is_problem)) & Self::LOWER;
            // Mostly nothing changes, and then nothing is written that all cores share.
            Some(seen | problems).filter(|next| *next != kept)
        };
        let _unchanged = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, shifted);
    }

    /// Whether more than half of them have the problem, and at least `least`.
    fn is_mostly(&self, least: u32) -> bool {
        let kept = self.0.load(Ordering::Relaxed);
        let (seen, problems) = ((kept & !Self::LOWER).count_ones(), (kept & Self::LOWER).count_ones());
        problems >= least && problems * 2 > seen
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};

    use super::*;
    use crate::net::TrustedProxies;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    struct Seen {
        monitor: ProxyMonitor,
        trusted: TrustedProxies,
    }

    impl Seen {
        fn trusting(trusted: &str) -> Self {
            Self { monitor: ProxyMonitor::default(), trusted: trusted.parse().unwrap() }
        }

        /// Sends this many requests with these headers to a route whose silence is significant or not, and returns
        /// whether the state is degraded.
        fn asked(&self, times: u32, headers: &[(&'static str, &str)], is_significant: bool) -> bool {
            let headers: HeaderMap = headers
                .iter()
                .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap()))
                .collect();
            for _ in 0..times {
                let address = self.trusted.client(HERE, &headers);
                self.monitor.record(HERE, &address, is_significant, Duration::ZERO);
            }
            self.monitor.is_degraded()
        }
    }

    const NAMED: &[(&str, &str)] = &[("x-forwarded-for", "203.0.113.9")];

    #[test]
    fn a_proxy_without_client_names_is_noticed_and_forgotten() {
        let seen = Seen::trusting("loopback");
        assert!(!seen.asked(4, &[], true), "that may be anybody on this machine");
        assert!(seen.asked(1, &[], true));
        assert!(seen.asked(40, &[], true));
        assert!(seen.asked(15, NAMED, true), "half of what is remembered");
        assert!(!seen.asked(1, NAMED, true));
    }

    #[test]
    fn probes_from_this_machine_do_not_count_against_the_proxy() {
        let seen = Seen::trusting("loopback");
        assert!(!seen.asked(1000, &[], false), "probes, before anybody has come");
        assert!(!seen.asked(100, NAMED, true));
        assert!(!seen.asked(1000, &[], false), "probes at night");
        assert!(!seen.asked(16, &[], true), "somebody tries something past the proxy");
        // A probe through the proxy shows the proxy's behavior.
        assert!(seen.asked(1, &[("via", "1.1 x")], false));
    }

    #[test]
    fn a_header_without_an_address_names_no_client() {
        for headers in [
            ("x-forwarded-host", "app.example.org"),
            ("x-forwarded-for", "unknown"),
            ("x-real-ip", "203.0.113.9"),
        ] {
            assert!(Seen::trusting("loopback").asked(5, &[headers], false), "{headers:?}");
        }
        assert!(Seen::trusting("vercel").asked(5, NAMED, false), "it does not write this one");
        assert!(!Seen::trusting("vercel").asked(MIN_SILENT, &[("x-real-ip", "203.0.113.9")], false));
    }

    #[test]
    fn an_untrusted_proxy_is_noticed_at_once_and_forgotten_after_other_requests() {
        for sign in
            ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "via", "forwarded", "x-real-ip"]
        {
            for trusted in ["", "10.0.0.0/8"] {
                let seen = Seen::trusting(trusted);
                assert!(!seen.asked(10, &[], false));
                assert!(seen.asked(1, &[(sign, "x")], false), "{sign}");
                assert!(seen.asked(10, &[], false), "probes past the proxy say nothing about it");
                assert!(!seen.asked(1, &[], true), "{sign}");
            }
        }
        assert!(!Seen::trusting("").asked(10, &[("x-request-id", "x"), ("forwardedx", "x")], true));
    }

    #[test]
    fn each_kind_of_warning_is_given_once_an_hour() {
        let warned = Warned::default();
        let minutes = |count| warned.is_due(Duration::from_mins(count));
        assert!(minutes(0) && !minutes(0) && !minutes(59) && minutes(60) && !minutes(119) && minutes(500));
    }
}
