//! The folder `deploy`: a shell and systemd's rules read the settings, `sh` runs the scripts, and the numbers meet their
//! constraints.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use palisade_api_tests::binary::{self, Binary, succeed};

/// A file of the folder `deploy`.
fn file(name: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../deploy").join(name);
    std::fs::read_to_string(file).unwrap()
}

/// What a unit says under this name.
fn value(unit: &str, name: &str) -> String {
    let line = unit.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("no {name} in {unit}")).to_owned()
}

/// The example of the settings, with a secret and a place of this test.
fn settings(folder: &Path) -> String {
    let secret = succeed(folder, &["keys", "new"], &[]).printed.trim().to_owned();
    let text =
        file("palisade.env.example").replace("mailer:…", "mailer:kV7xQ2mR9tLw4z").replace('…', &secret);
    text.replace("/var/lib/palisade", &folder.display().to_string())
}

fn output(mut command: Command) -> Output {
    command.env_clear().env("PATH", "/usr/local/bin:/usr/bin:/bin").output().unwrap()
}

#[test]
fn the_documented_settings_start_a_production_server() {
    let folder = tempfile::tempdir().unwrap();
    // systemd takes what stands between single quotes as it is (systemd.exec(5), EnvironmentFile).
    let settings = settings(folder.path());
    let pairs: Vec<(String, String)> = settings
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let (name, value) = line.split_once("='").unwrap();
            (name.to_owned(), value.strip_suffix('\'').unwrap().to_owned())
        })
        .collect();
    let variables: Vec<(&str, &str)> =
        pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let ran = succeed(folder.path(), &["check"], &variables);
    assert_eq!(ran.complained, "", "warnings: {}", ran.printed);
}

#[test]
fn the_documented_script_runs_commands_with_the_settings_of_the_server() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("palisade.env");
    std::fs::write(&written, settings(folder.path())).unwrap();
    let script = file("palisade-as-server");
    // Only becoming the other user is left out.
    let program = binary::path().display().to_string();
    let script = script
        .replace("/etc/palisade/palisade.env", &written.display().to_string())
        .replace("runuser -u palisade -- /usr/local/bin/palisade", &program);
    assert!(script.contains(&program), "{script}");
    let mut sh = Command::new("sh");
    sh.args(["-c", &script, "palisade-as-server", "check"]).current_dir(folder.path());
    let ran = output(sh);
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert!(
        ran.status.success() && said.contains("production"),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

#[tokio::test]
async fn the_nightly_backup_makes_a_file() {
    let server = Binary::start(&[]).await;
    let backups = server.folder().join("backups");
    std::fs::create_dir(&backups).unwrap();
    let unit = file("palisade-backup.service");
    let place = format!("/var/lib/{}", value(&unit, "StateDirectory"));
    let line = value(&unit, "ExecStart").replace("%%", "%").replace(&place, &backups.display().to_string());
    let line = line.replace("/usr/local/bin/palisade", &binary::path().display().to_string());
    let script = line.strip_prefix("/bin/sh -c '").unwrap().strip_suffix('\'').unwrap();
    let mut sh = Command::new("sh");
    sh.args(["-c", script]).current_dir(server.folder());
    let ran = output(sh);
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let made: Vec<PathBuf> =
        std::fs::read_dir(&backups).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &made[..] else { panic!("{made:?}") };
    assert!(file.extension().is_some_and(|end| end == "db"), "{}", file.display());
    assert!(value(&unit, "ExecStartPost").contains(&place));
}

/// The default of a setting, in the unit that `suffix` ends it with.
fn default_of(name: &str, suffix: &str) -> u64 {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let page = std::fs::read_to_string(page).unwrap();
    let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |"))).unwrap();
    let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap();
    cell.trim_matches('`').strip_suffix(suffix).unwrap().parse().unwrap()
}

#[test]
fn the_documented_service_allows_the_stop_and_the_descriptors() {
    let unit = file("palisade.service");
    let number = |name: &str| value(&unit, name).parse::<u64>().unwrap();
    assert!(number("TimeoutStopSec") > default_of("DRAIN_TIMEOUT", "s") + 10);
    assert!(number("LimitNOFILE") >= default_of("MAX_CONNECTIONS", "") + 256);
}

/// The number behind this word, which the file has once.
fn number_in(text: &str, word: &str) -> u64 {
    let found: Vec<&str> = text.split(word).skip(1).collect();
    let [after] = &found[..] else { panic!("{word} is there {} times", found.len()) };
    after.trim_start().split(|letter: char| !letter.is_ascii_digit()).next().unwrap().parse().unwrap()
}

#[test]
fn containers_may_stop_as_slowly_as_the_server_does() {
    let drain = default_of("DRAIN_TIMEOUT", "s");
    let (cluster, compose) = (file("kubernetes.yaml"), file("compose.yaml"));
    let before = number_in(&cluster, "sleep:\n                seconds:");
    assert!(number_in(&cluster, "terminationGracePeriodSeconds:") > before + drain + 10);
    assert!(number_in(&compose, "stop_grace_period:") > drain + 10);
    let connections = default_of("MAX_CONNECTIONS", "");
    assert!(number_in(&compose, "nofile:") >= connections + 256);
    let startup = cluster.split("startupProbe:").nth(1).unwrap().split("livenessProbe:").next().unwrap();
    let patience = number_in(startup, "periodSeconds:") * number_in(startup, "failureThreshold:");
    assert!(patience > default_of("START_TIMEOUT", "s") + 10);
}
