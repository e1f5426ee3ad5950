//! Rate limits: where they are counted and how much each policy admits.

use super::limit_store::{KeyPrefix, LimitStoreChoice, RateLimitUrl, StoreTimeout, Unshared};
use super::reader::Reader;
use super::settings::{Definition, Presence, settings};
use super::store::DatabaseUrl;
use super::trust::CaFile;
use super::upstash::{RestToken, RestUrl, UpstashRest};
use super::values::Size;
use crate::limits::Quota;

settings! {
    /// Where windows are counted and how much each policy admits. A quota holds in *any* window of its length.
    pub struct RateLimitConfig in "Rate limits" {
        /// Where windows are counted.
        url: RateLimitUrl = RATE_LIMIT_URL optional("in Upstash when its variables are set, else in this process");
        /// The REST interface of Upstash, as its console names it.
        upstash_url: RestUrl = UPSTASH_REDIS_REST_URL optional("`KV_REST_API_URL`") like "https://name.upstash.io";
        /// The token of that interface.
        upstash_token: RestToken = UPSTASH_REDIS_REST_TOKEN optional("`KV_REST_API_TOKEN`");
        /// The same interface, as Vercel names it.
        kv_url: RestUrl = KV_REST_API_URL optional("not counted in Upstash") like "https://name.upstash.io";
        /// The token of that interface, as Vercel names it.
        kv_token: RestToken = KV_REST_API_TOKEN optional("not counted in Upstash");
        /// Whose certificates Redis or Upstash may have, instead of what SSL_CERT_FILE says; an address of MongoDB names
        /// that in `tlsCAFile`.
        authorities: CaFile = RATE_LIMIT_CA_FILE optional("as SSL_CERT_FILE") like "/etc/palisade/authority.pem";
        /// What stands before every key in a shared store. Deployments that share a server but not their limits
        /// have one each.
        prefix: KeyPrefix = RATE_LIMIT_PREFIX default("palisade");
        /// How long the shared store may take for a decision; then this process decides until it answers again.
        timeout: StoreTimeout = RATE_LIMIT_TIMEOUT default("100ms");
        /// How much memory the counters of this process may take.
        memory: Size<1_048_576, 4_293_918_720> = RATE_LIMIT_MEMORY default("64MiB");
        /// Whether production may serve on a serverless platform although every instance counts for itself.
        unshared: Unshared = RATE_LIMIT_UNSHARED default("refuse");
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
        /// What leads nowhere, per network: requests a page elsewhere made a browser send, unknown paths and methods.
        refused: Quota = RATE_LIMIT_REFUSED follows(relaxed RATE_LIMIT_RELAXED);
        /// Sign-in, per network.
        login: Quota = RATE_LIMIT_LOGIN follows(strict RATE_LIMIT_STRICT);
        /// Registration, per network.
        register: Quota = RATE_LIMIT_REGISTER follows(strict RATE_LIMIT_STRICT);
        /// What asks for a mail, per network.
        mail: Quota = RATE_LIMIT_MAIL follows(strict RATE_LIMIT_STRICT);
        /// What redeems a mailed link, per network.
        token: Quota = RATE_LIMIT_TOKEN follows(strict RATE_LIMIT_STRICT);
        /// Going on with a session, per network.
        refresh_network: Quota = RATE_LIMIT_REFRESH_NETWORK follows(normal_network RATE_LIMIT_NORMAL_NETWORK);
        /// Sign-ins of one account from unknown devices.
        login_account: Quota = RATE_LIMIT_LOGIN_ACCOUNT default("5/15m");
        /// Sign-ins of one account from unknown devices, in the long run.
        login_account_day: Quota = RATE_LIMIT_LOGIN_ACCOUNT_DAY default("30/24h");
        /// Sign-ins of one account from a device it knows.
        login_device: Quota = RATE_LIMIT_LOGIN_DEVICE default("10/15m");
        /// How many sign-ins in a row may fail under a known device. Then it counts as unknown until they have left
        /// the window.
        login_device_failing: Quota = RATE_LIMIT_LOGIN_DEVICE_FAILING default("10/24h");
        /// At how many different accounts sign-ins from one wide network (IPv4 /24, IPv6 /48) may fail.
        login_spray: Quota = RATE_LIMIT_LOGIN_SPRAY default("30/10m");
        /// Sign-ins of a wide network that failed at more, from devices that are unknown to the account.
        login_spraying: Quota = RATE_LIMIT_LOGIN_SPRAYING default("1/60s");
        /// Sign-ins of one network, in the long run.
        login_network: Quota = RATE_LIMIT_LOGIN_NETWORK default("100/1h");
    }
}

