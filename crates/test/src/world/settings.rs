//! The environment of a world.

/// The secret of the scheduler of every world: `CRON_SECRET`.
pub const CRON_SECRET: &str = "a2f1c0d9e8b7465544332211ffeeddcc";

/// High limits of Palisade's own policies, for tests about other things. The policies of a product have the numbers that it
/// declares.
pub const GENEROUS: [(&str, &str); 16] = [
    ("RATE_LIMIT_STRICT", "100000/60s"),
    ("RATE_LIMIT_NORMAL", "100000/60s"),
    ("RATE_LIMIT_NORMAL_NETWORK", "100000/60s"),
    ("RATE_LIMIT_RELAXED", "100000/60s"),
    ("RATE_LIMIT_PROBE", "100000/60s"),
    ("RATE_LIMIT_PASSWORD_USER", "100000/15m"),
    ("RATE_LIMIT_LOGIN_NETWORK", "100000/1h"),
    ("RATE_LIMIT_LOGIN_ACCOUNT", "100000/15m"),
    ("RATE_LIMIT_LOGIN_ACCOUNT_DAY", "100000/1d"),
    ("RATE_LIMIT_LOGIN_DEVICE", "100000/15m"),
    ("RATE_LIMIT_LOGIN_DEVICE_FAILING", "100000/1d"),
    ("RATE_LIMIT_LOGIN_SPRAY", "100000/10m"),
    ("MAIL_BUDGET", "100000/15m"),
    ("MAIL_BUDGET_DAY", "100000/1d"),
    ("MAIL_BUDGET_SERVER", "1000000/1h"),
    ("HASHING_QUEUE", "10000"),
];
