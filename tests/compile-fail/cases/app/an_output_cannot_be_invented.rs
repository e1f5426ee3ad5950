//! The kinds of output are closed: no other code decides what the server sends.

use palisade_core::errors::AppError;
use palisade_core::output::{Output, OutputDoc, Reply};

pub struct RawInput(String);

impl Output for RawInput {
    fn describe() -> OutputDoc {
        loop {}
    }

    fn into_reply(self) -> Result<Reply, AppError> {
        loop {}
    }
}
