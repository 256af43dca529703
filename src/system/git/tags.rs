//! Release tags and the base: which release does this one follow?

use std::collections::HashMap;

use git2::Oid;
use semver::Version;

use super::{Git, GitError, error};
use crate::domain::tag::TagPattern;

/// How many of the highest tags are asked for one by one before all of history is walked instead.
const TAGS_ASKED_MAX: usize = 4;
/// How many tags of each pattern are dated when the pattern is found out.
const TAGS_DATED_MAX: usize = 8;

/// A tag that names a release of this project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseTag {
    /// The tag's own name.
    pub name: String,
    /// The version that it means.
    pub version: Version,
    /// The commit that it stands on, in full.
    pub commit: String,
}

impl Git {
    /// The tags that the project's pattern matches, the highest version first.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the references cannot be read.
    pub fn tags(&self, pattern: &TagPattern) -> Result<Vec<ReleaseTag>, GitError> {
        let mut tags: Vec<ReleaseTag> = self
            .tag_targets()?
            .into_iter()
            .filter_map(|(name, commit)| {
                let version = pattern.version(&name)?;
                Some(ReleaseTag { version, commit: commit.to_string(), name })
            })
            .collect();
        tags.sort_by(|a, b| b.version.cmp(&a.version).then_with(|| a.name.cmp(&b.name)));
        Ok(tags)
    }

    /// The commit that a tag of this very name stands on; none where there is no such tag.
    ///
    /// # Errors
    /// [`GitError::NotACommit`] for a tag on something else.
    pub fn tag_commit(&self, name: &str) -> Result<Option<String>, GitError> {
        let Ok(reference) = self.repo.find_reference(&format!("refs/tags/{name}")) else { return Ok(None) };
        match reference.peel_to_commit() {
            Ok(commit) => Ok(Some(commit.id().to_string())),
            Err(_) => Err(GitError::NotACommit { rev: name.to_owned() }),
        }
    }

    /// The pattern that this project's newest releases follow, for a project that configured none; none where no tag
    /// looks like a release. The newest decide, because projects change their naming and the old tags stay.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the references cannot be read.
    pub fn guess_tag_pattern(&self) -> Result<Option<TagPattern>, GitError> {
        let targets = self.tag_targets()?;
        let mut best: Option<(i64, TagPattern)> = None;
        for pattern in TagPattern::usual(&self.project_name()) {
            let mut matching: Vec<(Version, Oid)> =
                targets.iter().filter_map(|(name, commit)| Some((pattern.version(name)?, *commit))).collect();
            matching.sort_by(|a, b| b.0.cmp(&a.0));
            let dates = matching.iter().take(TAGS_DATED_MAX).filter_map(|(_, commit)| self.committed_s(*commit));
            if let Some(newest) = dates.max()
                && best.as_ref().is_none_or(|(date, _)| newest > *date)
            {
                best = Some((newest, pattern));
            }
        }
        Ok(best.map(|(_, pattern)| pattern))
    }

    /// The release that `to` follows: the highest final version among `tags` that `to` reaches and that is lower than
    /// `below`. Without `below`, a tag on `to` itself counts.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Absent`] where history cannot be walked.
    pub fn base<'a>(
        &self,
        tags: &'a [ReleaseTag],
        to: &str,
        below: Option<&Version>,
    ) -> Result<Option<&'a ReleaseTag>, GitError> {
        let to = self.commit_of(to)?.id();
        let lower = |tag: &&ReleaseTag| below.is_none_or(|below| tag.version < *below);
        let mut candidates: Vec<(&ReleaseTag, Oid)> = tags
            .iter()
            .filter(|tag| tag.version.pre.is_empty())
            .filter(lower)
            .filter_map(|tag| Some((tag, Oid::from_str(&tag.commit).ok()?)))
            .collect();
        candidates.sort_by(|a, b| b.0.version.cmp(&a.0.version));
        for (tag, commit) in candidates.iter().take(TAGS_ASKED_MAX) {
            if self.reaches(to, *commit)? {
                return Ok(Some(tag));
            }
        }
        let mut wanted: HashMap<Oid, Vec<&ReleaseTag>> = HashMap::new();
        for (tag, commit) in candidates.into_iter().skip(TAGS_ASKED_MAX) {
            wanted.entry(commit).or_default().push(tag);
        }
        if wanted.is_empty() {
            return Ok(None);
        }
        Ok(self.reached(to, &wanted)?.into_iter().max_by(|a, b| a.version.cmp(&b.version)))
    }

    /// Name and commit of every tag that stands on a commit.
    fn tag_targets(&self) -> Result<Vec<(String, Oid)>, GitError> {
        let reading = |error: git2::Error| error::reading("the tags", &error);
        let mut targets = Vec::new();
        for reference in self.repo.references_glob("refs/tags/*").map_err(reading)? {
            // One broken reference must not hide the others.
            let Ok(reference) = reference else { continue };
            let name = String::from_utf8_lossy(reference.name_bytes()).into_owned();
            let Some(name) = name.strip_prefix("refs/tags/") else { continue };
            // Packed references remember what an annotated tag stands on, which saves reading the tag.
            let commit = match reference.target_peel() {
                Some(commit) => commit,
                None => match reference.peel_to_commit() {
                    Ok(commit) => commit.id(),
                    Err(_) => continue,
                },
            };
            targets.push((name.to_owned(), commit));
        }
        Ok(targets)
    }

    fn committed_s(&self, commit: Oid) -> Option<i64> {
        self.repo.find_commit(commit).ok().map(|commit| commit.time().seconds())
    }
}
