//! What both front ends ask for in one go: candidate, tag, versions, watching, a text in the person's editor.

use std::path::PathBuf;

use semver::Version;

use super::truth::LedgerAsked;
use super::{ActError, Acted, Session};
use crate::domain::command::Command;
use crate::domain::ledger::{Change, Verdict};
use crate::domain::refusal::Refusal;
use crate::domain::repo_path::RepoPath;
use crate::domain::text::plain;

impl Session {
    /// Sets the commit of a revision as the candidate.
    ///
    /// # Errors
    /// When the revision names no commit, or the rules refuse it.
    pub fn candidate_from(&mut self, rev: &str) -> Result<Acted, ActError> {
        let commit = self.resolve(rev).map_err(|error| ActError::System(error.to_string()))?;
        self.observe_outside();
        let head = self.observed.head.as_ref();
        let branch = head.filter(|head| head.commit == commit).and_then(|head| head.branch.clone());
        self.act(&Command::SetCandidate { commit, branch })
    }

    /// Writes a version to every configured place, or to none, and looks again.
    ///
    /// # Errors
    /// When it is no version, or a place cannot be written; the files are as they were then.
    pub fn write_versions(&mut self, version: &str) -> Result<Vec<String>, ActError> {
        self.no_drill("no file is written")?;
        let system = |error: &dyn std::fmt::Display| ActError::System(error.to_string());
        let version = Version::parse(version).map_err(|error| system(&error))?;
        let plan = self.plan_versions(&version).map_err(|error| system(&error))?;
        self.set_versions(&plan).map_err(|error| system(&error))?;
        self.observe_outside();
        Ok(vec![format!("version {version} written: commit it, then set the candidate")])
    }

    /// The lines that [`Session::add_missing_entries`] would add, with the line that they follow, counted from 1.
    ///
    /// # Errors
    /// When the changelog or its section cannot be found.
    pub fn missing_entries(&self) -> Result<(RepoPath, usize, Vec<String>), ActError> {
        let system = |error: &dyn std::fmt::Display| ActError::System(error.to_string());
        let asked = LedgerAsked {
            to: Some("HEAD".to_owned()),
            from: self.release().and_then(|one| one.base.clone()),
            section: self.release().map(|one| one.version.clone()),
            ..LedgerAsked::default()
        };
        let ledger = self.ledger(&asked).map_err(|error| system(&error))?;
        let path = RepoPath::parse(&ledger.section.path).map_err(|error| system(&error))?;
        let missing = |one: &&Change| one.verdict == Verdict::Missing;
        let lines: Vec<String> = ledger
            .changes
            .iter()
            .filter(missing)
            .filter_map(|one| Some(format!("- {} ({})", plain(&one.title), one.id.as_ref()?)))
            .collect();
        let heading = ledger.section.line.ok_or_else(|| {
            Refusal::new(format!("{} has no section {}", ledger.section.path, ledger.section.wanted))
                .next("write its heading first")
        })?;
        let text = self.git.read_worktree(&path).map_err(|error| system(&error))?;
        Ok((path, end_of_section(&String::from_utf8_lossy(&text), heading), lines))
    }

    /// Adds a line for each merged change that the release's section does not tell, behind its last entry.
    ///
    /// # Errors
    /// When nothing is missing, or the file cannot be written.
    pub fn add_missing_entries(&mut self) -> Result<Vec<String>, ActError> {
        self.no_drill("no file is written")?;
        let (path, after, lines) = self.missing_entries()?;
        if lines.is_empty() {
            return Err(Refusal::new("nothing is missing in the changelog").into());
        }
        let place = self.git.locate(&path).map_err(|error| ActError::System(error.to_string()))?;
        let written = std::fs::read_to_string(&place).and_then(|text| {
            let mut all: Vec<&str> = text.split_inclusive('\n').collect();
            let added: Vec<String> = lines.iter().map(|line| format!("{line}\n")).collect();
            let at = after.min(all.len());
            all.splice(at..at, added.iter().map(String::as_str));
            let aside = place.with_extension("relco-new");
            std::fs::write(&aside, all.concat())?;
            std::fs::rename(&aside, &place)
        });
        written.map_err(|error| ActError::System(format!("cannot write {path}: {error}")))?;
        self.observe_outside();
        Ok(lines)
    }

    /// Calls `on_change` whenever something changes in these directories, until it answers `false`.
    pub fn watch(&self, dirs: &[PathBuf], on_change: impl FnMut() -> bool + Send + 'static) {
        crate::system::watch::watch(dirs, on_change);
    }
}

/// The line behind which a new entry belongs, counted from 1: the section's last list item with its further lines,
/// else the heading.
fn end_of_section(text: &str, heading: usize) -> usize {
    let mut last = heading;
    let mut in_item = false;
    let level = |line: &str| line.chars().take_while(|c| *c == '#').count();
    let own = text.lines().nth(heading.saturating_sub(1)).map_or(2, level).max(1);
    for (at, line) in text.lines().enumerate().skip(heading) {
        let depth = level(line);
        if depth > 0 && depth <= own {
            break;
        }
        let item = line.trim_start().starts_with(['-', '*', '+']);
        in_item = item || (in_item && line.starts_with([' ', '\t']) && !line.trim().is_empty());
        if in_item {
            last = at + 1;
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::end_of_section;

    #[test]
    fn a_new_entry_stands_behind_the_last_one_of_its_section() {
        let text =
            "# Changelog\n\n## 1.3.0\n\n### Added\n\n- one\n  more of it\n\n### Fixed\n\n- two\n\n## 1.2.0\n\n- old\n";
        assert_eq!(end_of_section(text, 3), 12);
        assert_eq!(end_of_section("## 1.3.0\n\n## 1.2.0\n- old\n", 1), 1);
        assert_eq!(end_of_section("## 1.3.0\n- last\n  of it", 1), 3);
    }
}
