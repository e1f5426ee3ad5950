//! The list of all variables.

use super::app::AppSettings;
use super::auth::AuthConfig;
use super::languages::LanguageSettings;
use super::mail::MailSettings;
use super::metrics::MetricsConfig;
use super::oauth::{NAMED_SECTION, OAuthSettings};
use super::outbound::OutboundSettings;
use super::rate_limit::RateLimitConfig;
use super::scheduler::SchedulerSettings;
use super::security::SecuritySettings;
use super::server::ServerConfig;
use super::settings::Section;
use super::store::StoreConfig;
use super::traces::TracesConfig;
use super::trust::TrustConfig;
use super::webhooks::WebhookSettings;

/// Every variable, in the order of the documentation.
pub const SECTIONS: &[Section] = &[
    AppSettings::SECTION,
    StoreConfig::SECTION,
    SecuritySettings::SECTION,
    MailSettings::SECTION,
    LanguageSettings::SECTION,
    AuthConfig::SECTION,
    OAuthSettings::SECTION,
    NAMED_SECTION,
    WebhookSettings::SECTION,
    OutboundSettings::SECTION,
    RateLimitConfig::SECTION,
    ServerConfig::SECTION,
    SchedulerSettings::SECTION,
    MetricsConfig::SECTION,
    TracesConfig::SECTION,
    TrustConfig::SECTION,
];
