//! The whole configuration: how it is read, and the report on it for the operator.

use super::app::AppConfig;
use super::auth::AuthConfig;
use super::development_secrets::{self, DevelopmentSecretsError};
use super::env::Env;
use super::languages;
use super::limit_store::LimitStoreChoice;
use super::mail::{Delivery, MailConfig};
use super::metrics::MetricsConfig;
use super::oauth::OAuthConfig;
use super::outbound::OutboundConfig;
use super::own_quotas::OwnQuotas;
use super::own_settings::OwnValues;
use super::rate_limit::RateLimitConfig;
use super::reader::{ConfigErrors, Entry, Mistake, Reader};
use super::scheduler::SchedulerConfig;
use super::security::{SecurityConfig, SecuritySettings};
use super::server::ServerConfig;
use super::store::{DatabaseUrl, StoreConfig};
use super::traces::TracesConfig;
use super::trust::TrustConfig;
use super::unknown;
use super::webhooks::WebhookConfig;
use crate::limits::{Policies, Policy, PolicyError};
use crate::system::Rng;
use crate::system::descriptors::room_for;
use crate::utils::crypto::seal::SecretKeys;
use crate::utils::languages::Languages;
use crate::values::Rules;

/// Everything a server needs to know before it starts. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct Config {
    /// The settings of the whole program.
    pub app: AppConfig,
    /// The document store.
    pub store: StoreConfig,
    /// Secrets and trust.
    pub security: SecurityConfig,
    /// Mail.
    pub mail: MailConfig,
    /// The languages of built-in pages and mails.
    pub languages: Languages,
    /// Accounts and sessions.
    pub auth: AuthConfig,
    /// Sign-in through providers.
    pub oauth: OAuthConfig,
    /// How the servers of others are called.
    pub outbound: OutboundConfig,
    /// The receiver of events that the operator names.
    pub webhook: Option<WebhookConfig>,
    /// Rate limits.
    pub rate_limit: RateLimitConfig,
    /// Limits and timeouts of the HTTP server.
    pub server: ServerConfig,
    /// How a scheduler proves itself.
    pub scheduler: SchedulerConfig,
    /// The metrics.
    pub metrics: MetricsConfig,
    /// The traces.
    pub traces: TracesConfig,
    /// The authorities that connections to other servers trust.
    pub trust: TrustConfig,
    own_quotas: OwnQuotas,
    own: OwnValues,
    report: Report,
}

/// The report on a valid environment for an operator. Contains no secret.
#[derive(Clone, Debug)]
pub struct Report {
    /// Every variable with the value in force.
    pub entries: Vec<Entry>,
    /// Conclusions from them: the engine, the destination of mail.
    pub notes: Vec<String>,
    /// Settings that are allowed but perhaps not intended.
    pub warnings: Vec<String>,
}

impl Config {
    /// Reads the environment. In development, it creates missing secrets with `rng` and keeps them beside the store.
    ///
    /// # Errors
    /// All mistakes in the environment.
    pub fn load(env: &Env, rng: &dyn Rng) -> Result<Self, ConfigErrors> {
        let (draft, report) = Draft::read(env)?;
        let keys = match &draft.security.secret_keys {
            Some(keys) => keys.clone(),
            None => development_secrets::load_or_make(&draft.store.development_secrets(), rng)
                .map_err(|error| no_secrets(&error))?,
        };
        draft.into_config(keys, report)
    }

    /// Reads the environment and creates nothing, for commands that only inspect a deployment. If development has
    /// not created its secrets yet, the result has placeholders that open nothing.
    ///
    /// # Errors
    /// All mistakes in the environment.
    pub fn load_read_only(env: &Env, rng: &dyn Rng) -> Result<Self, ConfigErrors> {
        let (draft, report) = Draft::read(env)?;
        let keys = match &draft.security.secret_keys {
            Some(keys) => keys.clone(),
            None => development_secrets::load(&draft.store.development_secrets())
                .map_err(|error| no_secrets(&error))?
                .unwrap_or_else(|| SecretKeys::stand_in(rng)),
        };
        draft.into_config(keys, report)
    }

    /// Reads the environment and changes nothing, for `palisade check`.
    ///
    /// # Errors
    /// All mistakes in the environment.
    pub fn check(env: &Env) -> Result<Report, ConfigErrors> {
        let (draft, mut report) = Draft::read(env)?;
        report.warnings.extend(room_for(draft.server.max_connections.as_usize()).shortage);
        if draft.security.secret_keys.is_none() {
            development_secrets::load(&draft.store.development_secrets())
                .map_err(|error| no_secrets(&error))?;
        }
        Ok(report)
    }

    /// The configured rules of inputs. A server adds its permissions.
    pub fn rules(&self) -> Rules {
        Rules {
            password_min_length: self.auth.password_min_length.as_usize(),
            product_name: self.app.name.to_string(),
            permissions: Vec::new(),
        }
    }

    /// The settings of the product.
    pub fn own(&self) -> &OwnValues {
        &self.own
    }

    /// The catalogue of these policies and the built-in ones, with the numbers of this environment: `RATE_LIMIT_`
    /// and the name of the policy, for a product's policies as for the built-in ones.
    ///
    /// # Errors
    /// When names collide, or when a number is invalid.
    pub fn policies(&self, named: impl IntoIterator<Item = Policy>) -> Result<Policies, PolicyError> {
        self.own_quotas.resolve(&self.rate_limit, named)
    }

