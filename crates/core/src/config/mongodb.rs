//! The address of a MongoDB database, as far as it can be checked without a driver. No other code parses it.
//!
//! The driver reads the options that it knows. The checks here are those an operator needs before anything
//! connects: whether it is an address at all, which database it names, and whether the connection would be
//! unencrypted.

use std::fmt;
use std::net::IpAddr;

use url::Host;
use zeroize::Zeroizing;

use super::settings::Problem;
use super::userinfo;
use crate::net::is_loopback;

/// The database of an address that names none.
const DATABASE: &str = "palisade";

/// The port of a server that names none.
const PORT: u16 = 27017;

/// The maximum length of a database name in bytes; the server allows 63.
const MAX_NAME: usize = 63;

/// Options that would accept any certificate. `tlsCAFile` names a private authority.
const TRUSTING: [&str; 4] =
    ["tlsinsecure", "tlsallowinvalidcertificates", "tlsallowinvalidhostnames", "sslverifycertificate"];

/// Options that choose the safety of reads and writes, and the value that matches what the stores do anyway.
const CHOSEN: [(&str, &str); 7] = [
    ("readPreference", "primary"),
    ("readPreferenceTags", ""),
    ("maxStalenessSeconds", "-1"),
    ("readConcernLevel", "majority"),
    ("w", "majority"),
    ("journal", "true"),
    ("wTimeoutMS", ""),
];

/// The address of a MongoDB database with its password. `Debug` and [`show`](Self::show) give neither user,
/// password nor options.
#[derive(Clone, PartialEq, Eq)]
pub struct MongoUrl {
    text: Zeroizing<String>,
    scheme: &'static str,
    hosts: Vec<String>,
    database: String,
    is_encrypted: bool,
    bounds_its_pool: bool,
    /// The options that are given but ignored.
    overruled: Vec<&'static str>,
}

impl fmt::Debug for MongoUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show())
    }
}

impl MongoUrl {
    /// Reads `mongodb://` and `mongodb+srv://`; `None` for anything else.
    pub(super) fn parse(text: &str) -> Option<Result<Self, Problem>> {
        let schemes = ["mongodb", "mongodb+srv"];
        let (scheme, rest) = schemes
            .iter()
            .find_map(|scheme| Some((*scheme, text.strip_prefix(scheme)?.strip_prefix("://")?)))?;
        Some(Self::read(text, scheme, rest))
    }

