//! The secrets of a development server: created once, kept in a file beside the embedded store.
//!
//! Production never runs this code, and refuses both the ids created here and a store with such a file beside it.

use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::passphrase::DEVELOPMENT_PREFIX;
use crate::system::Rng;
use crate::utils::crypto::seal::SecretKeys;

/// The reason why development has no secrets.
#[derive(Debug, thiserror::Error)]
pub enum DevelopmentSecretsError {
    /// The file or its folder cannot be used.
    #[error("{doing} {}: {source}", path.display())]
    Io {
        /// The operation that failed.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// Other users could have read the file. It is refused, not repaired: they may know its content.
    #[error("{} can be read by others; `chmod 600` it, or delete it and its store to start again", path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
    },
    /// The file was not written by this program.
    #[error("{} does not contain a development key; delete it and its store to start again", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
    },
}

/// The secrets in `path`, created now if there are none.
///
/// Several processes may start at once: each writes a complete file under a temporary name and links it to the
/// final name, which succeeds exactly once; then every process reads that file.
///
/// # Errors
/// When the file cannot be written or read, other users can read it, or this program did not write it.
pub(super) fn load_or_make(path: &Path, rng: &dyn Rng) -> Result<SecretKeys, DevelopmentSecretsError> {
    if let Some(keys) = load(path)? {
        return Ok(keys);
    }
    make(path, rng)?;
    load(path)?.ok_or_else(|| failed("reading", path, ErrorKind::NotFound.into()))
}

/// The secrets in `path`, if there are any.
///
/// # Errors
/// When the file cannot be read, other users can read it, or this program did not write it.
pub(super) fn load(path: &Path) -> Result<Option<SecretKeys>, DevelopmentSecretsError> {
    let file = match std::fs::File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("opening", path, error)),
    };
    // Use the mode of the open file: the name may lead to another file by now.
    if is_exposed(&file).map_err(|error| failed("reading the mode of", path, error))? {
        return Err(DevelopmentSecretsError::Exposed { path: path.to_owned() });
    }
    let text =
        std::io::read_to_string(file).map(Zeroizing::new).map_err(|error| failed("reading", path, error))?;
    let damaged = || DevelopmentSecretsError::Damaged { path: path.to_owned() };
    let keys = text.lines().find_map(|line| line.strip_prefix("SECRET_KEYS=")).ok_or_else(damaged)?;
    SecretKeys::parse(keys).map(Some).map_err(|_| damaged())
}

fn make(path: &Path, rng: &dyn Rng) -> Result<(), DevelopmentSecretsError> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(|error| failed("creating", folder, error))?;
    }
    let mut name = [0_u8; 8];
    rng.fill(&mut name);
    let name = format!("{:016x}", u64::from_be_bytes(name));

    let key = SecretKeys::new_entry(rng, &format!("{DEVELOPMENT_PREFIX}{name}"));
    let draft = Draft(path.with_added_extension(&name));
    write_private(&draft.0, &key).map_err(|error| failed("writing", &draft.0, error))?;
    match std::fs::hard_link(&draft.0, path) {
        Ok(()) => Ok(()),
        // Another process was faster; its secrets are just as good.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed("linking", path, error)),
    }
}

/// A file that is removed when the work is done, whether it succeeded or not.
struct Draft(PathBuf);

impl Drop for Draft {
    fn drop(&mut self) {
        // A leftover does no harm: its name has 64 random bits, and nothing reads it.
        let _ = std::fs::remove_file(&self.0);
    }
}

fn write_private(path: &Path, key: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    let text = Zeroizing::new(format!(
        "# Secrets of this development store. Created once; production refuses them.\nSECRET_KEYS={key}\n"
    ));
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_exposed(file: &std::fs::File) -> std::io::Result<bool> {
    Ok(std::os::unix::fs::MetadataExt::mode(&file.metadata()?) & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_exposed(_: &std::fs::File) -> std::io::Result<bool> {
    Ok(false)
}

fn failed(doing: &'static str, path: &Path, source: std::io::Error) -> DevelopmentSecretsError {
    DevelopmentSecretsError::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::system::SystemRng;

    #[test]
    fn are_made_once_and_stay() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/store.db.dev-secrets");
        assert!(load(&path).unwrap().is_none(), "looking made a file");
        let first = load_or_make(&path, &SystemRng).unwrap();
        assert!(first.ids().all(|id| id.starts_with("dev-")));
        let again = load_or_make(&path, &SystemRng).unwrap();
        assert_eq!(again.encoded().collect::<Vec<_>>(), first.encoded().collect::<Vec<_>>());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "a draft was left behind");
    }

    #[test]
    fn twenty_starts_at_once_agree_on_one_winner() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db.dev-secrets");
        let gate = std::sync::Barrier::new(20);
        let ids: BTreeSet<Vec<String>> = std::thread::scope(|scope| {
            let start = || {
                gate.wait();
                load_or_make(&path, &SystemRng).unwrap().ids().map(str::to_owned).collect::<Vec<_>>()
            };
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(start)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(ids.len(), 1, "{ids:?}");
    }

    #[cfg(unix)]
    #[test]
    fn are_private_and_refused_when_they_are_not() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db.dev-secrets");
        load_or_make(&path, &SystemRng).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        for mode in [0o640, 0o604, 0o620] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            assert!(matches!(load(&path), Err(DevelopmentSecretsError::Exposed { .. })), "{mode:o}");
        }
    }

    #[test]
    fn are_never_replaced_when_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db.dev-secrets");
        write_private(&path, &format!("dev-zero:{}", STANDARD.encode([0; 32]))).unwrap();
        let error = load_or_make(&path, &SystemRng).unwrap_err();
        assert!(matches!(error, DevelopmentSecretsError::Damaged { .. }), "{error}");
        assert!(!format!("{error:?}{error}").contains("AAAA"));
    }
}
