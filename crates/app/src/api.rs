//! All routes. The path of a file is the path of its URL.

pub mod account;
pub mod dev;
pub mod docs;
pub mod index;
pub mod v1;

use palisade_core::config::Config;
use palisade_core::health::Health;
use palisade_core::openapi::Documentation;
use palisade_core::output::Redirect;
use palisade_core::routes::Mount;
use palisade_modules::Services;

use crate::pages::{Front, Home, Pages, Start};

/// Everything Palisade serves, for a product to add its own to.
pub fn mount(config: &Config, services: &Services, health: &Health, documentation: &Documentation) -> Mount {
    const V1: &str = "/api/v1";
    let mount = Mount::new()
        .at(V1, v1::auth::routes(), services.auth.clone())
        .at(V1, v1::users::routes(), services.users.clone())
        .at(V1, v1::health::routes(), health.clone())
        .at(V1, v1::openapi::routes(), documentation.clone())
        .at("", docs::routes(), documentation.clone())
        .at("", account::routes(), Pages::new(config));
    let mount = match Redirect::home(&config.app) {
        _ if config.app.is_development() => mount.at("", index::start(), Start::new(config, services)),
        Some(home) => mount.at("", index::home(), Home::new(home)),
        None => mount.at("", index::front(), Front::new(config)),
    };
    if services.has_mailbox() { mount.at("", dev::mailbox::routes(), services.mails.clone()) } else { mount }
}
