//! What a check's word rests on: the commit, the files and the command. Where one of them moved, the word is stale.
//!
//! Pure. A check that the project wrote says something about what lay there when it ran and about nothing else. Enter
//! at [`Basis::moved`].

use super::digest::sha256_hex;
use super::plan::CommandSpec;
use super::release::ReleaseState;
use super::situation::Observed;

/// How many digits of a hash tell one state of the files, or of a command, from another.
const DIGITS: usize = 16;

/// What a check looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// The commit that was checked out; none without commits.
    pub commit: Option<String>,
    /// A hash of what tracked files held beside it; none where they were clean.
    pub files: Option<String>,
    /// A hash of the command.
    pub config: String,
}

impl Basis {
    /// What a check with this command would rest on now.
    pub fn now(observed: &Observed, command: &CommandSpec) -> Self {
        Self {
            commit: observed.head.as_ref().map(|head| head.commit.clone()),
            files: observed.files.clone(),
            config: config_hash(command),
        }
    }

    /// What moved since, in words; none where the word still holds. With a candidate, only what it rests on counts:
    /// where HEAD went since says nothing about it.
    pub fn moved(&self, observed: &Observed, release: &ReleaseState, command: &CommandSpec) -> Option<&'static str> {
        if self.config != config_hash(command) {
            return Some("its command changed");
        }
        match release.commit() {
            Some(candidate) if self.commit.as_deref() != Some(candidate) => Some("the candidate moved"),
            Some(_) if self.files.is_some() => Some("files were changed when it ran"),
            Some(_) => None,
            None if self.commit.as_deref() != observed.head.as_ref().map(|head| head.commit.as_str()) => {
                Some("HEAD moved")
            }
            None if self.files != observed.files => Some("files changed"),
            None => None,
        }
    }
}

fn config_hash(command: &CommandSpec) -> String {
    let text = format!("{command:?}");
    sha256_hex(text.as_bytes()).chars().take(DIGITS).collect()
}

/// A hash of what tracked files hold beside their commit: paths with what tells one content of them from another.
pub fn files_hash<'a>(changed: impl Iterator<Item = (&'a str, String)>) -> Option<String> {
    let text: String = changed.map(|(path, content)| format!("{path}\0{content}\n")).collect();
    (!text.is_empty()).then(|| sha256_hex(text.as_bytes()).chars().take(DIGITS).collect())
}
