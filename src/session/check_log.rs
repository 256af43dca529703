//! What a check of the project said: kept whole up to a bound, because its verdict names one line only.
//!
//! One place for each check, overwritten by the next time it runs. It is no record: the verdict and its evidence are
//! in the journal. Enter at [`Session::check_log_dir`].

use std::fs;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::{Session, Snapshot};
use crate::config::places;
use crate::steplog::LOG_NAME;

impl Session {
    /// Where the output of a check of this release stands; none where it never ran here. The name is that under which
    /// a person asks for it: `alerts`, `gate:qa`.
    pub fn check_log_dir(&self, name: &str) -> Option<PathBuf> {
        self.check_log_place(name).filter(|dir| dir.join(LOG_NAME).is_file())
    }

    /// Where it will stand.
    pub(super) fn check_log_place(&self, name: &str) -> Option<PathBuf> {
        place(self.release_dir()?, name)
    }
}

impl Snapshot {
    /// As [`Session::check_log_dir`].
    pub fn check_log_dir(&self, name: &str) -> Option<PathBuf> {
        place(self.release_dir.as_ref()?, name).filter(|dir| dir.join(LOG_NAME).is_file())
    }
}

fn place(release_dir: &Path, name: &str) -> Option<PathBuf> {
    // Ids hold no separator; what a person typed may.
    let plain = !name.contains('/') && !name.starts_with('.');
    plain.then(|| release_dir.join("checks").join(name.replace(':', "-")))
}

/// Keeps what a check said. What cannot be written is missed by whoever looks for it, and by nothing else.
pub(super) fn keep(dir: &Path, output: &[u8]) -> std::io::Result<()> {
    places::make_private(dir).map_err(std::io::Error::other)?;
    let aside = dir.join("log.new");
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
    file.write_all(output)?;
    fs::rename(aside, dir.join(LOG_NAME))
}
