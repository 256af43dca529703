//! A path inside the repository, as configuration and commands name files.
//!
//! Pure: it checks the words of a path, never the disk, so a link that leads out of the repository is found where the
//! file is opened. Enter at [`RepoPath::parse`].

use std::fmt;

/// A relative path with forward slashes that stays inside the repository and outside `.git`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepoPath(String);

/// Why a text names no file inside the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadRepoPath {
    /// Nothing is left after the slashes and dots.
    Empty,
    /// It begins at the root of the file system or at a home directory.
    Absolute(String),
    /// It climbs out with `..`.
    Climbs(String),
    /// It names git's own directory.
    GitDirectory(String),
    /// It holds a control character or a backslash, which no version file or changelog needs.
    Character(String),
}

impl fmt::Display for BadRepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the path is empty"),
            Self::Absolute(path) => write!(f, "\"{path}\" is absolute: name it from the top of the repository"),
            Self::Climbs(path) => write!(f, "\"{path}\" leads out of the repository"),
            Self::GitDirectory(path) => write!(f, "\"{path}\" lies in git's own directory"),
            Self::Character(path) => {
                write!(f, "\"{}\" has a control character or a backslash", path.escape_debug())
            }
        }
    }
}

impl std::error::Error for BadRepoPath {}

impl RepoPath {
    /// Checks and tidies a path: `./a//b` becomes `a/b`.
    ///
    /// # Errors
    /// Says in words what makes the text no path inside the repository.
    pub fn parse(text: &str) -> Result<Self, BadRepoPath> {
        if text.chars().any(|c| c.is_control() || c == '\\') {
            return Err(BadRepoPath::Character(text.to_owned()));
        }
        if text.starts_with(['/', '~']) || text.chars().nth(1) == Some(':') {
            return Err(BadRepoPath::Absolute(text.to_owned()));
        }
        let parts: Vec<&str> = text.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        if parts.contains(&"..") {
            return Err(BadRepoPath::Climbs(text.to_owned()));
        }
        if parts.iter().any(|part| part.eq_ignore_ascii_case(".git")) {
            return Err(BadRepoPath::GitDirectory(text.to_owned()));
        }
        if parts.is_empty() {
            return Err(BadRepoPath::Empty);
        }
        Ok(Self(parts.join("/")))
    }

    /// The path with forward slashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its first component: the part of the project that the file belongs to, or the file's name at the top.
    #[must_use]
    pub fn first(&self) -> &str {
        self.0.split('/').next().unwrap_or(&self.0)
    }

    /// Its last component.
    #[must_use]
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

impl fmt::Display for RepoPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_inside() {
        let read = |text| RepoPath::parse(text).map(|path| path.to_string()).map_err(|bad| bad.to_string());
        assert_eq!(read("./backend//Cargo.toml"), Ok("backend/Cargo.toml".to_owned()));
        assert_eq!(read("a..b/c"), Ok("a..b/c".to_owned()));
        for bad in ["", ".", "/etc/passwd", "~/x", "C:/x", "a/../../x", "..", ".git/config", "a/.GIT/x", "a\\b", "a\nb"]
        {
            assert!(read(bad).is_err(), "{bad:?} was taken");
        }
        assert_eq!(read("../x").unwrap_err(), "\"../x\" leads out of the repository");
    }

    #[test]
    fn the_first_component_names_the_part_of_the_project() {
        let path = RepoPath::parse("frontend/src/version.txt").unwrap();
        assert_eq!((path.first(), path.file_name()), ("frontend", "version.txt"));
        assert_eq!(RepoPath::parse("VERSION").unwrap().first(), "VERSION");
    }
}
