//! How many may listen to a route at once.

use std::time::Duration;

/// How long a comment line is away at most, unless the route says otherwise. Proxies close a connection without bytes after 30
/// to 60 seconds.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How many may listen to a route at once.
#[derive(Clone, Copy, Debug)]
pub struct Listeners {
    per_caller: u32,
    in_all: u32,
    heartbeat: Duration,
}

impl Listeners {
    /// At most `per_caller` for each user, for each API key or, where nobody is signed in, for each network; at most `in_all` for each process.
    /// Each of them takes one of `MAX_CONNECTIONS`. The mounting refuses numbers that contradict each other.
    pub const fn at_most(per_caller: u32, in_all: u32) -> Self {
        Self { per_caller, in_all, heartbeat: HEARTBEAT }
    }

    /// Another time between two heartbeats, 15 seconds without this. With each heartbeat the server looks at the session
    /// again, and a listener that is gone is noticed by it at the latest.
    #[must_use]
    pub const fn heartbeat(self, every: Duration) -> Self {
        Self { heartbeat: every, ..self }
    }

    pub(super) fn per_caller(&self) -> u32 {
        self.per_caller
    }

    pub(super) fn in_all(&self) -> u32 {
        self.in_all
    }

    /// The time between two heartbeats.
    pub(super) fn pause(&self) -> Duration {
        self.heartbeat
    }

    /// What contradicts itself.
    pub(crate) fn mistake(&self) -> Option<&'static str> {
        if self.per_caller == 0 || self.per_caller > self.in_all {
            return Some("a caller has at least one listener, and not more than all together");
        }
        self.heartbeat.is_zero().then_some("a heartbeat needs a pause")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_listeners_agree() {
        for (per_caller, in_all, holds) in
            [(1, 1, true), (2, 5, true), (0, 5, false), (3, 2, false), (0, 0, false)]
        {
            assert_eq!(Listeners::at_most(per_caller, in_all).mistake().is_none(), holds);
        }
        assert!(Listeners::at_most(1, 1).heartbeat(Duration::ZERO).mistake().is_some());
    }
}