/// Above this a quota for guessing passwords no longer hinders guessing.
const STRICT_CEILING: Quota = Quota::of(100, 60);

/// How many accounts a network may be remembered to have failed at where all of them are in one document: 100 to 150 bytes
/// for each, of the 16 MB a document can have. Far above what a network that is no attacker fails at.
const MOST_TRIED: u32 = 10_000;

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
            "RATE_LIMIT_REFUSED" => self.refused,
            "RATE_LIMIT_LOGIN" => self.login,
            "RATE_LIMIT_REGISTER" => self.register,
            "RATE_LIMIT_MAIL" => self.mail,
            "RATE_LIMIT_TOKEN" => self.token,
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
        let credentials: [(&'static Definition, Quota); 6] = [
            (Self::RATE_LIMIT_STRICT, self.strict),
            (Self::RATE_LIMIT_LOGIN, self.login),
            (Self::RATE_LIMIT_REGISTER, self.register),
            (Self::RATE_LIMIT_TOKEN, self.token),
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

    /// Where windows are counted when `documents` are there: what `RATE_LIMIT_URL` says, else Upstash, else here.
    pub fn store(&self, documents: &DatabaseUrl) -> LimitStoreChoice {
        match (&self.url, documents) {
            (Some(RateLimitUrl::Redis(url)), _) => {
                LimitStoreChoice::Redis(url.clone().trusting(self.authorities.clone()))
            }
            (Some(RateLimitUrl::MongoDb(url)), _) => LimitStoreChoice::MongoDb(url.clone()),
            (Some(RateLimitUrl::WithDocuments), DatabaseUrl::MongoDb(url)) => {
                LimitStoreChoice::MongoDb(url.clone())
            }
            // The second is refused at start.
            (Some(RateLimitUrl::Memory | RateLimitUrl::WithDocuments), _) => LimitStoreChoice::Memory,
            (None, _) => self.upstash().map_or(LimitStoreChoice::Memory, LimitStoreChoice::Upstash),
        }
    }

    /// Address and token that go together: a platform's integration sets both pairs, and each pair is whole.
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
                reader.warn("RATE_LIMIT_URL: sends its password without TLS; `rediss://` has it");
            }
            (Some(RateLimitUrl::MongoDb(url)), _) if reader.is_production() && url.is_in_the_clear() => {
                reader.warn("RATE_LIMIT_URL: sends its password without TLS; `tls=true` has it");
            }
            (Some(RateLimitUrl::WithDocuments), DatabaseUrl::Sqlite(_)) => reader.refuse_for(
                Self::RATE_LIMIT_URL,
                "means the database of DATABASE_URL, which is the embedded store",
                "a DATABASE_URL in MongoDB, or another place to count",
            ),
            _ => {}
        }
        if let Some(RateLimitUrl::MongoDb(url)) = &self.url {
            for option in url.overruled() {
                reader.warn(format!(
                    "RATE_LIMIT_URL: `{option}` is not followed: limits are counted on the primary, and a count is done when \
                     that has it"
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
            reader
                .warn("RATE_LIMIT_CA_FILE: is not used: limits are not counted over TLS in Redis or Upstash");
        }
        let serverless = reader.env().is_set("VERCEL");
        if serverless && reader.is_production() && self.store(documents) == LimitStoreChoice::Memory {
            if self.unshared == Unshared::Allow {
                reader.warn("RATE_LIMIT_UNSHARED: every instance counts for itself and forgets when it ends");
            } else {
                reader.refuse_for(
                    Self::RATE_LIMIT_URL,
                    "counts in this process, and on Vercel the next request meets another one",
                    "a shared store (Upstash, Redis, MongoDB), or RATE_LIMIT_UNSHARED=allow",
                );
            }
        }
    }

    /// Names that belong to this concern without being declared.
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
