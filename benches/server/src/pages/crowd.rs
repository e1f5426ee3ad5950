//! Users copied from one registered user: the same document with another id, address, role, status and time.

/// The parts that differ between the documents.
#[derive(Debug)]
pub(super) struct Member {
    /// An id as the product makes them: `usr_` and a UUIDv7.
    pub(super) id: String,
    pub(super) email: String,
    /// One in ten may read users.
    pub(super) role: &'static str,
    /// One in twenty is suspended.
    pub(super) status: &'static str,
    /// Milliseconds since 1970.
    pub(super) created_at: i64,
}

/// So many users, the oldest first; the newest registered a second before `until`.
pub(super) fn members(people: u64, until: i64) -> impl Iterator<Item = Member> {
    (0..people).map(move |number| {
        let created_at = until - i64::try_from(people - number).unwrap_or(i64::MAX) * 1000;
        Member {
            id: format!("usr_{created_at:012x}7{:03x}8{number:015x}", number & 0xfff),
            email: format!("person{number}@example.org"),
            role: if number % 10 == 0 { "support" } else { "user" },
            status: if number % 20 == 5 { "suspended" } else { "active" },
            created_at,
        }
    })
}
