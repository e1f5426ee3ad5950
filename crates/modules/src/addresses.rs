//! Checks of settings that only their users can make: the drivers of addresses, the form of mails. A start makes them
//! before anything connects, and `palisade check` makes them too: so both refuse the same with the same messages.

use palisade_core::config::mail::Delivery;
use palisade_core::config::{Config, ConfigErrors, DatabaseUrl, LimitStoreChoice, Mistake};
use palisade_core::errors::with_causes;
use palisade_lib::mongodb::MongoLimiter;
use palisade_lib::redis::RedisLimiter;
use palisade_lib::store::OpenError;
use palisade_lib::upstash::UpstashLimiter;

use crate::mail::{MailForm, Transport};
use crate::system::location;
use crate::traces;
use crate::webhook::types::EventList;

/// Refuses addresses that no driver can ever use, and templates that cannot be filled in. Connects to nobody.
///
/// # Errors
/// Each of them, by the name of its variable.
pub fn judge(config: &Config) -> Result<(), ConfigErrors> {
    let mistakes: Vec<Mistake> = [
        documents(config),
        limits(config),
        mail(config),
        form(config),
        events(config),
        traces::judge(config),
    ]
    .into_iter()
    .filter_map(Result::err)
    .collect();
    ConfigErrors::of(mistakes).map_or(Ok(()), Err)
}

fn documents(config: &Config) -> Result<(), Mistake> {
    let refused = |problem: String| mistake("DATABASE_URL", problem, "an address that the driver can use");
    match location(config) {
        Ok(_) => Ok(()),
        Err(OpenError::BadAddress(error)) => Err(refused(error.to_string())),
        Err(error) => Err(refused(format!("cannot be used: {error}"))),
    }
}

fn limits(config: &Config) -> Result<(), Mistake> {
    let prefix = config.rate_limit.prefix.as_str();
    let refused = |problem: String| mistake("RATE_LIMIT_URL", problem, "an address that the driver can use");
    match config.limit_store() {
        // `DATABASE_URL` reports it.
        LimitStoreChoice::MongoDb(url) if config.store.database == DatabaseUrl::MongoDb(url.clone()) => {
            Ok(())
        }
        LimitStoreChoice::MongoDb(url) => {
            MongoLimiter::open(&url, prefix).map(drop).map_err(|error| refused(error.0.to_string()))
        }
        LimitStoreChoice::Redis(url) => RedisLimiter::judge(&url)
            .map_err(|error| refused(format!("cannot be used: {}", with_causes(&error)))),
        LimitStoreChoice::Upstash(rest) => UpstashLimiter::open(&rest, prefix).map(drop).map_err(|error| {
            let problem = format!("cannot be used: {}", with_causes(&error));
            mistake("UPSTASH_REDIS_REST_URL", problem, "address and token of a REST interface")
        }),
        LimitStoreChoice::Memory | _ => Ok(()),
    }
}

fn mail(config: &Config) -> Result<(), Mistake> {
    let Delivery::Smtp(_) = &config.mail.delivery else { return Ok(()) };
    let opened = Transport::open(&config.mail, config.app.url.host());
    opened.map(drop).map_err(|error| {
        let problem = format!("cannot be used: {}", with_causes(&error));
        mistake("SMTP_URL", problem, "a server and a sender with which mail can be sent")
    })
}

fn form(config: &Config) -> Result<(), Mistake> {
    if config.mail.templates.is_none() {
        return Ok(());
    }
    MailForm::new(config).map(drop).map_err(|error| {
        mistake("MAIL_TEMPLATES_DIR", with_causes(&error), "templates as in docs/languages.md")
    })
}

fn events(config: &Config) -> Result<(), Mistake> {
    let Some(webhook) = &config.webhook else { return Ok(()) };
    EventList::of(webhook.events.as_slice()).map(drop).map_err(|violation| {
        let message = violation.message.into_owned();
        mistake("WEBHOOK_EVENTS", message, "types of events as in docs/events.md")
    })
}

fn mistake(variable: &str, problem: String, expected: &str) -> Mistake {
    Mistake { variable: variable.to_owned(), problem, expected: expected.to_owned() }
}
