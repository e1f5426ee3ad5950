//! Numbers of things as text: the singular for one.

use std::fmt::Display;

/// `1 character`, `2 characters`, `0 characters`.
pub fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, one: &str, several: &str) -> String {
    let word = if number == N::from(1) { one } else { several };
    format!("{number} {word}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular_all_other_numbers_plural() {
        assert_eq!(counted(1_usize, "key", "keys"), "1 key");
        assert_eq!(
            [0_u64, 2, 11].map(|number| counted(number, "key", "keys")),
            ["0 keys", "2 keys", "11 keys"]
        );
    }
}
