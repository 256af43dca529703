//! Where relco keeps what is not part of a project: the record of releases, and the user's own settings.
//!
//! Environment values come in as parameters, so that nothing here depends on the process. Enter at [`state_root`]
//! and [`project_dir`]. Directories are made for their user alone.

use std::ffi::OsStr;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::domain::digest::sha256_hex;

/// relco's own directory below the XDG ones.
const RELCO: &str = "relco";
/// Hex digits of the repository's hash in a directory's name.
const HASH_DIGITS: usize = 8;
/// The most characters of a project's name in a directory's name.
const NAME_MOST: usize = 40;

/// What the surroundings say about places. An empty value counts as none.
#[derive(Debug, Clone, Copy, Default)]
pub struct Surroundings<'a> {
    /// `--state-dir`.
    pub state_dir_flag: Option<&'a Path>,
    /// `RELCO_STATE_DIR`.
    pub relco_state_dir: Option<&'a OsStr>,
    /// `XDG_STATE_HOME`.
    pub xdg_state_home: Option<&'a OsStr>,
    /// `XDG_CONFIG_HOME`.
    pub xdg_config_home: Option<&'a OsStr>,
    /// `HOME`.
    pub home: Option<&'a OsStr>,
    /// The working directory, for relative paths that a person gave.
    pub working_dir: Option<&'a Path>,
}

/// Why a place cannot be used.
#[derive(Debug, Error)]
pub enum PlaceError {
    /// Nothing says where the record goes.
    #[error("no state directory: neither --state-dir, RELCO_STATE_DIR, XDG_STATE_HOME nor HOME is set")]
    NoState,
    /// A directory cannot be made or read.
    #[error("cannot use the directory {}: {source}", path.display())]
    Io {
        /// The directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl PlaceError {
    /// What to do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            PlaceError::NoState => "--state-dir DIR",
            PlaceError::Io { .. } => "--state-dir DIR, or RELCO_STATE_DIR",
        }
    }
}

/// The state directory: `--state-dir`, else `RELCO_STATE_DIR`, else `relco` below `XDG_STATE_HOME` or
/// `~/.local/state`. XDG values that are not absolute are ignored, as the XDG specification says.
///
/// # Errors
/// When nothing says where.
pub fn state_root(around: &Surroundings<'_>) -> Result<PathBuf, PlaceError> {
    let given = around.state_dir_flag.filter(|path| !path.as_os_str().is_empty());
    if let Some(path) = given.or(filled(around.relco_state_dir)) {
        return Ok(around.working_dir.map_or_else(|| path.to_owned(), |here| here.join(path)));
    }
    xdg(around.xdg_state_home, around.home, ".local/state").ok_or(PlaceError::NoState)
}

/// The user's own settings: `relco/config.toml` below `XDG_CONFIG_HOME` or `~/.config`; `None` without either.
pub fn user_config(around: &Surroundings<'_>) -> Option<PathBuf> {
    xdg(around.xdg_config_home, around.home, ".config").map(|dir| dir.join("config.toml"))
}

fn filled(value: Option<&OsStr>) -> Option<&Path> {
    value.filter(|value| !value.is_empty()).map(Path::new)
}

fn xdg(value: Option<&OsStr>, home: Option<&OsStr>, below_home: &str) -> Option<PathBuf> {
    let absolute = |path: &&Path| path.is_absolute();
    let base = filled(value).filter(absolute).map(Path::to_owned);
    let base = base.or_else(|| filled(home).filter(absolute).map(|home| home.join(below_home)))?;
    Some(base.join(RELCO))
}

/// The name of a project's directory: its name, then eight hex digits of the SHA-256 of `common_dir`, the canonical
/// path of git's common directory, so that all worktrees of a repository share one record and two clones do not.
pub fn project_dir_name(project: &str, common_dir: &Path) -> String {
    let tame = |c: char| if c.is_alphanumeric() || c == '_' || c == '.' { c } else { '-' };
    let name: String = project.trim().chars().take(NAME_MOST).map(tame).collect();
    let name = name.trim_matches(['-', '.']);
    format!("{}-{}", if name.is_empty() { "project" } else { name }, common_dir_hash(common_dir))
}

fn common_dir_hash(common_dir: &Path) -> String {
    sha256_hex(common_dir.as_os_str().as_bytes()).chars().take(HASH_DIGITS).collect()
}

