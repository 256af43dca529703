//! Setting a version in all files or in none.
//!
//! Everything is written aside and read back before the first file is touched; the originals lie in the state
//! directory with a note of what is under way, so that after an error they are put back at once, and after a kill the
//! next call can finish or revert. A file that somebody else changed meanwhile is never overwritten.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use semver::Version;
use serde::{Deserialize, Serialize};

use super::super::git::locate_in;
use super::locate::{PlaceError, locate_wanted};
use super::sources::{Tree, sources};
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::version_files::{ChangedLine, changed_lines, replaced};

/// The directory inside the project's state that exists while a set is under way.
const UNDER_WAY: &str = "versions-set";
/// The note of what is under way, inside it.
const NOTE: &str = "note.json";

/// Why a version could not be set.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// A file has no version that could be changed.
    #[error(transparent)]
    Place(#[from] PlaceError),
    /// The version would not be found in the file any more.
    #[error("{path} would not say {version} afterwards; nothing was changed")]
    NotFoundAfter {
        /// The file.
        path: String,
        /// What it should say.
        version: Version,
    },
    /// The file is not what the shown change was made from.
    #[error("{path} was changed meanwhile; nothing was set")]
    ChangedMeanwhile {
        /// The file.
        path: String,
    },
    /// An earlier set did not come to its end.
    #[error("{0}")]
    HalfDone(HalfDone),
    /// A file of a half-done set is neither as before nor as it should become.
    #[error("{path} was changed by hand since the set was interrupted: put it right first")]
    Neither {
        /// The file.
        path: String,
    },
    /// Writing failed, and all files are as before.
    #[error("cannot write {path}: {source}; all files are as before")]
    Restored {
        /// The file.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// Writing failed, and putting the originals back failed as well.
    #[error("cannot write {path}: {source}; not all files could be put back: relco versions says how to go on")]
    Stuck {
        /// The file.
        path: String,
        /// What the file system said.
        source: io::Error,
    },
    /// The state directory cannot be used.
    #[error("cannot use {}: {source}", .path.display())]
    State {
        /// The path.
        path: PathBuf,
        /// What the file system said.
        source: io::Error,
    },
}

/// What setting a version changes in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileChange {
    /// The file.
    pub path: RepoPath,
    /// Its bytes now.
    pub before: String,
    /// Its bytes afterwards.
    pub after: String,
    /// The lines in which they differ.
    pub lines: Vec<ChangedLine>,
}

/// What setting a version changes; nothing is written yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetPlan {
    /// The version.
    pub version: Version,
    /// The files that change; those that say the version already are left out.
    pub files: Vec<FileChange>,
    /// What the places say now, each version once.
    pub said_before: Vec<String>,
}

impl SetPlan {
    /// The change in lines, as `diff` shows them: the place, the line as it is, the line as it will be.
    #[must_use]
    pub fn diff(&self) -> Vec<String> {
        let lines = self.files.iter().flat_map(|file| file.lines.iter().map(move |line| (file, line)));
        lines
            .flat_map(|(file, line)| {
                [format!("{}:{}", file.path, line.line), format!("- {}", line.before), format!("+ {}", line.after)]
            })
            .collect()
    }
}

