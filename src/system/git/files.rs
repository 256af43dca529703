//! What a file said: in a commit, or in the work tree. Never follows a link out of the repository.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use git2::{Diff, DiffOptions, ErrorCode, ObjectType, TreeWalkMode, TreeWalkResult};

use super::{Git, GitError, error};
use crate::domain::repo_path::RepoPath;

/// More than any changelog or version file has; a bound on memory, not a rule.
const FILE_BYTES_MAX: u64 = 32 << 20;

impl Git {
    /// The bytes of a file as a commit has it.
    ///
    /// # Errors
    /// [`GitError::NoSuchFile`], [`GitError::NotAFile`], [`GitError::TooLarge`], or what the revision gave.
    pub fn read_at(&self, rev: &str, path: &RepoPath) -> Result<Vec<u8>, GitError> {
        let commit = self.commit_of(rev)?;
        let tree = commit.tree().map_err(|error| error::reading(rev, &error))?;
        let entry = tree.get_path(Path::new(path.as_str())).map_err(|error| match error.code() {
            ErrorCode::NotFound => GitError::NoSuchFile { path: path.to_string(), place: rev.to_owned() },
            _ => error::reading(path.as_str(), &error),
        })?;
        let not_a_file = |what| GitError::NotAFile { path: path.to_string(), what };
        match entry.kind() {
            Some(ObjectType::Blob) if entry.filemode() == 0o120_000 => return Err(not_a_file("link")),
            Some(ObjectType::Blob) => {}
            Some(ObjectType::Commit) => return Err(not_a_file("submodule")),
            _ => return Err(not_a_file("directory")),
        }
        let blob = self.repo.find_blob(entry.id()).map_err(|error| error::reading(path.as_str(), &error))?;
        let bytes = blob.size() as u64;
        if bytes > FILE_BYTES_MAX {
            return Err(GitError::TooLarge { path: path.to_string(), bytes, limit: FILE_BYTES_MAX });
        }
        Ok(blob.content().to_vec())
    }

