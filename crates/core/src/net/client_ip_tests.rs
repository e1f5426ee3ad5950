//! The address that counts, by its source and its spelling.

use proptest::prelude::*;

use super::*;

type Lines<'a> = &'a [(&'a str, &'a str)];

fn client(trusted: &str, peer: &str, headers: Lines<'_>) -> ClientAddress {
    let trusted: TrustedProxies = trusted.parse().unwrap();
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.append(
            HeaderName::from_bytes(name.as_bytes()).unwrap(),
            HeaderValue::from_bytes(value.as_bytes()).unwrap(),
        );
    }
    trusted.client(peer.parse().unwrap(), &map)
}

fn ip(trusted: &str, peer: &str, headers: Lines<'_>) -> String {
    client(trusted, peer, headers).ip.to_string()
}

const PROXIES: &str = "10.0.0.0/8, 2001:db8:ffff::/48";

#[test]
fn without_trusted_proxies_the_peer_counts_and_forwarding_headers_are_reported() {
    let of_the_kind =
        ["x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-forwarded-port", "x-forwarded-x"];
    for trusted in ["", "192.168.0.0/16", "vercel"] {
        for name in FORWARDING_HEADERS.into_iter().chain(of_the_kind) {
            let client = client(trusted, "203.0.113.9", &[(name, "1.2.3.4")]);
            assert_eq!(client.ip.to_string(), "203.0.113.9", "{name}");
            assert!(client.is_forwarded && client.source == AddressSource::Socket, "{name}");
        }
        let own = [("host", "localhost"), ("x-forwarded", "1.2.3.4"), ("x-request-id", "1.2.3.4")];
        assert!(!client(trusted, "203.0.113.9", &own).is_forwarded);
    }
}

