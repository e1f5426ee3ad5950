//! The examples of docs/deploy.md: a shell and systemd's rules read the settings, `sh` runs the scripts, and the
//! numbers meet their constraints.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use palisade_api_tests::binary::{self, Binary, succeed};

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/deploy.md");
    std::fs::read_to_string(page).unwrap()
}

/// The blocks of this language, as they stand.
fn blocks(language: &str) -> Vec<String> {
    let fence = format!("```{language}\n");
    let page = page();
    page.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap().to_owned()).collect()
}

/// The block of the page that holds these words.
fn block(language: &str, words: &str) -> String {
    let found: Vec<String> = blocks(language).into_iter().filter(|block| block.contains(words)).collect();
    let [block] = &found[..] else { panic!("{words} is in {} blocks", found.len()) };
    block.clone()
}

/// What a unit says under this name.
fn value(unit: &str, name: &str) -> String {
    let line = unit.lines().find_map(|line| line.strip_prefix(&format!("{name}=")));
    line.unwrap_or_else(|| panic!("no {name} in {unit}")).to_owned()
}

/// The page's file of settings, with a secret and a place of this test.
fn settings(folder: &Path) -> String {
    let secret = succeed(folder, &["keys", "new"], &[]).printed.trim().to_owned();
    let text = block("ini", "APP_ENV=").replace("mailer:…", "mailer:kV7xQ2mR9tLw4z").replace('…', &secret);
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
    let file = folder.path().join("palisade.env");
    std::fs::write(&file, settings(folder.path())).unwrap();
    let typed = block("sh", "<<'SCRIPT'");
    let script = typed.split("<<'SCRIPT'\n").nth(1).unwrap().split("SCRIPT\n").next().unwrap();
    // Only becoming the other user is left out.
    let program = binary::path().display().to_string();
    let script = script
        .replace("/etc/palisade/palisade.env", &file.display().to_string())
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
    let unit = block("ini", "Description=Back up Palisade\n\n[Service]");
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
    let unit = block("ini", "Description=Palisade\n");
    let number = |name: &str| value(&unit, name).parse::<u64>().unwrap();
    assert!(number("TimeoutStopSec") > default_of("DRAIN_TIMEOUT", "s") + 10);
    assert!(number("LimitNOFILE") >= default_of("MAX_CONNECTIONS", "") + 256);
}