    /// The bytes of a file as it lies in the work tree, committed or not.
    ///
    /// # Errors
    /// [`GitError::NoSuchFile`], [`GitError::NotAFile`], [`GitError::LeadsOut`], [`GitError::TooLarge`],
    /// [`GitError::NoWorkTree`] or [`GitError::Io`].
    pub fn read_worktree(&self, path: &RepoPath) -> Result<Vec<u8>, GitError> {
        let found = self.locate(path)?;
        let io = |source| GitError::Io { path: found.clone(), source };
        let file = fs::File::open(&found).map_err(io)?;
        let mut bytes = Vec::new();
        // One byte more than allowed tells a file that grew while it was read.
        file.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes).map_err(io)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            let bytes = fs::metadata(&found).map_or(bytes.len() as u64, |meta| meta.len());
            return Err(GitError::TooLarge { path: path.to_string(), bytes, limit: FILE_BYTES_MAX });
        }
        Ok(bytes)
    }

    /// The tracked files below these places (a file, or a directory that ends in `/`) that lie in the work tree
    /// otherwise than in a commit. Compares bytes; runs no filter and writes nothing.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Damaged`].
    pub fn changed_since(&self, rev: &str, places: &[String]) -> Result<Vec<String>, GitError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let tree = self.commit_of(rev)?.tree().map_err(|error| error::reading(rev, &error))?;
        let mut options = DiffOptions::new();
        options.disable_pathspec_match(true).include_untracked(false).ignore_submodules(true).update_index(false);
        for place in places {
            options.pathspec(place.trim_end_matches('/'));
        }
        let diff = self.repo.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options));
        Ok(paths_of(&diff.map_err(|error| error::reading(rev, &error))?))
    }

    /// The files below these places (as for [`Git::changed_since`]) that one commit has otherwise than another.
    ///
    /// # Errors
    /// What the revisions gave, or [`GitError::Damaged`].
    pub fn changed_between(&self, from: &str, to: &str, places: &[String]) -> Result<Vec<String>, GitError> {
        if places.is_empty() {
            return Ok(Vec::new());
        }
        let tree = |rev: &str| self.commit_of(rev)?.tree().map_err(|error| error::reading(rev, &error));
        let mut options = DiffOptions::new();
        options.disable_pathspec_match(true).ignore_submodules(true);
        for place in places {
            options.pathspec(place.trim_end_matches('/'));
        }
        let diff = self.repo.diff_tree_to_tree(Some(&tree(from)?), Some(&tree(to)?), Some(&mut options));
        Ok(paths_of(&diff.map_err(|error| error::reading(to, &error))?))
    }

    /// Where a file of the work tree really lies, links resolved.
    ///
    /// # Errors
    /// As [`Git::read_worktree`].
    pub fn locate(&self, path: &RepoPath) -> Result<PathBuf, GitError> {
        let root = self.root().ok_or(GitError::NoWorkTree)?;
        locate_in(root, path)
    }

    /// Whether git tracks this path.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the index cannot be read.
    pub fn is_tracked(&self, path: &RepoPath) -> Result<bool, GitError> {
        let index = self.repo.index().map_err(|error| error::reading("the index", &error))?;
        Ok(index.get_path(Path::new(path.as_str()), 0).is_some())
    }

    /// How many files git tracks here.
    pub fn tracked_count(&self) -> usize {
        self.repo.index().map_or(0, |index| index.len())
    }

    /// All tracked paths, sorted: of a commit, or of the index without one. Links and submodules are left out.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Damaged`].
    pub fn paths(&self, rev: Option<&str>) -> Result<Vec<String>, GitError> {
        let Some(rev) = rev else {
            let index = self.repo.index().map_err(|error| error::reading("the index", &error))?;
            let files = index.iter().filter(|entry| matches!(entry.mode, 0o100_644 | 0o100_755));
            return Ok(files.filter_map(|entry| String::from_utf8(entry.path).ok()).collect());
        };
        let tree = self.commit_of(rev)?.tree().map_err(|error| error::reading(rev, &error))?;
        let mut paths = Vec::new();
        tree.walk(TreeWalkMode::PreOrder, |dir, entry| {
            if entry.kind() == Some(ObjectType::Blob)
                && entry.filemode() != 0o120_000
                && let Ok(name) = std::str::from_utf8(entry.name_bytes())
            {
                paths.push(format!("{dir}{name}"));
            }
            TreeWalkResult::Ok
        })
        .map_err(|error| error::reading(rev, &error))?;
        paths.sort();
        Ok(paths)
    }

    /// The tracked paths at the top of a commit, or of the index without one: where a changelog is looked for.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Damaged`].
    pub fn top_level_files(&self, rev: &str) -> Result<Vec<String>, GitError> {
        let tree = self.commit_of(rev)?.tree().map_err(|error| error::reading(rev, &error))?;
        let files = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(files.map(|entry| String::from_utf8_lossy(entry.name_bytes()).into_owned()).collect())
    }
}