/// Works out what setting a version changes in the work tree at `root`, in the files and in what follows from them.
/// `known` are versions that the project had just now, `list` gives all tracked paths.
///
/// # Errors
/// Where any file has no place for it: nothing is set unless all can be.
pub fn plan_set(
    root: &Path,
    files: &[VersionFile],
    version: &Version,
    known: &[Version],
    list: &dyn Fn() -> Vec<String>,
) -> Result<SetPlan, SetError> {
    let known: Vec<Version> = known.iter().chain([version]).cloned().collect();
    let from_disk = |path: &RepoPath| read(root, path).map(String::into_bytes);
    let all = sources(files, &known, &Tree { read: &from_disk, list });
    let mut texts: Vec<(RepoPath, String, String)> = Vec::new();
    let mut said_before: Vec<String> = Vec::new();
    for source in &all.files {
        let path = RepoPath::parse(&source.file.path).map_err(PlaceError::from)?;
        // Two patterns may name the same file: the second works on what the first leaves.
        let at = texts.iter().position(|(known, ..)| *known == path);
        let text = match at.and_then(|at| texts.get(at)) {
            Some((_, _, after)) => after.clone(),
            None => match read(root, &path) {
                Err(_) if source.follows => continue,
                text => text?,
            },
        };
        let find = |text: &str| locate_wanted(&source.file, text.as_bytes(), &source.want, &all.near);
        let places = match find(&text) {
            Err(error) if source.forgives(&error) => continue,
            places => places?,
        };
        let after = replaced(&text, &places, version);
        for place in &places {
            if !said_before.contains(&place.found) {
                said_before.push(place.found.clone());
            }
        }
        let again = find(&after)?;
        let says = again.len() == places.len() && again.iter().all(|place| place.found == version.to_string());
        if !says {
            return Err(SetError::NotFoundAfter { path: path.to_string(), version: version.clone() });
        }
        match at.and_then(|at| texts.get_mut(at)) {
            Some((_, _, known_after)) => *known_after = after,
            None => texts.push((path, text, after)),
        }
    }
    let changed = texts.into_iter().filter(|(_, before, after)| before != after);
    let files = changed
        .map(|(path, before, after)| FileChange { lines: changed_lines(&before, &after), path, before, after })
        .collect();
    Ok(SetPlan { version: version.clone(), files, said_before })
}

fn read(root: &Path, path: &RepoPath) -> Result<String, PlaceError> {
    let found = locate_in(root, path).map_err(|error| PlaceError::Unread(error.to_string()))?;
    let bytes = fs::read(&found).map_err(|error| PlaceError::Unread(format!("cannot read {path}: {error}")))?;
    String::from_utf8(bytes).map_err(|_| PlaceError::NotText { path: path.to_string() })
}

/// What is under way, as noted in the state directory.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Note {
    schema: u32,
    version: String,
    files: Vec<String>,
}

/// How a file stands in a half-done set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileState {
    /// As before.
    Old,
    /// As it should become.
    New,
    /// Neither: changed since, or gone.
    Other,
}

/// A set that did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HalfDone {
    /// The version that was being set.
    pub version: String,
    /// Each file with how it stands.
    pub files: Vec<(String, FileState)>,
}

impl std::fmt::Display for HalfDone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "setting {} stopped half-way:", self.version)?;
        for (at, (path, state)) in self.files.iter().enumerate() {
            let words = match state {
                FileState::Old => "has the old version",
                FileState::New => "has the new one",
                FileState::Other => "was changed since",
            };
            write!(f, "{} {path} {words}", if at == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

/// How to bring a half-done set to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settle {
    /// Write the new version everywhere.
    Finish,
    /// Put the originals back.
    Revert,
}

/// Sets the version in all files of the plan, or in none.
///
/// `state` is the project's state directory, which must exist.
///
/// # Errors
/// [`SetError::Restored`] and most others leave every file as before; only [`SetError::Stuck`] does not, and then
/// [`half_done`] tells how it stands.
pub fn apply_set(root: &Path, state: &Path, plan: &SetPlan) -> Result<(), SetError> {
    if plan.files.is_empty() {
        return Ok(());
    }
    if let Some(earlier) = half_done(root, state)? {
        return Err(SetError::HalfDone(earlier));
    }
    for file in &plan.files {
        if read(root, &file.path)? != file.before {
            return Err(SetError::ChangedMeanwhile { path: file.path.to_string() });
        }
    }
    note(state, plan)?;
    let asides = write_asides(root, plan).inspect_err(|_| clear(state))?;
    put_in_place(root, state, plan, &asides)
}

/// Writes the originals, the new texts and the note; only with the note, which comes last, is a set under way.
fn note(state: &Path, plan: &SetPlan) -> Result<(), SetError> {
    let dir = state.join(UNDER_WAY);
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| SetError::State { path, source }
    };
    // Left by a kill before its note was written: nothing was under way.
    if dir.exists() {
        fs::remove_dir_all(&dir).map_err(failed(&dir))?;
    }
    step();
    DirBuilder::new().mode(0o700).create(&dir).map_err(failed(&dir))?;
    for (at, file) in plan.files.iter().enumerate() {
        for (suffix, text) in [("before", &file.before), ("after", &file.after)] {
            let path = dir.join(format!("{at}.{suffix}"));
            write_new(&path, text, 0o600).map_err(failed(&path))?;
        }
    }
    let files = plan.files.iter().map(|file| file.path.to_string()).collect();
    let note = Note { schema: 1, version: plan.version.to_string(), files };
    let text = serde_json::to_string_pretty(&note)
        .map_err(|error| SetError::State { path: dir.clone(), source: error.into() })?;
    let path = dir.join("note.new");
    write_new(&path, &text, 0o600).map_err(failed(&path))?;
    step();
    fs::rename(&path, dir.join(NOTE)).map_err(failed(&path))?;
    step();
    sync_dir(&dir).and_then(|()| sync_dir(state)).map_err(failed(&dir))
}

