//! A quota: a number of requests in a window. Valid by type; nothing here counts anything.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

/// The greatest number of requests that a quota may allow.
pub const MAX_LIMIT: u32 = 1_000_000;
/// The longest window, in seconds: 30 days.
pub const MAX_WINDOW_SECS: u32 = 30 * 86_400;

/// At most `limit` requests in any window of length `window`: 1 to 1,000,000 in 1 s to 30 d, whole seconds.
///
/// Written as `10/60s`, with the units `s`, `m`, `h` and `d`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Quota {
    limit: NonZeroU32,
    window_secs: NonZeroU32,
}

/// Why a text is not a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QuotaError {
    /// Not of the form `10/60s`.
    #[error("not of the form `10/60s` (units s, m, h, d)")]
    Form,
    /// The number before the slash is out of bounds.
    #[error("the number of requests is not between 1 and {MAX_LIMIT}")]
    Limit,
    /// The window is out of bounds.
    #[error("the window is not between 1s and 30d")]
    Window,
}

impl Quota {
    /// This many requests in this many seconds, for constants: a number out of bounds does not compile there.
    ///
    /// # Panics
    /// When a number is out of bounds. Numbers from outside go through [`Quota::new`] or `parse`.
    pub const fn of(limit: u32, window_secs: u32) -> Self {
        match Self::checked(limit, window_secs) {
            Ok(quota) => quota,
            Err(_) => {
                #[expect(clippy::panic, reason = "stops the compiler, where a constant is out of bounds")]
                {
                    panic!("a quota allows 1 to 1,000,000 requests in 1 s to 30 d")
                }
            }
        }
    }

    /// This many requests in a window of whole seconds.
    ///
    /// # Errors
    /// When a number is out of bounds, or the window is not whole seconds.
    pub fn new(limit: u32, window: Duration) -> Result<Self, QuotaError> {
        if window.subsec_nanos() != 0 {
            return Err(QuotaError::Window);
        }
        Self::checked(limit, u32::try_from(window.as_secs()).map_err(|_| QuotaError::Window)?)
    }

    const fn checked(limit: u32, window_secs: u32) -> Result<Self, QuotaError> {
        let (Some(requests), Some(seconds)) = (NonZeroU32::new(limit), NonZeroU32::new(window_secs)) else {
            return Err(if limit == 0 { QuotaError::Limit } else { QuotaError::Window });
        };
        if limit > MAX_LIMIT {
            return Err(QuotaError::Limit);
        }
        if window_secs > MAX_WINDOW_SECS {
            return Err(QuotaError::Window);
        }
        Ok(Self { limit: requests, window_secs: seconds })
    }

    /// The greatest number of requests in any window.
    pub const fn limit(self) -> NonZeroU32 {
        self.limit
    }

    /// The length of the window.
    pub const fn window(self) -> Duration {
        Duration::from_secs(self.window_secs.get() as u64)
    }

    /// The length of the window in seconds.
    pub const fn window_secs(self) -> u32 {
        self.window_secs.get()
    }
}

/// Seconds per unit, longest first.
const UNITS: [(u32, char); 4] = [(86_400, 'd'), (3_600, 'h'), (60, 'm'), (1, 's')];

impl FromStr for Quota {
    type Err = QuotaError;

    fn from_str(text: &str) -> Result<Self, QuotaError> {
        let (limit, window) = text.trim().split_once('/').ok_or(QuotaError::Form)?;
        let unit = window.chars().next_back().ok_or(QuotaError::Form)?;
        let amount = window.strip_suffix(unit).ok_or(QuotaError::Form)?;
        let (seconds, _) = UNITS.iter().find(|(_, letter)| *letter == unit).ok_or(QuotaError::Form)?;
        let limit = digits(limit)?.ok_or(QuotaError::Limit)?;
        let amount = digits(amount)?.ok_or(QuotaError::Window)?;
        Self::checked(limit, amount.checked_mul(*seconds).ok_or(QuotaError::Window)?)
    }
}

/// Plain decimal digits. `None` for a number beyond `u32`.
fn digits(text: &str) -> Result<Option<u32>, QuotaError> {
    // `u32::from_str` alone would also accept a sign.
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(QuotaError::Form);
    }
    Ok(text.parse().ok())
}

impl fmt::Display for Quota {
    /// The form that it is parsed from; one minute prints as the customary `60s`: `120/60s`, `5/15m`, `30/1d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let secs = self.window_secs.get();
        let (per, unit) = UNITS
            .into_iter()
            .find(|(per, _)| secs.is_multiple_of(*per) && (*per != 60 || secs >= 120))
            .unwrap_or((1, 's'));
        write!(f, "{}/{}{unit}", self.limit, secs / per)
    }
}

impl fmt::Debug for Quota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_written_form_is_read() {
        for (text, limit, secs) in [
            ("10/60s", 10, 60),
            ("1/1s", 1, 1),
            ("5/15m", 5, 900),
            ("100/1h", 100, 3_600),
            ("1000000/30d", 1_000_000, 2_592_000),
            (" 7/2h ", 7, 7_200),
        ] {
            assert_eq!(text.parse(), Ok(Quota::of(limit, secs)), "{text}");
        }
    }

    #[test]
    fn a_malformed_quota_is_refused_with_the_reason() {
        use QuotaError::{Form, Limit, Window};
        for (text, why) in [
            ("", Form),
            ("10", Form),
            ("10/", Form),
            ("10/s", Form),
            ("10/60", Form),
            ("10/60x", Form),
            ("10/60é", Form),
            ("+10/60s", Form),
            ("10/-60s", Form),
            ("10 / 60s", Form),
            ("1.5/60s", Form),
            ("10/60s/1h", Form),
            ("0/60s", Limit),
            ("1000001/60s", Limit),
            ("99999999999/60s", Limit),
            ("10/0s", Window),
            ("10/31d", Window),
            ("10/99999999999d", Window),
            ("10/4294967295d", Window),
        ] {
            assert_eq!(text.parse::<Quota>(), Err(why), "{text}");
        }
        assert_eq!(Quota::new(1, Duration::from_millis(1_500)), Err(Window));
    }

    #[test]
    fn a_quota_prints_as_one_would_write_it() {
        for text in ["10/60s", "5/15m", "100/1h", "30/1d", "9/90s", "1/30d"] {
            assert_eq!(text.parse::<Quota>().unwrap().to_string(), text);
        }
    }

    proptest! {
        #[test]
        fn printing_and_reading_are_inverse(limit in 1..=MAX_LIMIT, secs in 1..=MAX_WINDOW_SECS) {
            let quota = Quota::of(limit, secs);
            prop_assert_eq!(quota.to_string().parse(), Ok(quota));
        }
    }
}