    fn read(text: &str, scheme: &'static str, rest: &str) -> Result<Self, Problem> {
        if text.contains(|letter: char| letter.is_whitespace() || letter.is_control()) {
            return Err("has a space or another character that is not allowed in an address".into());
        }
        userinfo::refuse_placeholder(rest)?;
        // An option may contain an `@`; a password with a `?` has one after it.
        let before_options = rest.split_once('?').map(|(before, _)| before).filter(|rest| rest.contains('/'));
        userinfo::refuse_unencoded(before_options.unwrap_or(rest))?;
        if rest.contains('#') {
            return Err("has a `#`, after which nothing would be read".into());
        }
        let (rest, options) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, hosts) = authority.rsplit_once('@').unwrap_or(("", authority));
        if user.contains('@') || user.matches(':').count() > 1 || path.contains('@') {
            return Err(userinfo::UNENCODED.into());
        }
        let is_srv = scheme.ends_with("+srv");
        let hosts: Vec<String> = hosts.split(',').map(str::to_ascii_lowercase).collect();
        if hosts.iter().any(|host| host_of(host).is_none()) {
            return Err("names no server, or one whose host is invalid".into());
        }
        if is_srv && (hosts.len() > 1 || hosts.iter().any(|host| host.contains(':'))) {
            return Err("must name one cluster, without a port, after `mongodb+srv://`".into());
        }
        let database = if path.is_empty() { DATABASE } else { path };
        if database.len() > MAX_NAME
            || !database.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
        {
            return Err("must name a database of letters, digits, `-` and `_`".into());
        }
        if ["admin", "config", "local"].contains(&database.to_ascii_lowercase().as_str()) {
            return Err("names a database that belongs to the server itself".into());
        }
        let mut is_encrypted = is_srv;
        let mut bounds_its_pool = false;
        let mut overruled = Vec::new();
        for option in options.split('&').filter(|option| !option.is_empty()) {
            let (name, value) = option.split_once('=').ok_or("contains an option without a value")?;
            let name = name.to_ascii_lowercase();
            if TRUSTING.contains(&name.as_str()) {
                return Err(
                    "would accept any certificate; name the server's authority with `tlsCAFile`".into()
                );
            }
            if matches!(name.as_str(), "tls" | "ssl") {
                is_encrypted = value.eq_ignore_ascii_case("true");
            }
            bounds_its_pool |= name == "maxpoolsize";
            let chosen = CHOSEN.iter().find(|(chosen, _)| chosen.eq_ignore_ascii_case(&name));
            if let Some((chosen, same)) = chosen
                && !same.eq_ignore_ascii_case(value)
            {
                overruled.push(*chosen);
            }
        }
        let database = database.to_owned();
        let text = Zeroizing::new(text.to_owned());
        Ok(Self { text, scheme, hosts, database, is_encrypted, bounds_its_pool, overruled })
    }

    /// The whole address, with the password.
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// The name of the database.
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Servers and database, without user, password and options.
    pub fn show(&self) -> String {
        format!("{}://{}/{}", self.scheme, self.hosts.join(","), self.database)
    }

    /// The same text for every address of one database: the servers are sorted, each with its port.
    pub fn name(&self) -> String {
        let with_port = |host: &String| match split(host) {
            (_, Some(_)) => host.clone(),
            (_, None) if self.scheme.ends_with("+srv") => host.clone(),
            (_, None) => format!("{host}:{PORT}"),
        };
        let mut hosts: Vec<String> = self.hosts.iter().map(with_port).collect();
        hosts.sort();
        format!("{}://{}/{}", self.scheme, hosts.join(","), self.database)
    }

    /// The options that are given but ignored: the stores decide which servers they read, and when a write counts
    /// as done.
    pub(super) fn overruled(&self) -> &[&'static str] {
        &self.overruled
    }

    /// Whether it says how many connections this process may open.
    pub(super) fn bounds_its_pool(&self) -> bool {
        self.bounds_its_pool
    }

    /// Whether the stored data and the password would cross a network unencrypted.
    pub(super) fn is_in_the_clear(&self) -> bool {
        let is_local = |host: &String| host_of(host).is_some_and(|host| is_loopback(&host));
        !self.is_encrypted && !self.hosts.iter().all(is_local)
    }
}

/// Host and port of `host`, `host:port` or `[address]:port`.
fn split(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (text, None),
    }
}

