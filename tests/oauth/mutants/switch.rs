
/// Whether this run has this mutant.
pub(crate) fn mutant(name: &str) -> bool {
    std::env::var_os("PALISADE_MUTANT").is_some_and(|value| value == name)
}
