//! Rate limits: quotas, the policies of routes, the sliding window, and the limiter in this process.
//!
//! Decisions only: nothing here reads a request, writes a response or opens a connection. Limiters in other places
//! implement [`LimitStore`] over the same [`Charge`] and [`Decision`].

mod catalogue;
mod decision;
mod fallback;
mod headers;
mod key;
mod memory;
mod policy;
mod quota;
mod reservations;
mod store;
mod trial;
mod window;

pub use catalogue::{Bucket, Policies, PolicyError, ResolvedPolicy, Variable};
pub use decision::{Charge, Decision, Distinct, LimitStoreError, Places, QuotaStatus};
pub use fallback::{Fallback, FallbackState};
pub use headers::RateLimitHeaders;
pub use key::{AccountHasher, AccountKey, LimitKey, Subject, SubjectKind};
pub use memory::MemoryLimiter;
pub(crate) use policy::API_KEY;
pub use policy::{
    BUILT_IN, CRON, LOGIN, MAIL, NORMAL, OAUTH, PASSWORD, PROBE, Policy, REFRESH, REFUSED, REGISTER, RELAXED,
    TOKEN, Tier,
};
pub use quota::{MAX_LIMIT, MAX_WINDOW_SECS, Quota, QuotaError};
pub use store::LimitStore;
pub(crate) use trial::Outcome;
pub use trial::Trial;
pub use window::{EXACT_UP_TO, SUB_BUCKETS, grain};
