//! All served routes went through one `Mount`: two lists of mounted routes cannot be joined past its checks.

use palisade_core::routes::{Mount, MountError, Mounts};

pub fn join(mine: Mount, theirs: Mount) -> Result<Mounts, MountError> {
    Ok(mine.finish()? + theirs.finish()?)
}

pub fn chain(mine: Mount, theirs: Mount) -> Result<Mounts, MountError> {
    let (mine, theirs) = (mine.finish()?, theirs.finish()?);
    Ok(mine.iter().chain(theirs.iter()).collect())
}

pub fn list(mine: Mount) -> Result<Mounts, MountError> {
    Ok(Mounts(mine.finish()?.into_iter().collect()))
}
