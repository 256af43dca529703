//! The history of harbor, the example project: who changed what, when, and through which pull request.
//!
//! It is told forwards as a list of changes, while the embedded files are those of its end; the files of its
//! beginning are worked out by taking the changes back. Dates and people are fixed, so every machine makes the same
//! commits. Must never look at the clock, the environment or the disk. Enter at [`stream`].

use std::collections::BTreeMap;

use super::files::{self, FILES};

mod told;

/// Somebody who works on harbor.
#[derive(Debug, Clone, Copy)]
struct Person {
    name: &'static str,
    email: &'static str,
}

/// What a commit does to the files.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// The file is new, with the text that it has to this day (but for later changes).
    Add(&'static str),
    /// In this file, this text becomes that text; it stands there exactly once.
    Turn(&'static str, &'static str, &'static str),
    /// The changelog gets the section of this version.
    Section(&'static str),
}

/// One line of the history of the main branch.
#[derive(Debug, Clone, Copy)]
struct Entry {
    /// When it came to the main branch, in UTC.
    at: &'static str,
    who: Person,
    how: How,
}

/// How a change came to the main branch.
#[derive(Debug, Clone, Copy)]
enum How {
    /// Committed right there, and tagged if it made a release.
    Direct { title: &'static str, body: &'static str, changes: &'static [Change], tag: Option<&'static str> },
    /// A merged pull request; its branch began before the entry that precedes it, and holds these commits.
    Merge {
        number: u32,
        branch: &'static str,
        title: &'static str,
        commits: &'static [(&'static str, &'static [Change])],
    },
    /// A pull request that was squashed into one commit.
    Squash { number: u32, title: &'static str, body: &'static str, changes: &'static [Change] },
}

/// The files of one commit: path to text.
type Tree = BTreeMap<&'static str, String>;

/// Why the history does not fit the embedded files. Only a mistake in this repository can cause it.
#[derive(Debug, thiserror::Error)]
pub enum Unfit {
    /// A change names a file that is not there, or a text that does not stand there exactly once.
    #[error("the history of the example does not fit its files: {path}: {what}")]
    Change {
        /// The file.
        path: &'static str,
        /// What was looked for.
        what: String,
    },
    /// A time of the history cannot be read.
    #[error("the history of the example has a bad time: {0}")]
    Time(#[from] jiff::Error),
}

/// The branch that releases are made from.
const MAIN: &str = "refs/heads/main";

/// The last release before the one that the example is about.
pub const LAST_RELEASE: &str = "1.2.4";

/// The version that the example is about.
pub const NEXT_RELEASE: &str = "1.3.0";

/// The whole history as input for `git fast-import`: commits, merges and tags, main at its end.
///
/// # Errors
/// [`Unfit`] when the history and the embedded files of this repository contradict each other.
pub fn stream() -> Result<Vec<u8>, Unfit> {
    let mut writer = Writer::new(first_tree()?);
    for entry in told::ENTRIES {
        writer.entry(entry)?;
    }
    writer.out.extend_from_slice(b"done\n");
    Ok(writer.out)
}

/// The files as they were at a release of the history, for what was installed before the example begins.
///
/// # Errors
/// As [`stream`].
pub fn tree_at(tag: &str) -> Result<BTreeMap<&'static str, String>, Unfit> {
    let mut tree = first_tree()?;
    for entry in told::ENTRIES {
        for change in entry.how.changes() {
            forwards(&mut tree, change)?;
        }
        if matches!(entry.how, How::Direct { tag: Some(here), .. } if here == tag) {
            break;
        }
    }
    Ok(tree)
}

impl How {
    fn changes(&self) -> Vec<Change> {
        match self {
            How::Direct { changes, .. } | How::Squash { changes, .. } => changes.to_vec(),
            How::Merge { commits, .. } => commits.iter().flat_map(|(_, changes)| changes.iter().copied()).collect(),
        }
    }
}

/// The files before the first entry: today's files with every change taken back, the latest first.
fn first_tree() -> Result<Tree, Unfit> {
    let mut tree: Tree = FILES.iter().map(|file| (file.path, file.text.to_owned())).collect();
    for entry in told::ENTRIES.iter().rev() {
        for change in entry.how.changes().iter().rev() {
            match *change {
                Change::Add(path) => {
                    tree.remove(path).ok_or_else(|| unfit(path, "added, but not among the files"))?;
                }
                Change::Turn(path, before, after) => turn(&mut tree, path, after, before)?,
                // The first section to be written is the first to be left out below.
                Change::Section(_) => {}
            }
        }
    }
    tree.insert(CHANGELOG, changelog_until(told::FIRST_VERSION));
    Ok(tree)
}

fn forwards(tree: &mut Tree, change: Change) -> Result<(), Unfit> {
    match change {
        Change::Add(path) => {
            let mut text = files::text(path).ok_or_else(|| unfit(path, "not among the files"))?.to_owned();
            // The file began without what later changes made of it.
            for later in told::ENTRIES.iter().rev().flat_map(|entry| entry.how.changes().into_iter().rev()) {
                if let Change::Turn(where_, before, after) = later
                    && where_ == path
                {
                    text = text.replacen(after, before, 1);
                }
            }
            tree.insert(path, text);
            Ok(())
        }
        Change::Turn(path, before, after) => turn(tree, path, before, after),
        Change::Section(version) => {
            tree.insert(CHANGELOG, changelog_until(version));
            Ok(())
        }
    }
}

fn turn(tree: &mut Tree, path: &'static str, from: &str, to: &str) -> Result<(), Unfit> {
    let text = tree.get_mut(path).ok_or_else(|| unfit(path, "changed while it is not there"))?;
    if text.matches(from).count() != 1 {
        return Err(unfit(path, from));
    }
    *text = text.replacen(from, to, 1);
    Ok(())
}

fn unfit(path: &'static str, what: &str) -> Unfit {
    Unfit::Change { path, what: what.to_owned() }
}

const CHANGELOG: &str = "CHANGELOG.md";

/// The changelog as it was when the given version's section was its latest.
fn changelog_until(version: &str) -> String {
    let text = files::text(CHANGELOG).unwrap_or_default();
    let heading = format!("## [{version}]");
    let link = format!("[{version}]:");
    let (mut out, mut newer) = (String::new(), false);
    for line in text.lines() {
        if line.starts_with("## [") {
            newer = !line.starts_with("## [Unreleased]") && !out.contains(&heading) && !line.starts_with(&heading);
        }
        if line.starts_with("[Unreleased]:") {
            newer = true;
            let (url, _) = line.split_once("/compare/").unwrap_or((line, ""));
            out.push_str(&format!("{url}/compare/v{version}...HEAD\n"));
        }
        if line.starts_with(&link) {
            newer = false;
        }
        if !newer {
            out.push_str(line);
            out.push('\n');
        }
    }
    out
}

/// Writes the stream and remembers what it wrote.
struct Writer {
    out: Vec<u8>,
    /// Marks and files of the main branch, the latest last; empty before the first commit.
    main: Vec<(usize, Tree)>,
    /// The files that the first commit begins with.
    first: Tree,
    marks: usize,
}

impl Writer {
    fn new(first: Tree) -> Self {
        Writer { out: Vec::new(), main: Vec::new(), first, marks: 0 }
    }

    fn entry(&mut self, entry: &Entry) -> Result<(), Unfit> {
        let at_s = entry.at.parse::<jiff::Timestamp>()?.as_second();
        let (parent, mut tree) = match self.main.last() {
            Some((mark, tree)) => (Some(*mark), tree.clone()),
            None => (None, self.first.clone()),
        };
        for change in entry.how.changes() {
            forwards(&mut tree, change)?;
        }
        let mark = match entry.how {
            How::Direct { title, body, .. } => {
                self.commit(entry.who, at_s, &message(title, body), &[parent.unwrap_or(0)], &tree)
            }
            How::Squash { number, title, body, .. } => {
                let text = message(&format!("{title} (#{number})"), body);
                self.commit(entry.who, at_s, &text, &[parent.unwrap_or(0)], &tree)
            }
            How::Merge { number, branch, title, commits } => {
                let tip = self.branch(entry.who, at_s, commits)?;
                let text = message(&format!("Merge pull request #{number} from {branch}"), title);
                self.commit(told::ANA, at_s, &text, &[parent.unwrap_or(0), tip], &tree)
            }
        };
        if let How::Direct { tag: Some(tag), .. } = entry.how {
            let version = tag.trim_start_matches('v');
            let person = signature(entry.who, at_s);
            self.line(&format!("tag {tag}\nfrom :{mark}\ntagger {person}"));
            self.data(&format!("harbor {version}\n"));
        }
        self.main.push((mark, tree));
        Ok(())
    }

    /// The commits of a pull request; they begin one entry behind the main branch, as branches do.
    fn branch(&mut self, who: Person, merged_s: i64, commits: &[(&str, &[Change])]) -> Result<usize, Unfit> {
        let from = self.main.iter().rev().nth(1).or(self.main.last());
        let (mut parent, mut tree) = from.map_or((0, self.first.clone()), |(mark, tree)| (*mark, tree.clone()));
        for (back, (title, changes)) in commits.iter().enumerate() {
            for change in *changes {
                forwards(&mut tree, *change)?;
            }
            let hours_before = i64::try_from(commits.len() - back).unwrap_or(1) * 3;
            parent = self.commit(who, merged_s - hours_before * 3600, &message(title, ""), &[parent], &tree);
        }
        Ok(parent)
    }

    /// Writes one commit; a parent of 0 is none. The first parent decides what changed.
    fn commit(&mut self, who: Person, at_s: i64, message: &str, parents: &[usize], tree: &Tree) -> usize {
        self.marks += 1;
        let mark = self.marks;
        let person = signature(who, at_s);
        self.line(&format!("commit {MAIN}\nmark :{mark}\nauthor {person}\ncommitter {person}"));
        self.data(message);
        let words = ["from", "merge"];
        for (word, parent) in words.iter().zip(parents).filter(|(_, parent)| **parent != 0) {
            self.line(&format!("{word} :{parent}"));
        }
        self.line("deleteall");
        for (path, text) in tree {
            let program = FILES.iter().any(|file| file.path == *path && file.program);
            self.line(&format!("M {} inline {path}", if program { "100755" } else { "100644" }));
            self.data(text);
        }
        mark
    }

    fn line(&mut self, line: &str) {
        self.out.extend_from_slice(line.as_bytes());
        self.out.push(b'\n');
    }

    fn data(&mut self, text: &str) {
        self.line(&format!("data {}", text.len()));
        self.line(text);
    }
}

fn message(title: &str, body: &str) -> String {
    if body.is_empty() { format!("{title}\n") } else { format!("{title}\n\n{body}\n") }
}

fn signature(who: Person, at_s: i64) -> String {
    format!("{} <{}> {at_s} +0000", who.name, who.email)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forwards_from_the_beginning_leads_to_the_embedded_files() {
        let end = tree_at("no such tag").unwrap();
        for file in FILES {
            assert_eq!(end.get(file.path).map(String::as_str), Some(file.text), "{}", file.path);
        }
        assert_eq!(end.len(), FILES.len());
    }

    #[test]
    fn the_last_release_knows_nothing_of_the_next() {
        let tree = tree_at("v1.2.4").unwrap();
        assert!(tree["backend/Cargo.toml"].contains("version = \"1.2.4\""));
        assert!(tree["frontend/package.json"].contains("\"version\": \"1.2.4\""));
        assert!(tree["backend/service.conf"].contains("schema=0006"));
        assert!(!tree.contains_key("backend/migrations/0007_berth_depth.sql"));
        assert!(tree["CHANGELOG.md"].contains("## [1.2.4]") && !tree["CHANGELOG.md"].contains("1.3.0"));
        assert!(
            tree["CHANGELOG.md"]
                .contains("\n[Unreleased]: https://git.example.com/harbor/harbor/compare/v1.2.4...HEAD\n")
        );
        assert!(tree["CHANGELOG.md"].contains("\n[1.2.1]: "));
    }

    #[test]
    fn one_merged_pull_request_is_missing_in_the_changelog() {
        let released =
            told::ENTRIES.iter().position(|e| matches!(e.how, How::Direct { tag: Some("v1.2.4"), .. })).unwrap();
        let section = files::text(CHANGELOG).unwrap().split("## [").find(|s| s.starts_with("1.3.0]")).unwrap();
        let missing: Vec<u32> = told::ENTRIES[released..]
            .iter()
            .filter_map(|entry| match entry.how {
                How::Direct { .. } => None,
                How::Merge { number, .. } | How::Squash { number, .. } => Some(number),
            })
            .filter(|number| !section.contains(&format!("(#{number})")))
            .collect();
        assert_eq!(missing, [123]);
    }

    #[test]
    fn times_only_go_forwards() {
        let times: Vec<jiff::Timestamp> = told::ENTRIES.iter().map(|entry| entry.at.parse().unwrap()).collect();
        assert!(times.is_sorted());
    }
}