/// Where the new text of a file waits: beside it, so that a rename puts it in place.
fn aside(target: &Path) -> PathBuf {
    let name = target.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    target.with_file_name(format!(".{name}.relco-new"))
}

fn write_asides(root: &Path, plan: &SetPlan) -> Result<Vec<(PathBuf, PathBuf)>, SetError> {
    let mut asides: Vec<(PathBuf, PathBuf)> = Vec::new();
    for file in &plan.files {
        let written = write_aside(root, &file.path, &file.after);
        match written {
            Ok(pair) => asides.push(pair),
            Err(source) => {
                for (aside, _) in &asides {
                    let _ = fs::remove_file(aside);
                }
                return Err(SetError::Restored { path: file.path.to_string(), source });
            }
        }
    }
    Ok(asides)
}

/// Writes a file's new text beside it, with its rights, and reads it back.
fn write_aside(root: &Path, path: &RepoPath, text: &str) -> io::Result<(PathBuf, PathBuf)> {
    let target = locate_in(root, path).map_err(|error| io::Error::other(error.to_string()))?;
    let aside = aside(&target);
    if aside.symlink_metadata().is_ok() {
        fs::remove_file(&aside)?;
    }
    let meta = fs::metadata(&target)?;
    let written = write_new(&aside, text, meta.mode() & 0o7777).and_then(|()| {
        fs::set_permissions(&aside, meta.permissions())?;
        // Only root may give a file away; anybody else already owns what they may write here, or keeps it.
        let _ = std::os::unix::fs::chown(&aside, Some(meta.uid()), Some(meta.gid()));
        if fs::read(&aside)? == text.as_bytes() {
            Ok(())
        } else {
            Err(io::Error::other("the disk gave back other bytes"))
        }
    });
    match written {
        Ok(()) => Ok((aside, target)),
        Err(error) => {
            let _ = fs::remove_file(&aside);
            Err(error)
        }
    }
}

fn put_in_place(root: &Path, state: &Path, plan: &SetPlan, asides: &[(PathBuf, PathBuf)]) -> Result<(), SetError> {
    for ((aside, target), file) in asides.iter().zip(&plan.files) {
        let moved = match fs::read(target) {
            Ok(bytes) if bytes == file.before.as_bytes() => {
                step();
                fs::rename(aside, target).inspect(|()| step())
            }
            Ok(_) => Err(io::Error::other("it was changed meanwhile")),
            Err(error) => Err(error),
        };
        let moved = moved.and_then(|()| target.parent().map_or(Ok(()), sync_dir));
        let Err(source) = moved else { continue };
        for (aside, _) in asides {
            let _ = fs::remove_file(aside);
        }
        let path = file.path.to_string();
        return Err(match settle(root, state, Settle::Revert) {
            Ok(_) => SetError::Restored { path, source },
            // A file that somebody else changed stays as they left it; the others are as before.
            Err(SetError::Neither { .. }) if only_untouched(root, state) => {
                clear(state);
                SetError::ChangedMeanwhile { path }
            }
            Err(_) => SetError::Stuck { path, source },
        });
    }
    clear(state);
    Ok(())
}

