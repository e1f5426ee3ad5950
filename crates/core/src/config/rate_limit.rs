//! Rate limits: the store that counts them, and the quota of each policy.

use super::limit_store::{KeyPrefix, LimitStoreChoice, RateLimitUrl, StoreTimeout, Unshared};
use super::reader::Reader;
use super::settings::{Definition, Presence, settings};
use super::store::DatabaseUrl;
use super::trust::CaFile;
use super::upstash::{RestToken, RestUrl, UpstashRest};
use super::values::Size;
use crate::limits::Quota;

settings! {
    /// The store that counts rate limits, and the quota of each policy. A quota holds in *any* window of its
    /// length.
    pub struct RateLimitConfig in "Rate limits" {
        /// The store that counts rate limits.
        url: RateLimitUrl = RATE_LIMIT_URL optional("Upstash if its variables are set, else this process");
        /// The REST interface of Upstash, under the name in its console.
        upstash_url: RestUrl = UPSTASH_REDIS_REST_URL optional("`KV_REST_API_URL`") like "https://name.upstash.io";
        /// The token of that interface.
        upstash_token: RestToken = UPSTASH_REDIS_REST_TOKEN optional("`KV_REST_API_TOKEN`");
        /// The same interface, under its name at Vercel.
        kv_url: RestUrl = KV_REST_API_URL optional("Upstash is not used") like "https://name.upstash.io";
        /// The token of that interface, under its name at Vercel.
        kv_token: RestToken = KV_REST_API_TOKEN optional("Upstash is not used");
        /// The authorities that may sign the certificate of Redis or Upstash, instead of those of SSL_CERT_FILE; an
        /// address of MongoDB names them in `tlsCAFile`.
        authorities: CaFile = RATE_LIMIT_CA_FILE optional("as SSL_CERT_FILE") like "/etc/palisade/authority.pem";
        /// The prefix of every key in a shared store. Deployments that share a server but not their limits need
        /// different prefixes.
        prefix: KeyPrefix = RATE_LIMIT_PREFIX default("palisade");
        /// How long the shared store may take for a decision; after that this process decides until the store answers again.
        timeout: StoreTimeout = RATE_LIMIT_TIMEOUT default("100ms");
        /// How much memory the counters of this process may take.
        memory: Size<1_048_576, 4_293_918_720> = RATE_LIMIT_MEMORY default("64MiB");
        /// Whether production may run on a serverless platform although every instance counts for itself.
        unshared: Unshared = RATE_LIMIT_UNSHARED default("refuse");
        /// The strict quota, per network: the default of the credential policies below.
        strict: Quota = RATE_LIMIT_STRICT default("10/60s");
        /// The normal quota, per user.
        normal: Quota = RATE_LIMIT_NORMAL default("120/60s");
        /// The normal quota, per network.
        normal_network: Quota = RATE_LIMIT_NORMAL_NETWORK default("300/60s");
        /// The relaxed quota, per network.
        relaxed: Quota = RATE_LIMIT_RELAXED default("600/60s");
        /// Liveness and readiness probes, per network.
        probe: Quota = RATE_LIMIT_PROBE default("600/60s");
        /// Requests with an API key, per key. The limit of the network counts them as well.
        api_key: Quota = RATE_LIMIT_API_KEY default("600/60s");
        /// Jobs that a scheduler starts, per network.
        cron: Quota = RATE_LIMIT_CRON follows(strict RATE_LIMIT_STRICT);
        /// Requests that lead nowhere, per network: blocked cross-site requests, unknown paths and methods.
        refused: Quota = RATE_LIMIT_REFUSED follows(relaxed RATE_LIMIT_RELAXED);
        /// Sign-in, per network.
        login: Quota = RATE_LIMIT_LOGIN follows(strict RATE_LIMIT_STRICT);
        /// Registration, per network.
        register: Quota = RATE_LIMIT_REGISTER follows(strict RATE_LIMIT_STRICT);
        /// Sign-ins through providers, per network: each return from a provider.
        oauth: Quota = RATE_LIMIT_OAUTH follows(strict RATE_LIMIT_STRICT);
        /// Requests that send a mail, per network.
        mail: Quota = RATE_LIMIT_MAIL follows(strict RATE_LIMIT_STRICT);
        /// Requests that redeem a mailed link, per network.
        token: Quota = RATE_LIMIT_TOKEN follows(strict RATE_LIMIT_STRICT);
        /// Requests behind a session that prove the caller's password, per network.
        password: Quota = RATE_LIMIT_PASSWORD follows(strict RATE_LIMIT_STRICT);
        /// The same requests, per user.
        password_user: Quota = RATE_LIMIT_PASSWORD_USER default("10/15m");
        /// Session refreshes, per network.
        refresh_network: Quota = RATE_LIMIT_REFRESH_NETWORK follows(normal_network RATE_LIMIT_NORMAL_NETWORK);
        /// Sign-ins of one account from unknown devices.
        login_account: Quota = RATE_LIMIT_LOGIN_ACCOUNT default("5/15m");
        /// Sign-ins of one account from unknown devices, over a longer time.
        login_account_day: Quota = RATE_LIMIT_LOGIN_ACCOUNT_DAY default("30/24h");
        /// Sign-ins of one account from a known device.
        login_device: Quota = RATE_LIMIT_LOGIN_DEVICE default("10/15m");
        /// How many sign-ins in a row may fail with a known device. Above it the device counts as unknown until the
        /// failures have left the window.
        login_device_failing: Quota = RATE_LIMIT_LOGIN_DEVICE_FAILING default("10/24h");
        /// At how many different accounts sign-ins from one wide network (IPv4 /24, IPv6 /48) may fail.
        login_spray: Quota = RATE_LIMIT_LOGIN_SPRAY default("30/10m");
        /// Sign-ins from a wide network that has exceeded that number, from devices that are unknown to the
        /// account.
        login_spraying: Quota = RATE_LIMIT_LOGIN_SPRAYING default("1/60s");
        /// Sign-ins of one network, over a longer time.
        login_network: Quota = RATE_LIMIT_LOGIN_NETWORK default("100/1h");
    }
}