    /// The variables of the environment that look like the number of a policy, but belong to no policy of this
    /// catalogue.
    pub fn unread_quotas(&self, policies: &Policies) -> Vec<String> {
        self.own_quotas.unread(policies)
    }

    /// The store that counts requests.
    pub fn limit_store(&self) -> LimitStoreChoice {
        self.rate_limit.store(&self.store.database)
    }

    /// Every variable with the value in force, redacted.
    pub fn summary(&self) -> &[Entry] {
        &self.report.entries
    }

    /// Conclusions from the environment: the engine, the destination of mail.
    pub fn notes(&self) -> &[String] {
        &self.report.notes
    }

    /// Settings that are allowed but perhaps not intended.
    pub fn warnings(&self) -> &[String] {
        &self.report.warnings
    }
}

/// A configuration whose development secrets may not exist yet.
struct Draft {
    app: AppConfig,
    store: StoreConfig,
    security: SecuritySettings,
    mail: MailConfig,
    /// `None` only beside a mistake.
    languages: Option<Languages>,
    auth: AuthConfig,
    oauth: OAuthConfig,
    outbound: OutboundConfig,
    webhook: Option<WebhookConfig>,
    rate_limit: RateLimitConfig,
    server: ServerConfig,
    scheduler: SchedulerConfig,
    metrics: MetricsConfig,
    traces: TracesConfig,
    trust: TrustConfig,
    own_quotas: OwnQuotas,
    own: OwnValues,
}

impl Draft {
    fn into_config(self, keys: SecretKeys, report: Report) -> Result<Config, ConfigErrors> {
        let Self {
            app,
            store,
            security,
            mail,
            languages,
            auth,
            oauth,
            outbound,
            webhook,
            rate_limit,
            server,
            scheduler,
            metrics,
            traces,
            trust,
            own_quotas,
            own,
        } = self;
        let security = security.with_keys(keys);
        let languages = languages.ok_or_else(no_languages)?;
        Ok(Config {
            app,
            store,
            security,
            mail,
            languages,
            auth,
            oauth,
            outbound,
            webhook,
            rate_limit,
            server,
            scheduler,
            metrics,
            traces,
            trust,
            own_quotas,
            own,
            report,
        })
    }

    fn read(env: &Env) -> Result<(Self, Report), ConfigErrors> {
        let mut reader = Reader::new(env, env.app_env());
        let app = AppConfig::read(&mut reader);
        let draft = Self {
            store: StoreConfig::read(&mut reader),
            security: SecuritySettings::read(&mut reader),
            mail: MailConfig::read(&app, &mut reader),
            languages: languages::read(&mut reader, env.own().texts),
            auth: AuthConfig::read(&mut reader),
            oauth: OAuthConfig::read(&mut reader),
            outbound: OutboundConfig::read(&mut reader),
            webhook: WebhookConfig::read(&mut reader),
            rate_limit: RateLimitConfig::read(&mut reader),
            server: ServerConfig::read(&mut reader),
            scheduler: SchedulerConfig::read(&mut reader),
            metrics: MetricsConfig::read(&mut reader),
            traces: TracesConfig::read(&mut reader),
            trust: TrustConfig::read(&mut reader),
            own_quotas: OwnQuotas::read(env),
            own: env.own().read(&mut reader),
            app,
        };
        draft.check(&mut reader);
        let (entries, mut warnings) = reader.finish()?;
        warnings.extend(unknown::warnings(env));
        let notes = draft.notes();
        Ok((draft, Report { entries, notes, warnings }))
    }

    fn check(&self, reader: &mut Reader<'_>) {
        self.store.check(reader);
        self.security.check(reader);
        self.security.check_sites(&self.app.url, reader);
        self.auth.check(reader);
        self.auth.check_links(&self.mail, reader);
        self.rate_limit.check(&self.store.database, reader);
        self.server.check(reader);
        self.metrics.check(&self.app, reader);
        reader.refuse_reused_secrets();
    }

    fn notes(&self) -> Vec<String> {
        let store = match &self.store.database {
            DatabaseUrl::Sqlite(file) => {
                format!("store: embedded SQLite at {}, one machine only", file.path().display())
            }
            DatabaseUrl::MongoDb(url) => format!("store: {}", url.show()),
        };
        let mail = match &self.mail.delivery {
            Delivery::Smtp(server) => format!("mail: sent through {} port {}", server.host(), server.port()),
            Delivery::Mailbox => format!("mail: kept and shown at {}", self.app.url.join("/dev/mailbox")),
        };
        let mut notes =
            vec![store, format!("rate limits: {}", self.rate_limit.store(&self.store.database)), mail];
        notes.extend(self.oauth.note());
        notes.extend(self.webhook.as_ref().map(|webhook| format!("events: sent to {}", webhook.url.host())));
        if self.security.secret_keys.is_none() {
            let path = self.store.development_secrets();
            notes.push(format!("secrets: development keys in {}", path.display()));
        }
        notes
    }
}

fn no_languages() -> ConfigErrors {
    ConfigErrors::from(Mistake {
        variable: "LOCALES_DIR".to_owned(),
        problem: "cannot be used".to_owned(),
        expected: "texts as in docs/languages.md".to_owned(),
    })
}

fn no_secrets(error: &DevelopmentSecretsError) -> ConfigErrors {
    ConfigErrors::from(Mistake {
        variable: SecuritySettings::SECRET_KEYS.name.to_owned(),
        problem: format!("is not set, and there are no development secrets: {error}"),
        expected: "a private file beside the store, or your own keys".to_owned(),
    })
}
