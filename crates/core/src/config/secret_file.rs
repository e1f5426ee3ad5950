//! A secret that is in a file.

use std::io::Read as _;
use std::path::Path;

use crate::utils::crypto::secret::{ExposeSecret as _, SecretString, secret_string};

/// The maximum size of a file with a secret.
const MAX_SECRET_FILE: u64 = 64 * 1024;

/// The content without the final newline that editors and `echo` add.
pub(super) fn read_secret(path: &Path) -> Result<SecretString, String> {
    let failed = |error: std::io::Error| format!("cannot be read ({})", error.kind());
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut text = String::new();
    file.take(MAX_SECRET_FILE + 1).read_to_string(&mut text).map_err(failed)?;
    let secret = secret_string(text);
    let text = secret.expose_secret();
    if text.len() as u64 > MAX_SECRET_FILE {
        return Err("is larger than 64 KiB".to_owned());
    }
    let text = text.strip_suffix('\n').unwrap_or(text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(SecretString::from(text))
}