/// Above this a quota hardly slows password guessing.
const STRICT_CEILING: Quota = Quota::of(100, 60);

/// The maximum number of accounts whose failures are remembered for a network, if all of them are in one document:
/// 100 to 150 bytes for each, of the 16 MB that a document can have. A network without an attacker stays far below
/// this.
const MOST_TRIED: u32 = 10_000;

/// Whether one quota admits more over a long time than the other.
fn is_looser(one: Quota, other: Quota) -> bool {
    u64::from(one.limit().get()) * u64::from(other.window_secs())
        > u64::from(other.limit().get()) * u64::from(one.window_secs())
}

impl RateLimitConfig {
    /// The quota of a variable of the policy catalogue; `None` for a name that is not built in.
    pub(crate) fn quota(&self, variable: &str) -> Option<Quota> {
        let text = match variable {
            "RATE_LIMIT_STRICT" => self.strict,
            "RATE_LIMIT_NORMAL" => self.normal,
            "RATE_LIMIT_NORMAL_NETWORK" => self.normal_network,
            "RATE_LIMIT_RELAXED" => self.relaxed,
            "RATE_LIMIT_PROBE" => self.probe,
            "RATE_LIMIT_API_KEY" => self.api_key,
            "RATE_LIMIT_CRON" => self.cron,
            "RATE_LIMIT_REFUSED" => self.refused,
            "RATE_LIMIT_LOGIN" => self.login,
            "RATE_LIMIT_REGISTER" => self.register,
            "RATE_LIMIT_OAUTH" => self.oauth,
            "RATE_LIMIT_MAIL" => self.mail,
            "RATE_LIMIT_TOKEN" => self.token,
            "RATE_LIMIT_PASSWORD" => self.password,
            "RATE_LIMIT_PASSWORD_USER" => self.password_user,
            "RATE_LIMIT_REFRESH_NETWORK" => self.refresh_network,
            "RATE_LIMIT_LOGIN_ACCOUNT" => self.login_account,
            "RATE_LIMIT_LOGIN_ACCOUNT_DAY" => self.login_account_day,
            "RATE_LIMIT_LOGIN_DEVICE" => self.login_device,
            "RATE_LIMIT_LOGIN_NETWORK" => self.login_network,
            "RATE_LIMIT_LOGIN_DEVICE_FAILING" => self.login_device_failing,
            "RATE_LIMIT_LOGIN_SPRAY" => self.login_spray,
            "RATE_LIMIT_LOGIN_SPRAYING" => self.login_spraying,
            _ => return None,
        };
        Some(text)
    }

