//! Rate limits: where they are counted and how much each policy admits.

use super::reader::Reader;
use super::settings::{Definition, Presence, Problem, Setting, settings};
use super::values::QuotaText;

/// Where windows are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RateLimitUrl {
    /// In this process: exact for one instance, each further one counts for itself.
    Memory,
}

impl Setting for RateLimitUrl {
    /// What other stores are addressed by holds their password.
    const SECRET: bool = true;

    fn expects() -> String {
        "`memory://`".to_owned()
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        match text.split_once(':').map_or(text, |(scheme, _)| scheme) {
            "memory" if matches!(text, "memory:" | "memory://") => Ok(Self::Memory),
            "redis" | "rediss" => Err("names Redis, which is not available in this build".into()),
            "mongodb" | "mongodb+srv" => Err("names MongoDB, which is not available in this build".into()),
            "upstash" => Err("names Upstash, which is not available in this build".into()),
            _ => Err("names no store of rate limits".into()),
        }
    }

    fn show(&self) -> String {
        match self {
            Self::Memory => "memory://".to_owned(),
        }
    }
}

settings! {
    /// Where windows are counted and how much each policy admits. A quota holds in *any* window of its length.
    pub struct RateLimitConfig in "Rate limits" {
        /// Where windows are counted.
        store: RateLimitUrl = RATE_LIMIT_URL default("memory://");
        /// The strict quota, per network: what the credential policies below start from.
        strict: QuotaText = RATE_LIMIT_STRICT default("10/60s");
        /// The normal quota, per user.
        normal: QuotaText = RATE_LIMIT_NORMAL default("120/60s");
        /// The normal quota, per network.
        normal_network: QuotaText = RATE_LIMIT_NORMAL_NETWORK default("300/60s");
        /// The relaxed quota, per network.
        relaxed: QuotaText = RATE_LIMIT_RELAXED default("600/60s");
        /// Liveness and readiness probes, per network.
        probe: QuotaText = RATE_LIMIT_PROBE default("600/60s");
        /// Sign-in, per network.
        login: QuotaText = RATE_LIMIT_LOGIN follows(strict RATE_LIMIT_STRICT);
        /// Registration, per network.
        register: QuotaText = RATE_LIMIT_REGISTER follows(strict RATE_LIMIT_STRICT);
        /// What asks for a mail, per network.
        mail: QuotaText = RATE_LIMIT_MAIL follows(strict RATE_LIMIT_STRICT);
        /// What redeems a mailed link, per network.
        token: QuotaText = RATE_LIMIT_TOKEN follows(strict RATE_LIMIT_STRICT);
        /// What asks for the current password, per network.
        password: QuotaText = RATE_LIMIT_PASSWORD follows(strict RATE_LIMIT_STRICT);
        /// Sign-in through a provider, per network.
        oauth: QuotaText = RATE_LIMIT_OAUTH follows(strict RATE_LIMIT_STRICT);
        /// Sign-ins of one account from unknown devices.
        login_account: QuotaText = RATE_LIMIT_LOGIN_ACCOUNT default("5/15m");
        /// Sign-ins of one account from unknown devices, in the long run.
        login_account_day: QuotaText = RATE_LIMIT_LOGIN_ACCOUNT_DAY default("30/24h");
        /// Sign-ins of one account from a device it knows.
        login_device: QuotaText = RATE_LIMIT_LOGIN_DEVICE default("10/15m");
        /// Sign-ins of one network, in the long run.
        login_network: QuotaText = RATE_LIMIT_LOGIN_NETWORK default("100/1h");
        /// How many distinct accounts may fail from one network (/24, /48) before it is slowed down.
        spray: QuotaText = RATE_LIMIT_SPRAY default("30/10m");
        /// What a network that was slowed down may still try.
        spray_penalty: QuotaText = RATE_LIMIT_SPRAY_PENALTY default("1/60s");
    }
}

/// What another host of the same protocol sets for us. Nothing here can serve them yet.
const UPSTASH: [&str; 4] =
    ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "KV_REST_API_URL", "KV_REST_API_TOKEN"];

/// Above this a quota for guessing passwords no longer hinders guessing.
const STRICT_CEILING: &str = "100/60s";

impl RateLimitConfig {
    pub(super) fn check(&self, reader: &mut Reader<'_>) {
        if !reader.is_given(Self::RATE_LIMIT_URL) && !reader.failed(Self::RATE_LIMIT_URL) {
            let env = reader.env();
            for name in UPSTASH.into_iter().filter(|name| env.is_set(name)) {
                reader.mistake(
                    name,
                    "names Upstash, which is not available in this build",
                    "nothing, or RATE_LIMIT_URL=memory:// to count in this process",
                );
            }
        }
        let ceiling = QuotaText::parse(STRICT_CEILING);
        let credentials: [(&'static Definition, QuotaText); 7] = [
            (Self::RATE_LIMIT_STRICT, self.strict),
            (Self::RATE_LIMIT_LOGIN, self.login),
            (Self::RATE_LIMIT_REGISTER, self.register),
            (Self::RATE_LIMIT_TOKEN, self.token),
            (Self::RATE_LIMIT_PASSWORD, self.password),
            (Self::RATE_LIMIT_LOGIN_ACCOUNT, self.login_account),
            (Self::RATE_LIMIT_LOGIN_DEVICE, self.login_device),
        ];
        for (definition, quota) in credentials {
            let own = matches!(definition.presence, Presence::Default(_)) || reader.is_given(definition);
            if own && ceiling.as_ref().is_ok_and(|ceiling| quota.is_looser_than(*ceiling)) {
                reader
                    .warn(format!("{}: more than {STRICT_CEILING} hardly hinders guessing", definition.name));
            }
        }
    }

    /// Names that belong to this concern without being declared.
    pub(super) fn is_known(name: &str) -> bool {
        UPSTASH.contains(&name) || name == "KV_REST_API_READ_ONLY_TOKEN"
    }
}