impl Git {
    /// The names of the files directly in a directory of a commit; none where there is no such directory.
    ///
    /// # Errors
    /// What the revision gave.
    pub fn files_in(&self, rev: &str, dir: &str) -> Result<Vec<String>, GitError> {
        let Some(tree) = self.directory(rev, dir)? else { return Ok(Vec::new()) };
        let files = tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Blob));
        Ok(files.map(|entry| String::from_utf8_lossy(entry.name_bytes()).into_owned()).collect())
    }

    /// The paths of the files in a directory of a commit and in the directories directly below it.
    ///
    /// # Errors
    /// What the revision gave.
    pub fn files_below(&self, rev: &str, dir: &str) -> Result<Vec<String>, GitError> {
        let mut paths: Vec<String> = self.files_in(rev, dir)?.into_iter().map(|name| format!("{dir}/{name}")).collect();
        let Some(tree) = self.directory(rev, dir)? else { return Ok(paths) };
        for inner in tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
            let inner = format!("{dir}/{}", String::from_utf8_lossy(inner.name_bytes()));
            paths.extend(self.files_in(rev, &inner)?.into_iter().map(|name| format!("{inner}/{name}")));
        }
        Ok(paths)
    }

    /// The same of the work tree: what lies there, tracked or not, without what git ignores and without links.
    pub fn work_tree_below(&self, dir: &str) -> Vec<String> {
        let Some(root) = self.root() else { return Vec::new() };
        let (mut paths, mut inner) = (Vec::new(), vec![dir.to_owned()]);
        for depth in 0..2 {
            for dir in std::mem::take(&mut inner) {
                if root.join(&dir).symlink_metadata().is_ok_and(|about| !about.is_dir()) {
                    continue;
                }
                for entry in fs::read_dir(root.join(&dir)).into_iter().flatten().flatten() {
                    let (Ok(kind), Ok(name)) = (entry.file_type(), entry.file_name().into_string()) else { continue };
                    let path = format!("{dir}/{name}");
                    match () {
                        () if kind.is_file() => paths.push(path),
                        () if kind.is_dir() && depth == 0 => inner.push(path),
                        () => {}
                    }
                }
            }
        }
        let tracked = |path: &String| RepoPath::parse(path).is_ok_and(|path| self.is_tracked(&path).unwrap_or(false));
        paths.retain(|path| tracked(path) || !self.repo.is_path_ignored(path).unwrap_or(false));
        paths.sort();
        paths
    }

    /// The directories of this name, the highest first, at most so deep.
    ///
    /// # Errors
    /// What the revision gave.
    pub fn directories_called(&self, rev: &str, name: &str, depth: usize) -> Result<Vec<String>, GitError> {
        let mut found = Vec::new();
        let mut open = vec![String::new()];
        for _ in 0..depth {
            let mut below = Vec::new();
            for dir in &open {
                let Some(tree) = self.directory(rev, dir)? else { continue };
                for entry in tree.iter().filter(|entry| entry.kind() == Some(ObjectType::Tree)) {
                    let own = String::from_utf8_lossy(entry.name_bytes()).into_owned();
                    let path = if dir.is_empty() { own.clone() } else { format!("{dir}/{own}") };
                    if own == name {
                        found.push(path.clone());
                    }
                    below.push(path);
                }
            }
            open = below;
        }
        Ok(found)
    }

    fn directory(&self, rev: &str, dir: &str) -> Result<Option<git2::Tree<'_>>, GitError> {
        let tree = self.commit_of(rev)?.tree().map_err(|error| error::reading(rev, &error))?;
        if dir.is_empty() {
            return Ok(Some(tree));
        }
        let Ok(entry) = tree.get_path(Path::new(dir)) else { return Ok(None) };
        Ok(self.repo.find_tree(entry.id()).ok())
    }
}

/// Where a file under `root` really lies.
pub(crate) fn locate_in(root: &Path, path: &RepoPath) -> Result<PathBuf, GitError> {
    let io = |path: &Path, source: std::io::Error| GitError::Io { path: path.to_owned(), source };
    let root = root.canonicalize().map_err(|source| io(root, source))?;
    let named = root.join(path.as_str());
    let found = match named.canonicalize() {
        Ok(found) => found,
        Err(source) if matches!(source.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Err(GitError::NoSuchFile { path: path.to_string(), place: "the work tree".to_owned() });
        }
        Err(source) => return Err(io(&named, source)),
    };
    if !found.starts_with(&root) || found.starts_with(root.join(".git")) {
        return Err(GitError::LeadsOut { path: path.to_string() });
    }
    let kind = fs::metadata(&found).map_err(|source| io(&found, source))?;
    let not_a_file = |what| GitError::NotAFile { path: path.to_string(), what };
    match () {
        () if kind.is_file() => Ok(found),
        () if kind.is_dir() => Err(not_a_file("directory")),
        () => Err(not_a_file("device")),
    }
}

/// What a comparison names, sorted.
fn paths_of(diff: &Diff<'_>) -> Vec<String> {
    let mut paths: Vec<String> = diff
        .deltas()
        .filter_map(|delta| delta.new_file().path_bytes().or(delta.old_file().path_bytes()))
        .map(|path| String::from_utf8_lossy(path).into_owned())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}
