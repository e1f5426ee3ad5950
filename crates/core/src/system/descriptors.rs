//! File descriptors: each connection is one, and the system grants a process a limited number. Without a free one a
//! server cannot accept connections or open the files of its store. So it accepts only as many connections as leave
//! room for the rest.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors that are not clients': the log, the store and its readers, the limit store, mail, metrics.
const OTHERS: u64 = 256;

/// The number of possible connections.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Room {
    /// This many at once; never none.
    pub connections: usize,
    /// The message for the operator, if it is fewer than configured.
    pub shortage: Option<String>,
}

/// Determines the room for this many connections, and changes nothing.
pub fn room_for(connections: usize) -> Room {
    let limit = getrlimit(Resource::Nofile);
    room(connections, limit.maximum.unwrap_or(u64::MAX))
}

/// Makes room for this many connections, as far as the system allows: raises the limit of the process up to the
/// administrator's maximum.
pub fn make_room_for(connections: usize) -> Room {
    let limit = getrlimit(Resource::Nofile);
    if let Some(raised) = raised(connections, limit) {
        // If refused, the limit stays, and the room is what there is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: Some(raised), maximum: limit.maximum });
    }
    room(connections, getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX))
}

fn needed(connections: usize) -> u64 {
    u64::try_from(connections).unwrap_or(u64::MAX).saturating_add(OTHERS)
}

/// The required limit, if the current one is too low and may be raised. `None` means no limit.
fn raised(connections: usize, limit: Rlimit) -> Option<u64> {
    let current = limit.current?;
    let raised = needed(connections).min(limit.maximum.unwrap_or(u64::MAX));
    (raised > current).then_some(raised)
}

fn room(connections: usize, descriptors: u64) -> Room {
    let needed = needed(connections);
    if descriptors >= needed {
        return Room { connections, shortage: None };
    }
    // Half of very little: a server that could hold no connection would be useless.
    let kept = OTHERS.min(descriptors / 2);
    let room = usize::try_from(descriptors - kept).unwrap_or(usize::MAX).clamp(1, connections.max(1));
    let shortage = format!(
        "MAX_CONNECTIONS is {connections}, which takes {needed} file descriptors, and this process may open {descriptors}: it \
         accepts {room} connections at once, and further ones wait; raise the limit (`LimitNOFILE=` of systemd, `--ulimit \
         nofile=` of a container, `ulimit -n`) or lower MAX_CONNECTIONS"
    );
    Room { connections: room, shortage: Some(shortage) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limit(current: u64, maximum: Option<u64>) -> Rlimit {
        Rlimit { current: Some(current), maximum }
    }

    #[test]
    fn a_limit_is_raised_as_far_as_it_is_needed_and_allowed() {
        assert_eq!(raised(10_000, limit(1024, Some(1_048_576))), Some(10_256));
        assert_eq!(raised(10_000, limit(1024, None)), Some(10_256));
        assert_eq!(raised(10_000, limit(1024, Some(4096))), Some(4096));
        assert_eq!(raised(10_000, limit(4096, Some(4096))), None);
        assert_eq!(raised(500, limit(1024, Some(4096))), None);
        assert_eq!(raised(10_000, Rlimit { current: None, maximum: None }), None);
    }

    #[test]
    fn a_shortage_of_descriptors_lowers_the_connections_and_is_reported() {
        assert_eq!(room(10_000, 10_256), Room { connections: 10_000, shortage: None });
        let few = room(10_000, 1024);
        assert_eq!(few.connections, 768);
        let said = few.shortage.unwrap();
        for word in ["MAX_CONNECTIONS is 10000", "10256", "1024", "768", "LimitNOFILE"] {
            assert!(said.contains(word), "{said}");
        }
        assert_eq!(room(10_000, 64).connections, 32);
        assert_eq!(room(10_000, 0).connections, 1);
    }
}
