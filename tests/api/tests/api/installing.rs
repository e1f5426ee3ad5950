//! `scripts/install.sh` with the real binary, into a folder of the test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::Command;

use palisade_api_tests::binary;

/// Runs the script, and returns whether it succeeded and what it said.
fn install(prefix: &Path, arguments: &[&str]) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scripts/install.sh");
    let mut sh = Command::new("sh");
    sh.arg(script).arg("--prefix").arg(prefix).args(arguments);
    let ran = sh.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap();
    (ran.status.success(), String::from_utf8_lossy(&[ran.stdout, ran.stderr].concat()).into_owned())
}

/// Every file below this folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn digest(file: &str) -> String {
    let ran = Command::new("sha256sum").arg(file).output().unwrap();
    String::from_utf8(ran.stdout).unwrap().split(' ').next().unwrap().to_owned()
}

#[test]
fn it_installs_and_removes_the_program_and_its_descriptions() {
    let prefix = tempfile::tempdir().unwrap();
    let file = binary::path().to_str().unwrap();
    // A page of a release that had another command, and a file of somebody else.
    let man = prefix.path().join("share/man/man1");
    std::fs::create_dir_all(&man).unwrap();
    std::fs::write(man.join("palisade-old.1"), "").unwrap();
    std::fs::write(man.join("other.1"), "").unwrap();
    let (succeeded, said) = install(prefix.path(), &["--file", file, "--sha256", &digest(file)]);
    assert!(succeeded, "{said}");
    let installed = |path: &str| prefix.path().join(path).is_file();
    for path in [
        "bin/palisade",
        "share/man/man1/palisade.1",
        "share/man/man1/palisade-db-backup.1",
        "share/bash-completion/completions/palisade",
        "share/zsh/site-functions/_palisade",
        "share/fish/vendor_completions.d/palisade.fish",
    ] {
        assert!(installed(path), "{path}");
    }
    assert!(!installed("share/man/man1/palisade-old.1"));
    let version = Command::new(prefix.path().join("bin/palisade")).arg("--version").output().unwrap();
    assert!(said.starts_with(String::from_utf8(version.stdout).unwrap().trim()), "{said}");

    let (succeeded, said) = install(prefix.path(), &["--uninstall"]);
    assert!(succeeded, "{said}");
    assert_eq!(files(prefix.path()), [man.join("other.1")]);
}

#[test]
fn a_wrong_digest_installs_nothing() {
    let prefix = tempfile::tempdir().unwrap();
    let file = binary::path().to_str().unwrap();
    let wrong = digest(file).replace(|digit: char| digit.is_ascii_digit(), "a");
    let address = format!("file://{file}");
    for arguments in [
        &["--file", file, "--sha256", &wrong][..],
        &["--url", &address, "--sha256", &wrong],
        &["--url", &address],
        &["--file", "/etc/hostname"],
        &["--file", file, "--url", &address],
        &[],
    ] {
        let (succeeded, said) = install(prefix.path(), arguments);
        assert!(!succeeded, "{arguments:?}: {said}");
        assert!(files(prefix.path()).is_empty(), "{arguments:?}");
    }
}

#[test]
fn a_download_with_the_right_digest_is_installed() {
    let prefix = tempfile::tempdir().unwrap();
    let file = binary::path().to_str().unwrap();
    let (succeeded, said) =
        install(prefix.path(), &["--url", &format!("file://{file}"), "--sha256", &digest(file)]);
    assert!(succeeded, "{said}");
    assert!(prefix.path().join("bin/palisade").is_file());
}
