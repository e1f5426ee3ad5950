//! The available tools. A machine with only a Rust toolchain runs every other step.

use std::path::PathBuf;
use std::process::Command;

use crate::finding::Failure;
use crate::outcome::Outcome;
use crate::repository::Repository;

/// The tools for the web step.
#[derive(Debug)]
pub(super) struct Tools {
    pub(super) node: bool,
    pub(super) chromium: Option<PathBuf>,
    pub(super) nginx: Option<PathBuf>,
    pub(super) on_ci: bool,
}

impl Tools {
    /// Looks for the tools. Missing ones are installed first if possible: on CI all of them, elsewhere only those
    /// that go into a cache folder.
    pub(super) fn find(repository: &Repository) -> Result<Self, Failure> {
        let tools = Self::detect();
        let what: &[&str] = if tools.on_ci && (!tools.node || tools.chromium.is_none()) {
            &[]
        } else if tools.nginx.is_none() {
            &["proxies"]
        } else {
            return Ok(tools);
        };
        let mut install = Command::new(repository.path("scripts/install-test-tools.sh"));
        install
            .args(what)
            .status()
            .map_err(|error| Failure::broken("scripts/install-test-tools.sh", error))?;
        Ok(Self::detect())
    }

    #[expect(clippy::disallowed_methods, reason = "the services of continuous integration say so like this")]
    fn detect() -> Self {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        Self {
            node: version_of(&mut Command::new("node")).is_some_and(|version| is_new_enough(&version))
                && version_of(&mut Command::new("npm")).is_some(),
            chromium: names.iter().find_map(|name| on_path(name)),
            nginx: path_in("NGINX").or_else(|| installed("nginx")).or_else(|| on_path("nginx")),
            on_ci: std::env::var_os("CI").is_some_and(|value| value == "true"),
        }
    }

    /// Skips the step, which the summary reports. On CI nothing may be skipped.
    pub(super) fn skip_without(&self, tool: &str) -> Result<Outcome, Failure> {
        let missing = format!("{tool} is not on PATH (scripts/install-test-tools.sh)");
        if self.on_ci { Err(Failure::Broken(missing)) } else { Ok(Outcome::NotRun(missing)) }
    }
}

/// The output of `--version`.
fn version_of(program: &mut Command) -> Option<String> {
    let output = program.arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `v20.9.0` or newer, which Next.js requires.
fn is_new_enough(version: &str) -> bool {
    let mut parts =
        version.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    (parts.next(), parts.next()) >= (Some(20), Some(9))
}

#[expect(clippy::disallowed_methods, reason = "the tools of tests are named like this")]
fn path_in(variable: &str) -> Option<PathBuf> {
    std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// In the cache folder of `scripts/install-test-tools.sh`.
pub(super) fn installed(name: &str) -> Option<PathBuf> {
    let caches = path_in("XDG_CACHE_HOME").or_else(|| Some(path_in("HOME")?.join(".cache")));
    let folder = path_in("PALISADE_TEST_TOOLS").or_else(|| Some(caches?.join("palisade-test-tools")))?;
    Some(folder.join(name)).filter(|file| file.is_file())
}

#[expect(clippy::disallowed_methods, reason = "this is how a shell would find it")]
fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_is_new_enough_from_20_9_on() {
        for version in ["v20.9.0\n", "v20.20.2", "v22.0.0"] {
            assert!(is_new_enough(version), "{version}");
        }
        for version in ["v20.8.1", "v18.20.0", "", "node"] {
            assert!(!is_new_enough(version), "{version}");
        }
    }

    #[test]
    fn a_missing_tool_is_reported_and_fails_on_ci() {
        let mut tools = Tools { node: false, chromium: None, nginx: None, on_ci: false };
        assert!(
            matches!(tools.skip_without("Node.js"), Ok(Outcome::NotRun(said)) if said.contains("Node.js"))
        );
        tools.on_ci = true;
        assert!(tools.skip_without("Node.js").is_err());
    }
}
