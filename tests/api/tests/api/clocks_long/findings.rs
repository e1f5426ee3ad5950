//! The comparisons of a run, and its verdict.

use std::fmt::Debug;

/// What a row saw that is not right, so that one thing that is wrong does not hide the next.
#[derive(Debug)]
pub(crate) struct Findings {
    row: &'static str,
    looked_at: usize,
    wrong: Vec<String>,
}

impl Findings {
    pub(crate) fn of(row: &'static str) -> Self {
        Self { row, looked_at: 0, wrong: Vec::new() }
    }

    #[expect(clippy::needless_pass_by_value, reason = "a list of looks reads better without borrows")]
    pub(crate) fn same<T: Debug + PartialEq>(&mut self, what: &str, found: T, expected: T) {
        self.looked_at += 1;
        if found != expected {
            self.wrong.push(format!("{what}: {found:?}, not {expected:?}"));
        }
    }

    pub(crate) fn end(self) {
        println!("{}: {} looks, {} wrong", self.row, self.looked_at, self.wrong.len());
        assert!(self.wrong.is_empty(), "{}:\n{}", self.row, self.wrong.join("\n"));
    }
}
