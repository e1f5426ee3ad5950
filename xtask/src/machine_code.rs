//! The machine code of bcrypt's lanes. A compiler can undo their speed without a change of results, so no other
//! test would fail: this check looks for the instructions that `docs/decisions/0010-bcrypt-in-lanes.md` excludes.

use std::fs;
use std::path::Path;

use crate::finding::{Failure, Finding};
use crate::outcome::{Outcome, command_line};
use crate::repository::{self, Repository};

const SOURCE: &str = "crates/bcrypt/src/blowfish/mod.rs";

/// A generic x86-64 processor, as shipped, and one with AVX-512, for which LLVM emits gathers where it may.
const PROCESSORS: [&str; 2] = ["x86-64", "znver4"];

/// One function for each number of lanes.
const FUNCTIONS: usize = 8;

/// Two loops over blocks, each containing one over rounds.
const MAX_JUMPS: usize = 4;

/// Builds the package as shipped for each processor, and reads the machine code.
pub(crate) fn check(repository: &Repository) -> Result<Outcome, Failure> {
    if !cfg!(target_arch = "x86_64") {
        return Ok(Outcome::NotRun("the excluded instructions are known for x86-64 only".to_owned()));
    }
    let folder = repository::target()?.join("machine-code");
    fs::create_dir_all(&folder).map_err(|error| Failure::io("creating", &folder, &error))?;
    let mut findings = Vec::new();
    for processor in PROCESSORS {
        let path = folder.join(processor).with_extension("s");
        build(repository, processor, &path)?;
        let text = fs::read_to_string(&path).map_err(|error| Failure::io("reading", &path, &error))?;
        findings
            .extend(faults_of(&text).map(|fault| Finding::file(SOURCE, format!("for {processor}, {fault}"))));
    }
    Failure::unless_empty(findings).map(|()| Outcome::Done)
}

fn build(repository: &Repository, processor: &str, path: &Path) -> Result<(), Failure> {
    let mut rustc = repository.cargo();
    rustc.args(["rustc", "--quiet", "--locked", "--release", "--package", "palisade-bcrypt", "--lib"]);
    // With link-time optimization, LLVM would create the vectors only later.
    rustc.args(["--config", "profile.release.lto='off'", "--"]);
    rustc.arg(format!("--emit=asm={}", path.display())).arg(format!("-Ctarget-cpu={processor}"));
    let status = rustc.status().map_err(|error| Failure::broken(command_line(&rustc), error))?;
    if status.success() { Ok(()) } else { Err(Failure::Command(command_line(&rustc))) }
}

/// The faults of the functions called `expand` in this assembler text.
fn faults_of(text: &str) -> impl Iterator<Item = String> {
    let functions = expand_functions(text);
    let number = (functions.len() != FUNCTIONS).then(|| {
        format!(
            "{} functions are called `expand` and not {FUNCTIONS}, one for each number of lanes",
            functions.len()
        )
    });
    number.into_iter().chain(functions.into_iter().filter_map(|instructions| fault(&instructions)))
}

/// The instructions of each function called `expand`.
fn expand_functions(text: &str) -> Vec<Vec<&str>> {
    let mut found: Vec<Vec<&str>> = Vec::new();
    let mut inside = false;
    for line in text.lines() {
        if line.starts_with(|first: char| first.is_alphabetic() || first == '_')
            && line.contains("8blowfish6expand")
        {
            inside = true;
            found.push(Vec::new());
        } else if line.trim_start().starts_with(".cfi_endproc") {
            inside = false;
        } else if inside
            && let Some(instruction) = line.strip_prefix('\t').filter(|rest| !rest.starts_with('.'))
            && let Some(function) = found.last_mut()
        {
            function.push(instruction);
        }
    }
    found
}

/// The fault of a function with these instructions, if any.
fn fault(instructions: &[&str]) -> Option<String> {
    let find = |is: fn(&str) -> bool| instructions.iter().find(|instruction| is(instruction));
    if let Some(vector) = find(|it| ["%xmm", "%ymm", "%zmm"].iter().any(|register| it.contains(register))) {
        return Some(format!("the compiler made a vector of lanes: {}", vector.replace('\t', " ")));
    }
    if let Some(call) = find(|it| it.starts_with("call")) {
        return Some(format!(
            "there is a call, perhaps for an index out of bounds: {}",
            call.replace('\t', " ")
        ));
    }
    let jumps = instructions.iter().filter(|it| it.starts_with('j')).count();
    (jumps > MAX_JUMPS).then(|| format!("there are {jumps} jumps, and no more than {MAX_JUMPS} close a loop"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: &str = "_ZN15palisade_bcrypt8blowfish6expand17h0123456789abcdefE:\n\t.cfi_startproc\n";

    fn faults(bodies: &[&str]) -> Vec<String> {
        let text: String = bodies.iter().flat_map(|body| [NAME, body, "\t.cfi_endproc\n"]).collect();
        faults_of(&text).collect()
    }

    #[test]
    fn eight_plain_functions_pass() {
        let body = "\txorl\t4(%rdi,%rdx,4), %ecx\n.LBB1_1:\n\tjne\t.LBB1_1\n\tretq\n";
        assert_eq!(faults(&[body; FUNCTIONS]), Vec::<String>::new());
    }

    #[test]
    fn vectors_calls_and_extra_jumps_are_reported() {
        let jumps = "\tjae\t.LBB1_9\n".repeat(MAX_JUMPS + 1);
        let bad = ["\tvpgatherdd\t(%rdi,%ymm1,4), %ymm0 {%k1}\n", "\tcallq\t*panic\n", jumps.as_str()];
        let found = faults(&[&bad[..], &["\tretq\n"; FUNCTIONS - 3][..]].concat());
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found[0].contains("a vector of lanes: vpgatherdd"), "{found:?}");
        assert!(found[1].contains("there is a call"), "{found:?}");
        assert!(found[2].contains("5 jumps"), "{found:?}");
    }

    #[test]
    fn missing_functions_are_reported() {
        assert_eq!(faults(&[]).len(), 1);
        let salted =
            faults_of("_ZN15palisade_bcrypt8blowfish4Lane13expand_salted17h01E:\n\tretq\n\t.cfi_endproc\n");
        assert_eq!(salted.count(), 1);
    }
}
