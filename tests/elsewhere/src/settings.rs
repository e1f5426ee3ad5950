//! A setting without a rule.

use figment::Figment;
use figment::providers::Env;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub login_attempts: u32,
    pub session_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { login_attempts: 5, session_days: 7 }
    }
}

pub fn load() -> Result<Settings, Box<figment::Error>> {
    Figment::from(Env::raw()).extract().map_err(Box::new)
}

/// What was meant, for the names.
#[derive(Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StrictSettings {
    pub session_days: u32,
}

impl Default for StrictSettings {
    fn default() -> Self {
        Self { session_days: 7 }
    }
}

pub fn load_strictly() -> Result<StrictSettings, Box<figment::Error>> {
    Figment::from(Env::prefixed("NOTES_")).extract().map_err(Box::new)
}
