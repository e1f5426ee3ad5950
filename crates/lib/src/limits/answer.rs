//! The parsing of the scripts' answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use palisade_core::limits::{Decision, Distinct, LimitStoreError, QuotaStatus};

/// The mark of a server, as this process last saw it.
#[derive(Debug, Default)]
pub(crate) struct Mark(AtomicU64);

impl Mark {
    /// Records the current mark, 0 for none.
    ///
    /// # Errors
    /// When it differs from the last one, or is gone: the server has forgotten its counts. Once for each loss.
    pub(crate) fn see(&self, now: u64) -> Result<(), LimitStoreError> {
        let before = self.0.swap(now, Ordering::AcqRel);
        if before == 0 || before == now {
            return Ok(());
        }
        Err(LimitStoreError::CountersLost("it was emptied, or restarted without its data"))
    }
}

/// Parses the script's answer, and checks the mark.
///
/// # Errors
/// When it is not the answer to this question, and when the server has forgotten its counts.
pub(crate) fn decision(asked: &Distinct, answer: &[i64], mark: &Mark) -> Result<Decision, LimitStoreError> {
    let wrong = || LimitStoreError::BadAnswer(format!("{} numbers", answer.len()).into());
    let ([at], rest) = answer.split_first_chunk().ok_or_else(wrong)?;
    let (statuses, [marked]) = rest.split_last_chunk().ok_or_else(wrong)?;
    let (statuses, rest) = statuses.as_chunks();
    if statuses.len() != asked.charges().len() || !rest.is_empty() {
        return Err(wrong());
    }
    mark.see(u64::try_from(*marked).unwrap_or(0))?;
    let statuses: Vec<QuotaStatus> = statuses.iter().map(status).collect();
    Ok(asked.decision(duration(*at), &statuses))
}

fn status([remaining, until_more, wait]: &[i64; 3]) -> QuotaStatus {
    QuotaStatus {
        remaining: u32::try_from(*remaining).unwrap_or(0),
        until_more: duration(*until_more),
        retry_after: (*wait >= 0).then(|| duration(*wait)),
    }
}

fn duration(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}
