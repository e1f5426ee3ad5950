//! The phases of a request, one room each. `lifecycle` orders them; nothing here knows what comes before or after.

pub mod permission;
