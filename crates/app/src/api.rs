//! All routes. The path of a file is the path of its URL.

pub mod account;
pub mod dev;
pub mod docs;
pub mod v1;

use palisade_core::config::Config;
use palisade_core::health::Health;
use palisade_core::openapi::Documentation;
use palisade_core::routes::Mount;
use palisade_modules::Services;

use crate::pages::Pages;

/// Everything Palisade serves, for a product to add its own to.
pub fn mount(config: &Config, services: &Services, health: &Health, documentation: &Documentation) -> Mount {
    const V1: &str = "/api/v1";
    let mount = Mount::new()
        .at(V1, v1::auth::routes(), services.auth.clone())
        .at(V1, v1::users::routes(), services.users.clone())
        .at(V1, v1::health::routes(), health.clone())
        .at(V1, v1::openapi::routes(), documentation.clone())
        .at("", docs::routes(), documentation.clone())
        .at("", account::routes(), Pages::new(&config.rules()));
    if services.has_mailbox() { mount.at("", dev::mailbox::routes(), services.mails.clone()) } else { mount }
}