#[test]
fn behind_trusted_proxies_the_rightmost_untrusted_hop_counts() {
    let xff = |value| ip(PROXIES, "10.0.0.1", &[("x-forwarded-for", value)]);
    for (value, expected) in [
        ("203.0.113.9", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9", "203.0.113.9"),
        ("\u{e9}, \u{e9}\", 203.0.113.9", "203.0.113.9"),
        ("1.2.3.4,203.0.113.9,10.0.0.2,10.0.0.3", "203.0.113.9"),
        ("1.2.3.4, 203.0.113.9, 2001:db8:ffff::7", "203.0.113.9"),
        ("10.9.9.9, 203.0.113.9", "203.0.113.9"),
        // All hops are trusted: the farthest is an internal client.
        ("10.0.0.7, 10.0.0.2", "10.0.0.7"),
    ] {
        assert_eq!(xff(value), expected, "{value}");
    }
    assert!(client(PROXIES, "10.0.0.1", &[("x-forwarded-for", "203.0.113.9")]).is_vouched());
}

#[test]
fn a_hop_that_is_not_an_address_ends_the_search_at_the_last_trusted_one() {
    let xff = |value| ip(PROXIES, "10.0.0.1", &[("x-forwarded-for", value)]);
    for (value, expected) in [
        ("garbage", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("1.2.3.4, ", "10.0.0.1"),
        ("1.2.3.4, unknown", "10.0.0.1"),
        ("1.2.3.4, unix:", "10.0.0.1"),
        ("1.2.3.4, <script>, 10.0.0.2", "10.0.0.2"),
        ("1.2.3.4, , 10.0.0.2", "10.0.0.2"),
        ("1.2.3.4, 0.0.0.0", "10.0.0.1"),
    ] {
        assert_eq!(xff(value), expected, "{value}");
    }
    assert_eq!(client(PROXIES, "10.0.0.1", &[("x-forwarded-for", "garbage")]).source, AddressSource::Silent);
}

#[test]
fn several_lines_are_one_list() {
    let lines = [("x-forwarded-for", "1.2.3.4"), ("x-forwarded-for", "203.0.113.9, 10.0.0.2")];
    assert_eq!(ip(PROXIES, "10.0.0.1", &lines), "203.0.113.9");
}

#[test]
fn headers_of_other_proxies_are_ignored() {
    let headers =
        [("x-real-ip", "1.2.3.4"), ("x-vercel-forwarded-for", "1.2.3.4"), ("true-client-ip", "1.2.3.4")];
    let client = client(PROXIES, "10.0.0.1", &headers);
    assert_eq!(client, ClientAddress::new("10.0.0.1".parse().unwrap(), AddressSource::Silent, true));
}

#[test]
fn one_client_has_one_spelling() {
    for (spellings, expected) in [
        (
            &[
                "192.0.2.1",
                "192.0.2.1:443",
                " 192.0.2.1\t",
                "::ffff:192.0.2.1",
                "::FFFF:C000:201",
                "[::ffff:192.0.2.1]:80",
            ] as &[&str],
            "192.0.2.1",
        ),
        (
            &["2001:db8::1", "2001:DB8::1", "2001:0db8:0:0:0:0:0:1", "[2001:db8::1]", "[2001:db8::1]:443"],
            "2001:db8::1",
        ),
        (&["fe80::1%eth0", "fe80::1%25eth0", "[fe80::1%eth1]:80", "fe80::1"], "fe80::1"),
    ] {
        for spelling in spellings {
            assert_eq!(
                address(spelling.as_bytes()).map(|ip| ip.to_string()).as_deref(),
                Some(expected),
                "{spelling}"
            );
        }
    }
}

#[test]
fn a_malformed_address_is_refused() {
    for text in [
        "",
        " ",
        "unknown",
        "_hidden",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "01.2.3.4",
        "0x7f.0.0.1",
        "2130706433",
        "1.2.3.4:",
        "1.2.3.4:x",
        "1.2.3.4:123456",
        "1.2.3.4:80:80",
        "[1.2.3.4]",
        "[::1",
        "::1]",
        "[::1]x",
        "[::1]:",
        "fe80::1%",
        "fe80::1%a b",
        "1.2.3.4%eth0",
        "2001:db8::g",
        "1.2.3.4 5.6.7.8",
        "\"1.2.3.4\"",
        "::",
        "0.0.0.0",
        "::ffff:0.0.0.0",
    ] {
        assert_eq!(address(text.as_bytes()), None, "{text:?}");
    }
    assert_eq!(address(b"\xff"), None);
}

#[test]
fn many_addresses_of_one_customer_are_one_network() {
    let network = |value| client(PROXIES, "10.0.0.1", &[("x-forwarded-for", value)]).network;
    assert_eq!(network("2001:db8:1:2::1"), network("[2001:DB8:1:2:ffff::9]:1234"));
    assert_ne!(network("2001:db8:1:3::1"), network("2001:db8:1:2::1"));
    assert_eq!(network("::ffff:203.0.113.9"), network("203.0.113.9:5555"));
}

#[test]
fn forwarded_is_read_when_it_is_alone() {
    let forwarded = |value| ip(PROXIES, "10.0.0.1", &[("forwarded", value)]);
    for (value, expected) in [
        ("for=203.0.113.9", "203.0.113.9"),
        ("For=\"203.0.113.9:4711\";proto=https;by=10.0.0.1", "203.0.113.9"),
        ("proto=https; for=203.0.113.9", "203.0.113.9"),
        ("for=\"[2001:DB8::17]:4711\"", "2001:db8::17"),
        ("for=1.2.3.4, for=203.0.113.9, for=10.0.0.2", "203.0.113.9"),
        ("for=203.0.113.9;host=\"a,b;for=1.2.3.4\"", "203.0.113.9"),
        ("for=\"203.0.113.\\9\"", "203.0.113.9"),
        ("for=\u{e9}, for=203.0.113.9", "203.0.113.9"),
        ("caf\u{e9}=\u{e9};for=1.2.3.4, for=203.0.113.9;x=\"\u{e9}\"", "203.0.113.9"),
        // From here on the nearest proxy's header is unreadable, so only the proxy itself is known.
        ("for=1.2.3.4, for=unknown", "10.0.0.1"),
        ("for=1.2.3.4, for=_hidden", "10.0.0.1"),
        ("for=1.2.3.4, proto=https", "10.0.0.1"),
        ("for=1.2.3.4,", "10.0.0.1"),
        ("for=\"1.2.3.4, for=203.0.113.9", "10.0.0.1"),
        ("for=\"x, for=\"203.0.113.9\"", "10.0.0.1"),
        ("for=1.2.3.4;for=5.6.7.8", "10.0.0.1"),
        ("for", "10.0.0.1"),
        ("for=", "10.0.0.1"),
        ("for = 1.2.3.4", "10.0.0.1"),
        ("1.2.3.4", "10.0.0.1"),
        ("", "10.0.0.1"),
    ] {
        assert_eq!(forwarded(value), expected, "{value}");
    }
}

#[test]
fn an_open_quote_does_not_affect_the_next_line() {
    let lines = [("forwarded", "for=\"1.2.3.4"), ("forwarded", "for=203.0.113.9")];
    assert_eq!(ip(PROXIES, "10.0.0.1", &lines), "203.0.113.9");
}

#[test]
fn contradicting_headers_name_no_client() {
    for (forwarded, xff) in [
        ("for=1.2.3.4", "203.0.113.9"),
        ("for=203.0.113.9", "1.2.3.4"),
        ("for=203.0.113.9", "garbage"),
        ("for=203.0.113.9", ""),
        ("for=unknown", "203.0.113.9"),
        ("nonsense", "203.0.113.9"),
        ("for=203.0.113.9, for=10.0.0.2", "1.2.3.4, 10.0.0.2"),
        ("for=203.0.113.9, for=1.2.3.4", "203.0.113.9"),
    ] {
        let lines = [("forwarded", forwarded), ("x-forwarded-for", xff)];
        let expected = ClientAddress::new("10.0.0.1".parse().unwrap(), AddressSource::Disputed, true);
        assert_eq!(client(PROXIES, "10.0.0.1", &lines), expected, "{forwarded} {xff}");
        // Only a trusted peer can name two.
        assert_eq!(client(PROXIES, "198.51.100.1", &lines).source, AddressSource::Socket);
    }
}

#[test]
fn agreeing_headers_name_the_client() {
    for (forwarded, xff) in [
        ("for=203.0.113.9", "203.0.113.9"),
        ("for=\"203.0.113.9:4711\";proto=https", "1.2.3.4, 203.0.113.9"),
        // A network in front writes both, and your own proxy behind it only one of them.
        ("for=203.0.113.9", "203.0.113.9, 10.0.0.2"),
        ("for=\"[::ffff:203.0.113.9]\"", "203.0.113.9"),
    ] {
        let lines = [("forwarded", forwarded), ("x-forwarded-for", xff)];
        let client = client(PROXIES, "10.0.0.1", &lines);
        assert!(client.is_vouched() && client.ip.to_string() == "203.0.113.9", "{forwarded} {xff}");
    }
    let unnamed = [("forwarded", "for=unknown"), ("x-forwarded-for", "unknown")];
    assert_eq!(client(PROXIES, "10.0.0.1", &unnamed).source, AddressSource::Silent);
}

#[test]
fn on_vercel_only_its_own_headers_from_loopback_count() {
    let vercel = |headers: Lines<'_>| ip("vercel", "127.0.0.1", headers);
    let (own, real) = (("x-vercel-forwarded-for", "203.0.113.9"), ("x-real-ip", "203.0.113.8"));
    assert_eq!(vercel(&[own, real, ("x-forwarded-for", "1.2.3.4")]), "203.0.113.9");
    assert_eq!(vercel(&[real]), "203.0.113.8");
    assert_eq!(vercel(&[("x-vercel-forwarded-for", "1.2.3.4, 5.6.7.8"), real]), "203.0.113.8");
    assert_eq!(vercel(&[own, own, real]), "203.0.113.8");
    assert_eq!(vercel(&[("x-forwarded-for", "1.2.3.4")]), "127.0.0.1");
    assert_eq!(ip("vercel", "198.51.100.1", &[own, real]), "198.51.100.1");
}

#[test]
fn behind_cloudflare_only_its_own_header_counts() {
    let (edge, other_edge, client) = ("172.64.0.7", "2606:4700::7", "203.0.113.9");
    let named = ("cf-connecting-ip", client);
    for forged in
        ["1.2.3.4", "1.2.3.4, 203.0.113.9", "1.2.3.4, 2a06:98c0:3600::103", "172.64.0.8", "nonsense"]
    {
        let listed = ("x-forwarded-for", forged);
        for peer in [edge, other_edge, "::ffff:172.64.0.7"] {
            assert_eq!(ip("cloudflare", peer, &[named, listed]), client, "{forged}");
        }
        // Without the header, or with two, only the edge is known.
        assert_eq!(ip("cloudflare", edge, &[listed]), edge, "{forged}");
        assert_eq!(ip("cloudflare", edge, &[named, named, listed]), edge, "{forged}");
        // A client that bypasses Cloudflare is counted by its own address.
        assert_eq!(ip("cloudflare", "198.51.100.1", &[named, listed]), "198.51.100.1", "{forged}");
    }
    assert!(super::TrustedProxies::from_str("cloudflare").unwrap().trusts(edge.parse().unwrap()));
}

#[test]
fn a_proxy_between_cloudflare_and_the_server_is_supported() {
    let own = "loopback, cloudflare";
    let named = ("cf-connecting-ip", "203.0.113.9");
    let through = |list: &str| ip(own, "127.0.0.1", &[named, ("x-forwarded-for", list)]);
    assert_eq!(through("1.2.3.4, 203.0.113.9, 172.64.0.7"), "203.0.113.9");
    // A program at Cloudflare, which can write anything into the list, but not into the header.
    let program = [
        ("cf-connecting-ip", "2a06:98c0:3600::103"),
        ("x-forwarded-for", "1.2.3.4, 2a06:98c0:3600::103, 172.64.0.7"),
    ];
    assert_eq!(ip(own, "127.0.0.1", &program), "2a06:98c0:3600::103");
    // A client that bypasses Cloudflare and reaches that proxy cannot name another client.
    assert_eq!(through("172.64.0.7, 198.51.100.1"), "198.51.100.1");
    assert_eq!(through("198.51.100.1"), "198.51.100.1");
    // Without the name, Cloudflare's addresses are ordinary ones.
    assert_eq!(
        ip("loopback", "127.0.0.1", &[named, ("x-forwarded-for", "1.2.3.4, 172.64.0.7")]),
        "172.64.0.7"
    );
}

#[test]
fn a_peer_is_trusted_in_any_spelling_of_its_network() {
    for trusted in ["10.0.0.1", "10.0.0.0/8", "::ffff:10.0.0.0/104", "::ffff:10.0.0.1"] {
        let trusted: TrustedProxies = trusted.parse().unwrap();
        assert!(trusted.trusts("10.0.0.1".parse().unwrap()));
        assert!(trusted.trusts("::ffff:10.0.0.1".parse().unwrap()));
        assert!(!trusted.trusts("11.0.0.1".parse().unwrap()));
    }
}

#[test]
fn an_unbounded_or_malformed_list_is_refused() {
    let wrong = |text: &str| text.parse::<TrustedProxies>().unwrap_err();
    for everyone in ["0.0.0.0/0", "::/0", "10.0.0.0/8, ::ffff:0.0.0.0/96"] {
        assert!(matches!(wrong(everyone), TrustedProxiesError::Everyone(_)), "{everyone}");
    }
    for text in [
        "*",
        "Cloudflare",
        "vercel, cloudflare",
        "10.0.0.0/33",
        "proxy.example",
        "vercel, 10.0.0.1",
        "Vercel",
        "10.0.0.1 10.0.0.2",
    ] {
        assert!(matches!(wrong(text), TrustedProxiesError::Form(_)), "{text}");
    }
    assert_eq!(" , ".parse(), Ok(TrustedProxies::None));
}

proptest! {
    #[test]
    fn a_forged_header_that_the_proxy_does_not_write_is_ignored(
        forged in "((for=)?198\\.51\\.100\\.[0-9]|[ -~]{0,40})",
        header in prop::sample::select(&["x-forwarded-for", "forwarded"][..]),
    ) {
        let own = if header == "forwarded" { ("x-forwarded-for", "203.0.113.9") } else { ("forwarded", "for=203.0.113.9") };
        let found = ip(PROXIES, "10.0.0.1", &[(header, &forged), own]);
        prop_assert!(found == "203.0.113.9" || found == "10.0.0.1", "{}", found);
    }

    #[test]
    fn nothing_an_untrusted_client_writes_changes_its_address(
        forged in prop::collection::vec("[ -~]{0,40}", 0..4),
        header in prop::sample::select(&["x-forwarded-for", "forwarded"][..]),
    ) {
        // The client's lines come first; the trusted proxy appends its own line.
        let own = if header == "forwarded" { "for=203.0.113.9" } else { "203.0.113.9" };
        let lines: Vec<(&str, &str)> = forged.iter().map(|line| (header, line.as_str())).chain([(header, own)]).collect();
        prop_assert_eq!(ip(PROXIES, "10.0.0.1", &lines), "203.0.113.9");
    }

    #[test]
    fn appended_to_the_forged_line_the_result_is_the_client_or_the_proxy(forged in "[ -~]{0,40}") {
        let joined = format!("{forged}, for=203.0.113.9");
        let found = ip(PROXIES, "10.0.0.1", &[("forwarded", &joined)]);
        prop_assert!(found == "203.0.113.9" || found == "10.0.0.1", "{}", found);
        let joined = format!("{forged}, 203.0.113.9");
        prop_assert_eq!(ip(PROXIES, "10.0.0.1", &[("x-forwarded-for", &joined)]), "203.0.113.9");
    }
}
