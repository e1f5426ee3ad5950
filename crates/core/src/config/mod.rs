//! The configuration: environment only, one struct per concern, valid by type. The server reports every mistake at
//! once.
//!
//! Nothing else reads the environment, and nothing here opens a connection. No variable weakens a rule of the
//! project.

mod app;
pub mod auth;
pub mod development_secrets;
mod docs;
pub mod env;
pub mod folder;
mod languages;
pub mod limit_store;
mod load;
mod logging;
pub mod mail;
pub mod metrics;
pub mod mongodb;
pub mod oauth;
pub mod origin;
pub mod outbound;
mod own_quotas;
mod own_sections;
mod own_settings;
pub mod passphrase;
pub mod product_name;
pub mod rate_limit;
mod reader;
pub mod redis_url;
pub mod scheduler;
mod secret_file;
mod sections;
pub mod security;
pub mod server;
pub mod settings;
pub mod shared_secret;
pub mod store;
pub mod traces;
pub mod trust;
mod unknown;
pub mod upstash;
mod userinfo;
pub mod values;
pub mod webhooks;

pub use app::AppConfig;
pub use auth::AuthConfig;
pub use docs::{render_env_example, render_markdown};
pub use env::{AppEnv, Env};
pub use limit_store::LimitStoreChoice;
pub use load::{Config, Report};
pub use mail::{Delivery, MailConfig};
pub use metrics::MetricsConfig;
pub use mongodb::MongoUrl;
pub use oauth::OAuthConfig;
pub use origin::{AppUrl, Origins, PageUrl};
pub use outbound::OutboundConfig;
#[doc(hidden)]
pub use own_settings::OwnReader;
pub use own_settings::{OwnSection, OwnValues, OwnVariables, Settings};
pub use rate_limit::RateLimitConfig;
pub use reader::{ConfigErrors, Entry, Mistake, Source};
pub use scheduler::SchedulerConfig;
pub use sections::SECTIONS;
pub use security::SecurityConfig;
pub use server::ServerConfig;
pub use store::{DatabaseUrl, StoreConfig};
pub use traces::TracesConfig;
pub use trust::TrustConfig;
pub use userinfo::UNENCODED as UNENCODED_USERINFO;
pub use webhooks::WebhookConfig;

#[cfg(test)]
mod tests;
