//! Rate limits: where they are counted and how much each policy admits.

use super::reader::Reader;
use super::settings::{Definition, Presence, Problem, Setting, settings};
use crate::limits::Quota;

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
        strict: Quota = RATE_LIMIT_STRICT default("10/60s");
        /// The normal quota, per user.
        normal: Quota = RATE_LIMIT_NORMAL default("120/60s");
        /// The normal quota, per network.
        normal_network: Quota = RATE_LIMIT_NORMAL_NETWORK default("300/60s");
        /// The relaxed quota, per network.
        relaxed: Quota = RATE_LIMIT_RELAXED default("600/60s");
        /// Liveness and readiness probes, per network.
        probe: Quota = RATE_LIMIT_PROBE default("600/60s");
        /// Sign-in, per network.
        login: Quota = RATE_LIMIT_LOGIN follows(strict RATE_LIMIT_STRICT);
        /// Registration, per network.
        register: Quota = RATE_LIMIT_REGISTER follows(strict RATE_LIMIT_STRICT);
        /// What asks for a mail, per network.
        mail: Quota = RATE_LIMIT_MAIL follows(strict RATE_LIMIT_STRICT);
        /// What redeems a mailed link, per network.
        token: Quota = RATE_LIMIT_TOKEN follows(strict RATE_LIMIT_STRICT);
        /// What asks for the current password, per network.
        password: Quota = RATE_LIMIT_PASSWORD follows(strict RATE_LIMIT_STRICT);
        /// Sign-in through a provider, per network.
        oauth: Quota = RATE_LIMIT_OAUTH follows(strict RATE_LIMIT_STRICT);
        /// Going on with a session, per network.
        refresh_network: Quota = RATE_LIMIT_REFRESH_NETWORK follows(normal_network RATE_LIMIT_NORMAL_NETWORK);
        /// Sign-ins of one account from unknown devices.
        login_account: Quota = RATE_LIMIT_LOGIN_ACCOUNT default("5/15m");
        /// Sign-ins of one account from unknown devices, in the long run.
        login_account_day: Quota = RATE_LIMIT_LOGIN_ACCOUNT_DAY default("30/24h");
        /// Sign-ins of one account from a device it knows.
        login_device: Quota = RATE_LIMIT_LOGIN_DEVICE default("10/15m");
        /// Sign-ins of one network, in the long run.
        login_network: Quota = RATE_LIMIT_LOGIN_NETWORK default("100/1h");
    }
}

/// What another host of the same protocol sets for us. Nothing here can serve them yet.
const UPSTASH: [&str; 4] =
    ["UPSTASH_REDIS_REST_URL", "UPSTASH_REDIS_REST_TOKEN", "KV_REST_API_URL", "KV_REST_API_TOKEN"];

/// Above this a quota for guessing passwords no longer hinders guessing.
const STRICT_CEILING: Quota = Quota::of(100, 60);

/// Whether one quota admits more in the long run than the other does.
fn is_looser(one: Quota, other: Quota) -> bool {
    u64::from(one.limit().get()) * u64::from(other.window_secs())
        > u64::from(other.limit().get()) * u64::from(one.window_secs())
}

impl RateLimitConfig {
    /// The quota a variable of the policy catalogue has; `None` for a name that is not one of ours.
    pub(crate) fn quota(&self, variable: &str) -> Option<Quota> {
        let text = match variable {
            "RATE_LIMIT_STRICT" => self.strict,
            "RATE_LIMIT_NORMAL" => self.normal,
            "RATE_LIMIT_NORMAL_NETWORK" => self.normal_network,
            "RATE_LIMIT_RELAXED" => self.relaxed,
            "RATE_LIMIT_PROBE" => self.probe,
            "RATE_LIMIT_LOGIN" => self.login,
            "RATE_LIMIT_REGISTER" => self.register,
            "RATE_LIMIT_MAIL" => self.mail,
            "RATE_LIMIT_TOKEN" => self.token,
            "RATE_LIMIT_PASSWORD" => self.password,
            "RATE_LIMIT_OAUTH" => self.oauth,
            "RATE_LIMIT_REFRESH_NETWORK" => self.refresh_network,
            "RATE_LIMIT_LOGIN_ACCOUNT" => self.login_account,
            "RATE_LIMIT_LOGIN_ACCOUNT_DAY" => self.login_account_day,
            "RATE_LIMIT_LOGIN_DEVICE" => self.login_device,
            "RATE_LIMIT_LOGIN_NETWORK" => self.login_network,
            _ => return None,
        };
        Some(text)
    }

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
        let credentials: [(&'static Definition, Quota); 7] = [
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
            if own && is_looser(quota, STRICT_CEILING) {
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

#[cfg(test)]
mod tests {
    use crate::config::{Config, Env};
    use crate::limits::{BUILT_IN, Policies};
    use crate::ports::SystemRng;

    #[test]
    fn every_number_of_every_policy_has_its_variable_and_its_documented_default() {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite://{}", folder.path().join("p.db").display());
        let config = Config::load(&Env::from_pairs([("DATABASE_URL", database)]), &SystemRng).unwrap();
        for variable in Policies::variables(BUILT_IN.iter().copied()).unwrap() {
            assert_eq!(config.rate_limit.quota(&variable.name), Some(variable.default), "{}", variable.name);
        }
    }
}
