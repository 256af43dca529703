//! A commit as plain data: what the ledger and the notes are made from.
//!
//! Pure. Nothing here knows git; `system::git` fills it in.

/// A name and an address, as a commit carries them. Either may be empty, and both may be anything.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The mail address.
    pub email: String,
}

/// One commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Its hash, in full.
    pub id: String,
    /// The hashes of its parents, the mainline's first.
    pub parents: Vec<String>,
    /// Who wrote the change.
    pub author: Person,
    /// Who put it in place; GitHub's own name where it was merged or squashed there.
    pub committer: Person,
    /// When it was put in place, in seconds since 1970.
    pub committed_s: i64,
    /// The first paragraph in one line.
    pub title: String,
    /// What follows, bounded.
    pub body: String,
    /// The paths that differ from the first parent, where they were asked for.
    pub paths: Option<Vec<String>>,
    /// The lines that it added to the changelog, where they were asked for.
    pub changelog_lines: Vec<String>,
    /// What it wrote into fragments of the changelog, one text for each file, where that was asked for.
    pub fragment_words: Vec<String>,
}

impl Commit {
    /// The hash as people write it.
    #[must_use]
    pub fn short(&self) -> &str {
        self.id.get(..7).unwrap_or(&self.id)
    }
}