    pub(super) fn check(&self, documents: &DatabaseUrl, reader: &mut Reader<'_>) {
        self.check_store(documents, reader);
        let credentials: [(&'static Definition, Quota); 8] = [
            (Self::RATE_LIMIT_STRICT, self.strict),
            (Self::RATE_LIMIT_LOGIN, self.login),
            (Self::RATE_LIMIT_REGISTER, self.register),
            (Self::RATE_LIMIT_TOKEN, self.token),
            (Self::RATE_LIMIT_PASSWORD, self.password),
            (Self::RATE_LIMIT_PASSWORD_USER, self.password_user),
            (Self::RATE_LIMIT_LOGIN_ACCOUNT, self.login_account),
            (Self::RATE_LIMIT_LOGIN_DEVICE, self.login_device),
        ];
        for (definition, quota) in credentials {
            let own = matches!(definition.presence, Presence::Default(_)) || reader.is_given(definition);
            if own && is_looser(quota, STRICT_CEILING) {
                reader.warn(format!("{}: more than {STRICT_CEILING} hardly slows guessing", definition.name));
            }
        }
    }

    /// The store that counts when the documents are in `documents`: the one of `RATE_LIMIT_URL`, else Upstash, else
    /// this process.
    pub fn store(&self, documents: &DatabaseUrl) -> LimitStoreChoice {
        match (&self.url, documents) {
            (Some(RateLimitUrl::Redis(url)), _) => {
                LimitStoreChoice::Redis(url.clone().trusting(self.authorities.clone()))
            }
            (Some(RateLimitUrl::MongoDb(url)), _) => LimitStoreChoice::MongoDb(url.clone()),
            (Some(RateLimitUrl::WithDocuments), DatabaseUrl::MongoDb(url)) => {
                LimitStoreChoice::MongoDb(url.clone())
            }
            // `check_store` refuses the embedded store, so the second never serves.
            (Some(RateLimitUrl::Memory | RateLimitUrl::WithDocuments), _) => LimitStoreChoice::Memory,
            (None, _) => self.upstash().map_or(LimitStoreChoice::Memory, LimitStoreChoice::Upstash),
        }
    }

    /// Address and token that belong together: a platform's integration sets both pairs, and each pair is complete.
    fn upstash(&self) -> Option<UpstashRest> {
        let pairs = [(&self.upstash_url, &self.upstash_token), (&self.kv_url, &self.kv_token)];
        let whole = |(url, token): (&Option<RestUrl>, &Option<RestToken>)| {
            Some(UpstashRest {
                url: url.clone()?,
                token: token.clone()?,
                authorities: self.authorities.clone(),
            })
        };
        pairs.into_iter().find_map(whole)
    }

    fn check_store(&self, documents: &DatabaseUrl, reader: &mut Reader<'_>) {
        if self.url.is_none() && !reader.failed(Self::RATE_LIMIT_URL) {
            for (url, token) in [
                (Self::UPSTASH_REDIS_REST_URL, Self::UPSTASH_REDIS_REST_TOKEN),
                (Self::KV_REST_API_URL, Self::KV_REST_API_TOKEN),
            ] {
                for (given, missing) in [(url, token), (token, url)] {
                    if reader.is_given(given) && !reader.is_given(missing) && !reader.failed(missing) {
                        let problem = format!("is set without {}", missing.name);
                        reader.refuse_for(given, problem, "both, or RATE_LIMIT_URL to count elsewhere");
                    }
                }
            }
        }
        match (&self.url, documents) {
            (Some(RateLimitUrl::Redis(url)), _) if url.sends_password_openly() => {
                reader.warn("RATE_LIMIT_URL: sends its password without TLS; use `rediss://`");
            }
            (Some(RateLimitUrl::MongoDb(url)), _) if reader.is_production() && url.is_in_the_clear() => {
                reader.warn("RATE_LIMIT_URL: sends its password without TLS; set `tls=true`");
            }
            (Some(RateLimitUrl::WithDocuments), DatabaseUrl::Sqlite(_)) => reader.refuse_for(
                Self::RATE_LIMIT_URL,
                "means the database of DATABASE_URL, which is the embedded store",
                "a DATABASE_URL in MongoDB, or another store for limits",
            ),
            _ => {}
        }
        if let Some(RateLimitUrl::MongoDb(url)) = &self.url {
            for option in url.overruled() {
                reader.warn(format!(
                    "RATE_LIMIT_URL: `{option}` is ignored: limits are counted on the primary, and a count is done when \
                     the primary has it"
                ));
            }
        }
        if matches!(self.store(documents), LimitStoreChoice::MongoDb(_))
            && self.login_spray.limit().get() > MOST_TRIED
        {
            reader.refuse_for(
                Self::RATE_LIMIT_LOGIN_SPRAY,
                "remembers more accounts than fit into one document of MongoDB",
                format!("at most {MOST_TRIED}, or another store of limits"),
            );
        }
        let takes_it = match self.store(documents) {
            LimitStoreChoice::Redis(url) => url.is_encrypted(),
            LimitStoreChoice::Upstash(_) => true,
            LimitStoreChoice::MongoDb(_) | LimitStoreChoice::Memory => false,
        };
        if self.authorities.is_some() && !takes_it {
            reader.warn("RATE_LIMIT_CA_FILE: is not used: limits are not in Redis or Upstash over TLS");
        }
        let serverless = reader.env().is_set("VERCEL");
        let in_memory = matches!(self.store(documents), LimitStoreChoice::Memory);
        if serverless && reader.is_production() && in_memory {
            if self.unshared == Unshared::Allow {
                reader.warn("RATE_LIMIT_UNSHARED: every instance counts for itself and forgets when it ends");
            } else {
                reader.refuse_for(
                    Self::RATE_LIMIT_URL,
                    "counts in this process, and on Vercel the next request may reach another one",
                    "a shared store (Upstash, Redis, MongoDB), or RATE_LIMIT_UNSHARED=allow",
                );
            }
        }
    }

    /// Names that belong to this concern but are not declared.
    pub(super) fn is_known(name: &str) -> bool {
        name == "KV_REST_API_READ_ONLY_TOKEN"
    }
}

#[cfg(test)]
mod tests {
    use crate::config::{Config, Env};
    use crate::limits::{BUILT_IN, Policies};
    use crate::system::SystemRng;

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
