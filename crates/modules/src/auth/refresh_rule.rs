//! The rule for a presented refresh token: it distinguishes a lost answer from a stolen token.

use std::time::Duration;

use palisade_core::system::time::Timestamp;

use super::schema::Session;

/// The result of a presented refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The same token again, with a new access token; nothing is written.
    Again,
    /// The next generation.
    Next,
    /// The next generation for a late token: forgiven once.
    Pardon,
    /// The session ends: a client has a token that it should not have.
    Revoke,
    /// The session ends, without suspicion: this store never created the generation of the token, so the store lost
    /// writes. An operator restored a database from a copy by hand, or a disk lost acknowledged writes.
    Lost,
}

/// The rotation rule (decision 0018). `own` is true if the request has the cookie of the session's own device. A
/// request with another cookie or none counts as another party; all other parties are equal, since a client with a
/// wrong cookie can omit it.
///
/// | presented | from | younger than the grace | older |
/// |---|---|---|---|
/// | the live one | anyone | it again | the next one |
/// | the one before | the party the live one was made for | the live one again | own device: the next one, once; else revoked |
/// | the one before | the other party | revoked | revoked |
/// | one that was never made | anyone | the store lost writes: ended, without a mail | the same |
/// | any other | anyone | revoked | revoked |
///
/// So within the grace all answers of one burst contain the same token, but only the party that received it gets it
/// again. If two parties have a token, the server notices when the second one uses it: however soon that is, the
/// session ends. After the grace, the previous token means a lost answer or a theft on the device itself, which the
/// server cannot distinguish yet.
pub(super) fn step(session: &Session, presented: i64, own: bool, now: Timestamp, grace: Duration) -> Step {
    let young = now.since(session.rotated_at) < grace;
    match presented {
        n if n == session.generation => {
            if young {
                Step::Again
            } else {
                Step::Next
            }
        }
        p if p == session.previous && p > 0 && own == session.made_for_its_own => {
            match (young, session.pardoned) {
                (true, _) => Step::Again,
                (false, false) if own => Step::Pardon,
                (false, _) => Step::Revoke,
            }
        }
        // Its MAC is valid, so this deployment created it, after the state that the store remembers.
        n if n > session.generation => Step::Lost,
        _ => Step::Revoke,
    }
}

#[cfg(test)]
mod tests;