/// Whether no file has the new text.
fn only_untouched(root: &Path, state: &Path) -> bool {
    let half = half_done(root, state).ok().flatten();
    half.is_some_and(|half| half.files.iter().all(|(_, file)| *file != FileState::New))
}

/// The set that did not come to its end, if there is one.
///
/// # Errors
/// [`SetError::State`] where the note cannot be read.
pub fn half_done(root: &Path, state: &Path) -> Result<Option<HalfDone>, SetError> {
    let Some(note) = read_note(state)? else { return Ok(None) };
    let files = note.files.iter().enumerate().map(|(at, path)| (path.clone(), file_state(root, state, at, path)));
    Ok(Some(HalfDone { version: note.version.clone(), files: files.collect() }))
}

fn read_note(state: &Path) -> Result<Option<Note>, SetError> {
    let path = state.join(UNDER_WAY).join(NOTE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SetError::State { path, source }),
    };
    serde_json::from_str(&text).map(Some).map_err(|error| SetError::State { path, source: error.into() })
}

fn saved(state: &Path, at: usize, suffix: &str) -> io::Result<String> {
    fs::read_to_string(state.join(UNDER_WAY).join(format!("{at}.{suffix}")))
}

fn file_state(root: &Path, state: &Path, at: usize, path: &str) -> FileState {
    let text = RepoPath::parse(path).ok().and_then(|path| read(root, &path).ok());
    match text {
        Some(text) if saved(state, at, "after").is_ok_and(|after| after == text) => FileState::New,
        Some(text) if saved(state, at, "before").is_ok_and(|before| before == text) => FileState::Old,
        _ => FileState::Other,
    }
}

/// Brings a half-done set to its end; gives the version that it was about, or none where nothing was under way.
///
/// # Errors
/// [`SetError::Neither`] where a file was changed by hand since; the other files are brought to their end first.
pub fn settle(root: &Path, state: &Path, how: Settle) -> Result<Option<String>, SetError> {
    let Some(note) = read_note(state)? else { return Ok(None) };
    let (wrong, suffix) = match how {
        Settle::Finish => (FileState::Old, "after"),
        Settle::Revert => (FileState::New, "before"),
    };
    let mut neither = None;
    for (at, name) in note.files.iter().enumerate() {
        let stands = file_state(root, state, at, name);
        if stands == FileState::Other {
            neither = neither.or_else(|| Some(name.clone()));
        }
        let path = RepoPath::parse(name).map_err(PlaceError::from)?;
        if let Ok(target) = locate_in(root, &path) {
            let _ = fs::remove_file(aside(&target));
        }
        if stands == wrong {
            let rewrite = || {
                let text = saved(state, at, suffix)?;
                let (aside, target) = write_aside(root, &path, &text)?;
                step();
                fs::rename(&aside, &target)?;
                step();
                target.parent().map_or(Ok(()), sync_dir)
            };
            rewrite().map_err(|source| SetError::Stuck { path: name.clone(), source })?;
        }
    }
    match neither {
        Some(path) => Err(SetError::Neither { path }),
        None => {
            clear(state);
            Ok(Some(note.version))
        }
    }
}

/// Removes what was noted; the note first, so that a kill in between leaves nothing under way.
fn clear(state: &Path) {
    let dir = state.join(UNDER_WAY);
    step();
    let _ = fs::remove_file(dir.join(NOTE));
    step();
    let _ = fs::remove_dir_all(&dir);
    step();
}

fn write_new(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    step();
    let mut file = File::options().write(true).create_new(true).mode(mode).open(path)?;
    step();
    file.write_all(text.as_bytes())?;
    step();
    file.sync_all()
}

/// Between two changes of the disk. Tests kill the process at each of them.
fn step() {
    #[cfg(test)]
    tests::kills::step();
}

fn sync_dir(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests;
