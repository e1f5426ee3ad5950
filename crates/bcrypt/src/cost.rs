//! The amount of work of a hash.

use std::fmt;

use thiserror::Error;

/// A cost outside of 4 to 31.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a bcrypt cost of {0} is not within 4 to 31")]
pub struct CostError(u32);

/// The work of a hash: 2^cost iterations. Each step doubles the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cost(u8);

impl Cost {
    /// The smallest cost of bcrypt. It protects nothing; tests use it.
    pub const MIN: Self = Self(4);
    /// The largest cost of bcrypt: about a day.
    pub const MAX: Self = Self(31);

    /// A cost from 4 to 31. OWASP's Password Storage Cheat Sheet requires at least 10.
    ///
    /// # Errors
    /// A value outside of that range.
    pub fn new(cost: u32) -> Result<Self, CostError> {
        match u8::try_from(cost).map(Self) {
            Ok(known) if (Self::MIN..=Self::MAX).contains(&known) => Ok(known),
            _ => Err(CostError(cost)),
        }
    }

    /// The exponent.
    pub fn get(self) -> u32 {
        u32::from(self.0)
    }

    /// 2^cost: the number of expansions of key and salt.
    pub fn iterations(self) -> u32 {
        1 << self.0
    }
}

impl fmt::Display for Cost {
    /// In two digits, as in the text of a hash.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.0)
    }
}

impl TryFrom<u32> for Cost {
    type Error = CostError;

    fn try_from(cost: u32) -> Result<Self, CostError> {
        Self::new(cost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_four_to_thirty_one_is_a_cost() {
        for cost in 4..=31 {
            assert_eq!(Cost::new(cost).map(Cost::get), Ok(cost));
            assert_eq!(Cost::new(cost).map(Cost::iterations), Ok(2_u32.pow(cost)));
        }
        for cost in [0, 3, 32, 255, 256 + 12, u32::MAX] {
            assert_eq!(Cost::new(cost), Err(CostError(cost)));
        }
    }
}
