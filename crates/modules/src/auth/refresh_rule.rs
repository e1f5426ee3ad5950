//! What a presented refresh token leads to: telling a lost answer from a stolen token.

use std::time::Duration;

use palisade_core::system::time::Timestamp;

use super::schema::Session;

/// What a presented refresh token leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// The same token again, with a fresh access token; nothing is written.
    Again,
    /// The next generation.
    Next,
    /// The next generation for one that comes late: forgiven once.
    Pardon,
    /// The session ends: somebody holds a token they should not have.
    Revoke,
    /// The session ends, and nobody is accused: the token is of a generation that this store never made, so the store
    /// has lost writes. A database was put back from a copy by hand, or a disk forgot what it had acknowledged.
    Lost,
}

/// The rotation rule (decision 0018). `own` is whether the cookie of the session's own device came along; with another's or
/// none it is somebody else, who are all alike: whoever has a wrong cookie can leave it out.
///
/// | presented | from | younger than the grace | older |
/// |---|---|---|---|
/// | the live one | anyone | it again | the next one |
/// | the one before | whom the live one was made for | the live one again | own device: the next one, once; else revoked |
/// | the one before | the other party | revoked | revoked |
/// | one that was never made | anyone | the store lost writes: ended, without a mail | the same |
/// | any other | anyone | revoked | revoked |
///
/// So within the grace all answers of one burst carry the same token, but it is given again only to whom it was given. Of
/// a token that two parties hold, the second to use it finds that the first has: however soon that is, the session ends.
/// After the grace, the one before is a lost answer or a theft on the device itself, which cannot be told apart yet.
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
        // Its MAC holds, so this deployment made it, after what the store remembers.
        n if n > session.generation => Step::Lost,
        _ => Step::Revoke,
    }
}

#[cfg(test)]
mod tests;
