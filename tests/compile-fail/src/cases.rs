//! The cases of one folder: whether the compiler refuses each with the recorded message.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use crate::compiler::Compiler;
use crate::message;

/// The folder of this package, from the root of the workspace.
const HERE: &str = "tests/compile-fail";

/// The variable that records the current messages of the compiler. Read the difference before committing it.
const ACCEPT: &str = "ACCEPT";

/// The cases of one folder, compiled as if they were files of one crate.
#[derive(Clone, Copy, Debug)]
pub struct House {
    /// The folder in `cases/`.
    pub folder: &'static str,
    /// The package whose dependencies the cases can name.
    pub package: &'static str,
}

/// The expected result of a case.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Must {
    Fail,
    Compile,
}

impl House {
    /// Compiles every case.
    ///
    /// # Errors
    /// All problems of all cases: a case compiled, was refused with another message, or does not name its rule.
    pub fn verify(self) -> Result<(), String> {
        let compiler = Compiler::of(self.package)?;
        let mut cases = Vec::new();
        for file in self.files("", "rs")? {
            cases.push((file, Must::Fail));
        }
        let failing = cases.len();
        for file in self.files("fine", "rs")? {
            cases.push((file, Must::Compile));
        }
        if failing == 0 || failing == cases.len() {
            return Err(format!("`{}` needs cases that fail and, in fine/, some that compile", self.folder));
        }
        let mut complaints: Vec<String> = self.orphans(&cases)?;
        complaints.extend(every(&cases, |(file, must)| verify(&compiler, file, *must)));
        if complaints.is_empty() { Ok(()) } else { Err(format!("\n{}", complaints.join("\n"))) }
    }

    fn files(self, inner: &str, extension: &str) -> Result<BTreeSet<PathBuf>, String> {
        let folder = crate::package().join("cases").join(self.folder).join(inner);
        let listing = |error| format!("listing {}: {error}", folder.display());
        let mut files = BTreeSet::new();
        for entry in fs::read_dir(&folder).map_err(listing)? {
            let path = entry.map_err(listing)?.path();
            if path.extension().is_some_and(|end| end == extension) {
                files.insert(path);
            }
        }
        Ok(files)
    }

    /// Recorded messages without a case.
    fn orphans(self, cases: &[(PathBuf, Must)]) -> Result<Vec<String>, String> {
        let kept = self.files("", "stderr")?;
        let orphaned =
            kept.iter().filter(|file| !cases.iter().any(|(case, _)| case.with_extension("stderr") == **file));
        Ok(orphaned.map(|file| format!("{}: there is no such case", file.display())).collect())
    }
}

#[expect(clippy::disallowed_methods, reason = "whoever runs the tests says whether to keep the words")]
fn verify(compiler: &Compiler, case: &Path, must: Must) -> Result<(), String> {
    let inside = case.strip_prefix(crate::package()).unwrap_or(case);
    let file = format!("{HERE}/{}", inside.display());
    let source = read(case)?;
    if !source.starts_with("//! ") {
        return Err(format!("{file}: the first line says which rule this is about: `//! …`"));
    }
    let errors = compiler.errors(&file)?;
    let now = message::render(&file, &errors);
    match must {
        Must::Compile if errors.is_empty() => return Ok(()),
        Must::Compile => return Err(format!("{file}: must compile, but\n{now}")),
        Must::Fail if errors.is_empty() => return Err(format!("{file}: compiles, and must not")),
        Must::Fail => {}
    }
    let kept = case.with_extension("stderr");
    if std::env::var_os(ACCEPT).is_some() {
        return fs::write(&kept, now).map_err(|error| format!("writing {}: {error}", kept.display()));
    }
    if !kept.exists() {
        return Err(format!("{file}: is refused like this; with {ACCEPT}=1 that is kept beside it\n{now}"));
    }
    let before = read(&kept)?;
    if before == now {
        return Ok(());
    }
    Err(format!(
        "{file}: is refused in other words ({ACCEPT}=1 keeps the new ones)\n--- kept\n{before}--- now\n{now}"
    ))
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("reading {}: {error}", path.display()))
}

/// Runs the work on all processors and returns the problems in the order of the items.
fn every<T: Sync>(items: &[T], work: impl Fn(&T) -> Result<(), String> + Sync) -> Vec<String> {
    let next = AtomicUsize::new(0);
    let take = || {
        let mut complaints = Vec::new();
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            if let Err(complaint) = work(item) {
                complaints.push((at, complaint));
            }
        }
        complaints
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let mut complaints = thread::scope(|scope| {
        let hands: Vec<_> = (0..workers).map(|_| scope.spawn(take)).collect();
        let lost = || vec![(items.len(), "a worker panicked".to_owned())];
        hands.into_iter().flat_map(|hand| hand.join().unwrap_or_else(|_| lost())).collect::<Vec<_>>()
    });
    complaints.sort();
    complaints.into_iter().map(|(_, complaint)| complaint).collect()
}
