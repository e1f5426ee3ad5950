//! The compiler, with exactly the packages that one crate of the workspace may name.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_metadata::diagnostic::Diagnostic;
use cargo_metadata::semver::Version;
use cargo_metadata::{Artifact, Dependency, DependencyKind, Message, MetadataCommand, TargetKind};
use tempfile::TempDir;

/// `rustc` as it would compile a file of one crate.
#[derive(Debug)]
pub(crate) struct Compiler {
    root: PathBuf,
    edition: String,
    /// The crates that the file may name, and their paths.
    externs: Vec<(String, PathBuf)>,
    /// The folder of their dependencies.
    search: PathBuf,
    out: TempDir,
}

impl Compiler {
    /// Checks the dependencies of `package` and remembers their paths.
    pub(crate) fn of(package: &str) -> Result<Self, String> {
        let metadata = MetadataCommand::new()
            .manifest_path(crate::package().join("Cargo.toml"))
            .no_deps()
            .exec()
            .map_err(|error| format!("reading the manifests: {error}"))?;
        let root = metadata.workspace_root.into_std_path_buf();
        let manifest = metadata
            .packages
            .into_iter()
            .find(|member| member.name.as_str() == package)
            .ok_or_else(|| format!("there is no package `{package}`"))?;
        let artifacts = check(&root, package)?;
        let mut externs = Vec::new();
        let shipped = |dependency: &&Dependency| dependency.kind == DependencyKind::Normal;
        for dependency in manifest.dependencies.iter().filter(shipped) {
            let file = artifacts
                .iter()
                .find_map(|artifact| artifact.is(dependency))
                .ok_or_else(|| format!("`{}` of `{package}` was not built", dependency.name))?;
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name).replace('-', "_");
            externs.push((name, file.to_owned()));
        }
        let search = externs
            .first()
            .and_then(|(_, file)| file.parent())
            .map(Path::to_owned)
            .ok_or_else(|| format!("`{package}` depends on nothing"))?;
        let out = tempfile::tempdir().map_err(|error| format!("creating a folder: {error}"))?;
        Ok(Self { root, edition: manifest.edition.to_string(), externs, search, out })
    }

    /// Type-checks one file, named from the root of the workspace. No errors: it compiled.
    pub(crate) fn errors(&self, file: &str) -> Result<Vec<Diagnostic>, String> {
        let mut rustc = Command::new("rustc");
        rustc.current_dir(&self.root).args(["--crate-type=lib", "--crate-name=case", "--emit=metadata"]);
        rustc.args(["--error-format=json", "--cap-lints=allow"]).arg(format!("--edition={}", self.edition));
        rustc.arg("-L").arg(format!("dependency={}", self.search.display()));
        for (name, path) in &self.externs {
            rustc.arg("--extern").arg(format!("{name}={}", path.display()));
        }
        rustc.arg("--out-dir").arg(self.out.path()).arg(file);
        let output = rustc.output().map_err(|error| format!("running rustc: {error}"))?;
        let text = String::from_utf8_lossy(&output.stderr);
        let mut errors = Vec::new();
        for line in text.lines() {
            let diagnostic: Diagnostic =
                serde_json::from_str(line).map_err(|_| format!("rustc printed about {file}: {text}"))?;
            errors.push(diagnostic);
        }
        if output.status.success() { Ok(Vec::new()) } else { Ok(errors) }
    }
}

/// A checked library.
struct Library {
    name: String,
    version: Version,
    metadata: PathBuf,
}

impl Library {
    fn from(artifact: &Artifact) -> Option<Self> {
        let is_library =
            artifact.target.kind.iter().any(|kind| matches!(kind, TargetKind::Lib | TargetKind::RLib));
        // `…#name@1.2.3`, or `…/name#1.2.3` when the folder already has the name.
        let version = artifact.package_id.repr.rsplit(['@', '#']).next()?;
        let metadata = artifact.filenames.iter().find(|file| file.extension() == Some("rmeta"))?;
        is_library.then_some(Self {
            name: artifact.target.name.replace('-', "_"),
            version: Version::parse(version).ok()?,
            metadata: metadata.clone().into_std_path_buf(),
        })
    }

    fn is(&self, dependency: &Dependency) -> Option<&Path> {
        let same = self.name == dependency.name.replace('-', "_") && dependency.req.matches(&self.version);
        same.then_some(self.metadata.as_path())
    }
}

/// Checks one package alone, so that only its own features are enabled.
#[expect(clippy::disallowed_methods, reason = "cargo tells the tests it runs which cargo it is")]
fn check(root: &Path, package: &str) -> Result<Vec<Library>, String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root)
        .args(["check", "--quiet", "--offline", "--locked", "--lib", "--package", package])
        .arg("--message-format=json-render-diagnostics")
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("running cargo: {error}"))?;
    if !output.status.success() {
        return Err(format!("checking `{package}`:\n{}", String::from_utf8_lossy(&output.stderr)));
    }
    let mut libraries = Vec::new();
    for message in Message::parse_stream(output.stdout.as_slice()) {
        let message = message.map_err(|error| format!("reading the messages of cargo: {error}"))?;
        if let Message::CompilerArtifact(artifact) = message {
            libraries.extend(Library::from(&artifact));
        }
    }
    Ok(libraries)
}
