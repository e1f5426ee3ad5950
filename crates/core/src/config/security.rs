//! Secrets, and who is trusted: sealing keys, allowed origins, proxies in front.

use std::fmt;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use zeroize::Zeroizing;

use super::origin::Origins;
use super::reader::Reader;
use super::settings::{Problem, Setting, settings};
use super::values::SecretText;
use crate::server::client_ip::{TrustedProxies, TrustedProxiesError};

/// Ids of keys that development made. Production refuses them.
pub(super) const DEVELOPMENT_PREFIX: &str = "dev-";

/// One sealing key: 256 random bits and the id written into what they seal.
#[derive(Clone, PartialEq, Eq)]
pub struct SealingKey {
    id: String,
    bytes: Zeroizing<[u8; 32]>,
}

impl SealingKey {
    pub(super) fn new(id: String, bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { id, bytes }
    }

    /// The id: 1 to 32 of `a-z`, `0-9` and `-`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(super) fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(format!("{}:{}", self.id, BASE64.encode(&self.bytes[..])))
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let (id, encoded) = text.split_once(':').ok_or("has no `:` between id and key")?;
        let valid = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-');
        if id.is_empty() || id.len() > 32 || !id.bytes().all(valid) {
            return Err("has an id that is not 1 to 32 of `a-z`, `0-9` and `-`");
        }
        let decoded = BASE64.decode(encoded).or_else(|_| BASE64_URL.decode(encoded));
        let decoded = Zeroizing::new(decoded.map_err(|_| "is not base64")?);
        let bytes: [u8; 32] = decoded.as_slice().try_into().map_err(|_| "is not exactly 32 bytes long")?;
        let bytes = Zeroizing::new(bytes);
        if !is_random(&bytes) {
            return Err("is no random key");
        }
        Ok(Self { id: id.to_owned(), bytes })
    }
}

impl fmt::Debug for SealingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SealingKey({}, …)", self.id)
    }
}

const BASE64: GeneralPurpose = lenient_about_padding(&alphabet::STANDARD);
const BASE64_URL: GeneralPurpose = lenient_about_padding(&alphabet::URL_SAFE);

const fn lenient_about_padding(alphabet: &alphabet::Alphabet) -> GeneralPurpose {
    let padding = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    GeneralPurpose::new(alphabet, padding)
}

/// Refuses what a person or a sample would write: text, few different bytes, a count. 32 random bytes pass with all
/// but a chance of 10⁻¹³.
fn is_random(bytes: &[u8; 32]) -> bool {
    let mut distinct = bytes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let few = distinct.len() < 16;
    distinct.clear();
    let text = bytes.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace());
    let mut steps = bytes.windows(2).map(|pair| match pair {
        [before, after] => after.wrapping_sub(*before),
        _ => 0,
    });
    let first = steps.next();
    let count = steps.all(|step| Some(step) == first);
    !few && !text && !count
}

/// The sealing keys. The first one seals; all of them open. Never empty, no id and no key twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealingKeys {
    first: SealingKey,
    older: Vec<SealingKey>,
}

impl SealingKeys {
    /// The key that seals.
    pub fn sealing(&self) -> &SealingKey {
        &self.first
    }

    /// Every key, the sealing one first.
    pub fn iter(&self) -> impl Iterator<Item = &SealingKey> {
        std::iter::once(&self.first).chain(&self.older)
    }

    /// As they are written in `SECRET_KEYS`. Whoever calls this answers for where it goes.
    pub fn expose_text(&self) -> Zeroizing<String> {
        let texts: Vec<Zeroizing<String>> = self.iter().map(SealingKey::to_text).collect();
        Zeroizing::new(texts.iter().map(|text| text.as_str()).collect::<Vec<_>>().join(","))
    }

    fn are_from_development(&self) -> bool {
        self.iter().any(|key| key.id.starts_with(DEVELOPMENT_PREFIX))
    }
}

impl Setting for SealingKeys {
    const SECRET: bool = true;

    fn expects() -> String {
        "`id:base64` pairs separated by commas, each key 32 random bytes (`openssl rand -base64 32`)"
            .to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        let mut keys: Vec<SealingKey> = Vec::new();
        for (at, part) in text.split(',').enumerate() {
            let number = at + 1;
            let key = SealingKey::read(part.trim()).map_err(|problem| format!("key {number} {problem}"))?;
            if keys.iter().any(|known| known.id == key.id) {
                return Err(format!("key {number} has the id of an earlier one").into());
            }
            if keys.iter().any(|known| known.bytes == key.bytes) {
                return Err(format!("key {number} is an earlier one under another id").into());
            }
            keys.push(key);
        }
        let mut keys = keys.into_iter();
        let first = keys.next().ok_or("holds no key")?;
        Ok(Self { first, older: keys.collect() })
    }

    fn show(&self) -> String {
        self.iter().map(|key| format!("{}:…", key.id)).collect::<Vec<_>>().join(",")
    }
}

/// A secret a person or a tool chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passphrase(SecretText);

impl Passphrase {
    /// The text itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }

    /// Whether it looks like what documentation shows, or like nothing anyone would have to guess.
    pub(super) fn is_sample(&self) -> bool {
        const SAMPLES: [&str; 12] = [
            "changeme",
            "change-me",
            "change_me",
            "example",
            "sample",
            "secret",
            "password",
            "palisade",
            "placeholder",
            "your-",
            "12345678",
            "qwerty",
        ];
        let text = Zeroizing::new(self.expose().to_lowercase());
        let mut distinct: Vec<char> = text.chars().collect();
        distinct.sort_unstable();
        distinct.dedup();
        distinct.len() < 6
            || text.starts_with(DEVELOPMENT_PREFIX)
            || SAMPLES.iter().any(|word| text.contains(word))
    }
}

impl Setting for Passphrase {
    const SECRET: bool = true;

    fn expects() -> String {
        "a secret text".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        Ok(Self(SecretText::new(text)))
    }

    fn show(&self) -> String {
        "(set)".to_owned()
    }
}

/// What a scheduler shows to start a job, as `Authorization: Bearer …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CronSecret(Passphrase);

impl CronSecret {
    /// The text itself. Compare it in constant time.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl Setting for CronSecret {
    const SECRET: bool = true;

    fn expects() -> String {
        "32 to 256 visible ASCII characters (`openssl rand -hex 32`)".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        if !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err("holds spaces or characters beyond ASCII".into());
        }
        if !(32..=256).contains(&text.len()) {
            return Err("has the wrong length".into());
        }
        Passphrase::parse(text).map(Self)
    }

    fn show(&self) -> String {
        self.0.show()
    }
}

impl Setting for TrustedProxies {
    fn expects() -> String {
        "networks separated by commas (`10.0.0.0/8,2001:db8::/32,192.0.2.7`), or `vercel`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        text.parse().map_err(|error: TrustedProxiesError| error.to_string().into())
    }

    fn show(&self) -> String {
        match self {
            Self::None => String::new(),
            Self::Vercel => "vercel".to_owned(),
            Self::Networks(networks) => {
                networks.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
            }
        }
    }
}

settings! {
    /// Secrets and trust as they are written in the environment.
    pub(super) struct SecuritySettings in "Security" {
        /// The keys that seal what the store keeps secret: signing keys, the password pepper, mailed tokens. The first
        /// one seals, all of them open; put a new one in front to rotate.
        secret_keys: SealingKeys = SECRET_KEYS required("made once in development, beside the embedded store") like "2026a:…";
        /// Other origins whose pages may call this server with cookies.
        cors_origins: Origins = CORS_ORIGINS optional("only pages of `APP_URL`") like "https://www.example.org";
        /// Other origins a sign-in may return to.
        return_to_origins: Origins = RETURN_TO_ORIGINS optional("only `APP_URL`") like "https://www.example.org";
        /// Proxies whose word about the client's address is taken.
        trusted_proxies: TrustedProxies = TRUSTED_PROXIES optional("nobody's word is taken") like "10.0.0.0/8";
        /// What a scheduler shows to start a job under `/api/v1/cron`.
        cron_secret: CronSecret = CRON_SECRET optional("jobs cannot be started from outside");
    }
}

/// Secrets and trust.
#[derive(Clone, Debug)]
pub struct SecurityConfig {
    /// The keys that seal what the store keeps secret.
    pub secret_keys: SealingKeys,
    /// Other origins whose pages may call this server with cookies.
    pub cors_origins: Origins,
    /// Other origins a sign-in may return to.
    pub return_to_origins: Origins,
    /// Whose word about the client's address is taken.
    pub trusted_proxies: TrustedProxies,
    /// What a scheduler shows to start a job; without it none can be started.
    pub cron_secret: Option<CronSecret>,
}

impl SecuritySettings {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        for key in self.secret_keys.iter().flat_map(SealingKeys::iter) {
            reader.keep(Self::SECRET_KEYS, &BASE64.encode(key.expose()));
        }
        if let Some(secret) = &self.cron_secret {
            reader.keep(Self::CRON_SECRET, secret.expose());
        }
        if self.trusted_proxies == Some(TrustedProxies::Vercel) && !reader.env().is_set("VERCEL") {
            reader.warn("TRUSTED_PROXIES: is `vercel`, but nothing else says that this is Vercel; elsewhere anyone can send its headers");
        }
        if reader.is_production() {
            self.check_production(reader);
        }
    }

    fn check_production(&self, reader: &mut Reader<'_>) {
        if self.secret_keys.as_ref().is_some_and(SealingKeys::are_from_development) {
            reader.refuse(Self::SECRET_KEYS, "holds a key that was made for development (`dev-…`)");
        }
        if self.cron_secret.as_ref().is_some_and(|secret| secret.0.is_sample()) {
            reader.refuse(Self::CRON_SECRET, "is a sample or easily guessed");
        }
        let insecure = |origins: &Option<Origins>| origins.iter().flatten().any(|origin| !origin.is_secure());
        for (definition, origins) in
            [(Self::CORS_ORIGINS, &self.cors_origins), (Self::RETURN_TO_ORIGINS, &self.return_to_origins)]
        {
            if insecure(origins) {
                reader.refuse_for(
                    definition,
                    "holds an origin that is not `https`",
                    "only `https://` origins in production",
                );
            }
        }
    }

    pub(super) fn with_keys(self, secret_keys: SealingKeys) -> SecurityConfig {
        SecurityConfig {
            secret_keys,
            cors_origins: self.cors_origins.unwrap_or_default(),
            return_to_origins: self.return_to_origins.unwrap_or_default(),
            trusted_proxies: self.trusted_proxies.unwrap_or_default(),
            cron_secret: self.cron_secret,
        }
    }
}