/// The host of `host`, `host:port` or `[address]:port`.
fn host_of(text: &str) -> Option<Host<String>> {
    let (host, port) = split(text);
    if port.is_some_and(|port| port.parse::<u16>().map_or(true, |port| port == 0)) {
        return None;
    }
    if let Some(address) = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        return match address.parse().ok()? {
            IpAddr::V6(address) => Some(Host::Ipv6(address)),
            IpAddr::V4(_) => None,
        };
    }
    let is_name = |host: &str| {
        let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_');
        !host.is_empty() && host.bytes().all(letter)
    };
    match host.parse() {
        Ok(address) => Some(Host::Ipv4(address)),
        Err(_) => is_name(host).then(|| Host::Domain(host.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> MongoUrl {
        MongoUrl::parse(text).unwrap().unwrap_or_else(|_| panic!("{text} was refused"))
    }

    #[test]
    fn an_address_names_servers_and_a_database() {
        for (text, shown) in [
            ("mongodb://db", "mongodb://db/palisade"),
            ("mongodb://db/", "mongodb://db/palisade"),
            ("mongodb://db?replicaSet=rs0", "mongodb://db/palisade"),
            ("mongodb://a:27017,b:27018/shop?replicaSet=rs0", "mongodb://a:27017,b:27018/shop"),
            ("mongodb://ada:p%40ss@[::1]:27017/shop", "mongodb://[::1]:27017/shop"),
            (
                "mongodb+srv://ada:secret@cluster0.example.net/shop?w=majority",
                "mongodb+srv://cluster0.example.net/shop",
            ),
        ] {
            assert_eq!(read(text).show(), shown, "{text}");
            assert_eq!(format!("{:?}", read(text)), shown);
        }
        assert!(MongoUrl::parse("sqlite://a.db").is_none());
        assert!(MongoUrl::parse("mongodb:db").is_none());
    }

    #[test]
    fn the_name_of_a_place_is_the_same_however_it_is_reached() {
        for (text, name) in [
            ("mongodb://ada:hunter2@B:27018,a/x?replicaSet=rs0", "mongodb://a:27017,b:27018/x"),
            ("mongodb://a,b:27018/x", "mongodb://a:27017,b:27018/x"),
            ("mongodb://[::1],a", "mongodb://[::1]:27017,a:27017/palisade"),
            ("mongodb+srv://ada:hunter2@db.example.org/y?tls=true", "mongodb+srv://db.example.org/y"),
        ] {
            assert_eq!(read(text).name(), name);
        }
    }

    #[test]
    fn what_is_no_address_is_refused_without_repeating_it() {
        for text in [
            "mongodb://",
            "mongodb:///shop",
            "mongodb://a,,b",
            "mongodb://a:0",
            "mongodb://a:port",
            "mongodb://[127.0.0.1]",
            "mongodb://%2Ftmp%2Fmongodb.sock",
            "mongodb://ada:hunter2@x@db",
            "mongodb://ada:hunter2/x@db",
            "mongodb://ada:hunter2:x@db",
            "mongodb://ada:hunter2 @db",
            "mongodb://ada:hunter2?@db",
            "mongodb://ada:hunter2#@db",
            "mongodb://ada:<password>@db",
            "mongodb+srv://ada:<db_password>@cluster0.example.net/shop?appName=<hunter2>",
            "mongodb+srv://a,b",
            "mongodb+srv://a:27017",
            "mongodb://db/admin",
            "mongodb://db/a.b",
            "mongodb://db/shop/more",
            "mongodb://db/shop?tls",
            "mongodb://db/shop?tlsInsecure=true",
            "mongodb://db/shop?tlsAllowInvalidCertificates=true",
        ] {
            let problem = MongoUrl::parse(text).unwrap().map(|_| ()).unwrap_err();
            assert!(!format!("{problem:?}").contains("hunter2"), "{text}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_password_is_said_of_the_password() {
        for text in ["u:a@b@db", "u:a/b@db", "u:a?b@db", "u:a#b@db", "u:a:b@db", "u:a[b@db"] {
            let problem = MongoUrl::parse(&format!("mongodb://{text}/shop?w=majority")).unwrap().unwrap_err();
            assert_eq!(problem, userinfo::UNENCODED, "{text}");
        }
        let problem = MongoUrl::parse("mongodb://u:<password>@db/shop").unwrap().unwrap_err();
        assert!(problem.contains("placeholder"), "{problem}");
        assert_eq!(read("mongodb://db/shop?appName=me@work").hosts, ["db"]);
    }

    #[test]
    fn an_option_that_is_not_followed_is_known_unless_it_says_what_is_done_anyway() {
        for (options, expected) in [
            ("w=majority&journal=true&readPreference=primary&readConcernLevel=majority", &[][..]),
            ("W=1&readpreference=secondaryPreferred", &["w", "readPreference"]),
            ("journal=false&wtimeoutMS=5", &["journal", "wTimeoutMS"]),
            ("retryWrites=true&appName=shop", &[]),
        ] {
            assert_eq!(read(&format!("mongodb://db/shop?{options}")).overruled(), expected, "{options}");
        }
    }

    #[test]
    fn only_a_server_elsewhere_without_tls_is_in_the_clear() {
        for (text, expected) in [
            ("mongodb://db", true),
            ("mongodb://127.0.0.1,db", true),
            ("mongodb://db?tls=true", false),
            ("mongodb://db?ssl=TRUE", false),
            ("mongodb://localhost:27017,127.0.0.1,[::1]", false),
            ("mongodb+srv://cluster0.example.net", false),
            ("mongodb+srv://cluster0.example.net/?tls=false", true),
        ] {
            assert_eq!(read(text).is_in_the_clear(), expected, "{text}");
        }
    }
}