/// The project's directory below the state directory: one that this repository has already, whatever the project was
/// called then, else that of [`project_dir_name`]. A renamed project keeps its record.
///
/// # Errors
/// When the state directory exists and cannot be read.
pub fn project_dir(state_root: &Path, project: &str, common_dir: &Path) -> Result<PathBuf, PlaceError> {
    let wanted = state_root.join(project_dir_name(project, common_dir));
    if wanted.is_dir() {
        return Ok(wanted);
    }
    let io_error = |source| PlaceError::Io { path: state_root.to_owned(), source };
    let entries = match std::fs::read_dir(state_root) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(wanted),
        Err(error) => return Err(io_error(error)),
    };
    let ending = format!("-{}", common_dir_hash(common_dir));
    let mut known = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io_error)?;
        if entry.file_name().to_string_lossy().ends_with(&ending) && entry.path().is_dir() {
            known.push(entry.path());
        }
    }
    // Sorted, so that every session picks the same one should there ever be two.
    known.sort();
    Ok(known.into_iter().next().unwrap_or(wanted))
}

/// Whether a directory is there or could be made. Looks only: a reader leaves no trace.
///
/// # Errors
/// When it is not there and nothing can be made where it should be.
pub fn can_be_made(dir: &Path) -> Result<(), PlaceError> {
    use rustix::fs::{Access, access};
    let missing = |path: &&Path| path.symlink_metadata().is_err();
    if !missing(&dir) {
        return Ok(());
    }
    let Some(there) = dir.ancestors().find(|path| !missing(path)) else { return Ok(()) };
    access(there, Access::WRITE_OK | Access::EXEC_OK)
        .map_err(|errno| PlaceError::Io { path: dir.to_owned(), source: errno.into() })
}

/// Makes a directory and those above it that are missing, each 0700. One that exists stays as it is.
///
/// # Errors
/// When it cannot be made, or something else stands there.
pub fn make_private(dir: &Path) -> Result<(), PlaceError> {
    let mut builder = std::fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(dir);
    made.map_err(|source| PlaceError::Io { path: dir.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn os(text: &str) -> Option<&OsStr> {
        Some(OsStr::new(text))
    }

    #[test]
    fn the_nearest_word_wins() {
        let home = Surroundings { home: os("/home/ana"), ..Surroundings::default() };
        let root = |around: &Surroundings<'_>| state_root(around).unwrap().display().to_string();
        assert_eq!(root(&home), "/home/ana/.local/state/relco");
        let xdg = Surroundings { xdg_state_home: os("/xdg"), ..home };
        assert_eq!(root(&xdg), "/xdg/relco");
        assert_eq!(root(&Surroundings { xdg_state_home: os("relative"), ..home }), "/home/ana/.local/state/relco");
        assert_eq!(root(&Surroundings { xdg_state_home: os(""), ..home }), "/home/ana/.local/state/relco");
        let own = Surroundings { relco_state_dir: os("/own"), ..xdg };
        assert_eq!(root(&own), "/own");
        let flag = Surroundings { state_dir_flag: Some(Path::new("here")), working_dir: Some(Path::new("/w")), ..own };
        assert_eq!(root(&flag), "/w/here");
        assert!(matches!(state_root(&Surroundings::default()), Err(PlaceError::NoState)));
        assert_eq!(user_config(&home), Some(PathBuf::from("/home/ana/.config/relco/config.toml")));
        assert_eq!(user_config(&Surroundings::default()), None);
    }

    #[test]
    fn where_nothing_can_be_made_is_seen_without_making_anything() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = dir.path().join("state/harbor");
        can_be_made(&wanted).unwrap();
        can_be_made(dir.path()).unwrap();
        let shut = std::fs::Permissions::from_mode(0o500);
        std::fs::set_permissions(dir.path(), shut).unwrap();
        // Root may write everywhere.
        if !rustix::process::geteuid().is_root() {
            assert!(can_be_made(&wanted).unwrap_err().to_string().contains("harbor"));
        }
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }

    #[test]
    fn names_of_directories_are_tame() {
        let git = Path::new("/src/harbor/.git");
        let hash = common_dir_hash(git);
        assert_eq!(hash.len(), 8);
        assert_eq!(project_dir_name("harbor", git), format!("harbor-{hash}"));
        assert_eq!(project_dir_name("../../etc/x y", git), format!("etc-x-y-{hash}"));
        assert_eq!(project_dir_name(" .. ", git), format!("project-{hash}"));
        assert_ne!(project_dir_name("harbor", Path::new("/other/.git")), project_dir_name("harbor", git));
    }

    #[test]
    fn a_renamed_project_keeps_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().join("state");
        let git = Path::new("/src/harbor/.git");
        let first = project_dir(&root, "harbor", git).unwrap();
        make_private(&first).unwrap();
        assert_eq!(project_dir(&root, "haven", git).unwrap(), first);
        assert_ne!(project_dir(&root, "harbor", Path::new("/elsewhere/.git")).unwrap(), first);
        for made in [&root, &first] {
            assert_eq!(std::fs::metadata(made).unwrap().permissions().mode() & 0o777, 0o700);
        }
        make_private(&first).unwrap();
    }
}
