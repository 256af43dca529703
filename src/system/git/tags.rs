//! Release tags and the base: which release does this one follow?

use std::collections::{BinaryHeap, HashMap, HashSet};

use git2::{ObjectType, Oid};
use semver::Version;

use super::{Git, GitError, error};
use crate::domain::tag::TagPattern;

/// How far the clocks of those who commit may be apart before a base is missed.
const CLOCK_SLACK_S: i64 = 30 * 24 * 60 * 60;
/// How many tags of each pattern are dated when the pattern is found out.
const TAGS_DATED_MAX: usize = 8;

/// How many releases on branches of their own are looked at: a walk to the branching point each.
const BESIDE_MAX: usize = 4;

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

/// Which release a commit follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Before<'a> {
    /// The release before; mostly the reached one.
    pub base: Option<&'a ReleaseTag>,
    /// The highest release that the commit reaches. What lies above it was released on branches beside.
    pub reached: Option<&'a ReleaseTag>,
}

/// A tag that a walk looks for.
struct Wanted<'a> {
    tag: &'a ReleaseTag,
    commit: Oid,
    committed_s: i64,
}

/// Tags that differ in their version only.
struct TagGroup {
    pattern: TagPattern,
    tags: Vec<(Version, Oid)>,
}

/// A pattern that the project's releases may follow.
struct Candidate {
    pattern: TagPattern,
    /// Its place among the usual patterns.
    usual: Option<usize>,
    /// When the newest of its tags was committed.
    newest_s: i64,
    count: usize,
}

/// After so long, a form that is still in use has taken the place of one that is not.
const OUT_OF_USE_S: i64 = 365 * 24 * 60 * 60;

/// The pattern of the newest releases. A usual form (`v1.2.3`, the project's own name) goes before others, because in a
/// repository of many packages it is the product; but not where it was given up: the others are newer by a year and more
/// in number, or newer by three. Among the others the most are the product, of those that are in use.
fn choose(groups: Vec<Candidate>) -> Option<TagPattern> {
    let newest_s = groups.iter().map(|group| group.newest_s).max()?;
    let alone = groups.len() == 1;
    let (usual, others): (Vec<Candidate>, Vec<Candidate>) = groups.into_iter().partition(|group| group.usual.is_some());
    let usual = usual.into_iter().max_by_key(|group| (group.newest_s, std::cmp::Reverse(group.usual)));
    let in_use = |group: &Candidate| group.newest_s >= newest_s.saturating_sub(OUT_OF_USE_S);
    let other = others
        .into_iter()
        // One tag of a form of its own is a mark of something.
        .filter(|group| in_use(group) && (alone || group.count > 1))
        .max_by(|a, b| (a.count, a.newest_s, b.pattern.to_string()).cmp(&(b.count, b.newest_s, a.pattern.to_string())));
    let given_up = |usual: &Candidate, other: &Candidate| {
        let later_s = other.newest_s.saturating_sub(usual.newest_s);
        later_s > 3 * OUT_OF_USE_S || (later_s > OUT_OF_USE_S && other.count > usual.count)
    };
    match (usual, other) {
        (Some(usual), Some(other)) => Some(if given_up(&usual, &other) { other.pattern } else { usual.pattern }),
        (usual, other) => usual.or(other).map(|group| group.pattern),
    }
}

/// How far a walk goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Walk {
    /// Until everything left is older than what is wanted, by the times that commits carry.
    ByTime,
    /// To the first commit.
    Whole,
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
    /// looks like a release. All tags are asked, grouped by what stands before their version; which group it is says
    /// `choose`.
    ///
    /// # Errors
    /// [`GitError::Damaged`] where the references cannot be read.
    pub fn guess_tag_pattern(&self) -> Result<Option<TagPattern>, GitError> {
        let mut groups: HashMap<String, TagGroup> = HashMap::new();
        for (name, commit) in self.tag_targets()? {
            let Some((pattern, version)) = TagPattern::of_tag(&name).filter(|(pattern, _)| pattern.is_of_releases())
            else {
                continue;
            };
            let group = groups.entry(pattern.to_string()).or_insert_with(|| TagGroup { pattern, tags: Vec::new() });
            group.tags.push((version, commit));
        }
        let usual = TagPattern::usual(&self.project_name());
        let dated = groups.into_values().map(|mut group| {
            group.tags.sort_by(|a, b| b.0.cmp(&a.0));
            let dates = group.tags.iter().take(TAGS_DATED_MAX).filter_map(|(_, commit)| self.committed_s(*commit));
            Candidate {
                usual: usual.iter().position(|usual| *usual == group.pattern),
                newest_s: dates.max().unwrap_or(i64::MIN),
                count: group.tags.len(),
                pattern: group.pattern,
            }
        });
        Ok(choose(dated.collect()))
    }

    /// The release that `to` follows: the highest final version among `tags` that `to` reaches and that is lower than
    /// `below`. Without `below`, a tag on `to` itself counts.
    ///
    /// Projects that tag on release branches leave no tag that the mainline reaches: there, the highest release whose
    /// branch left this history after the reached one is the release before.
    ///
    /// # Errors
    /// What the revision gave, or [`GitError::Absent`] where history cannot be walked.
    pub fn base<'a>(
        &self,
        tags: &'a [ReleaseTag],
        to: &str,
        below: Option<&Version>,
    ) -> Result<Option<&'a ReleaseTag>, GitError> {
        Ok(self.release_before(tags, to, below)?.base)
    }

    /// As [`Git::base`], with the release that `to` really reaches.
    ///
    /// # Errors
    /// As [`Git::base`].
    pub fn release_before<'a>(
        &self,
        tags: &'a [ReleaseTag],
        to: &str,
        below: Option<&Version>,
    ) -> Result<Before<'a>, GitError> {
        let to = self.commit_of(to)?.id();
        let lower = |tag: &&ReleaseTag| below.is_none_or(|below| tag.version < *below);
        let mut wanted: Vec<Wanted<'a>> = tags
            .iter()
            .filter(|tag| tag.version.pre.is_empty())
            .filter(lower)
            .filter_map(|tag| {
                let commit = Oid::from_str(&tag.commit).ok()?;
                Some(Wanted { tag, commit, committed_s: self.committed_s(commit)? })
            })
            .collect();
        wanted.sort_by(|a, b| b.tag.version.cmp(&a.tag.version));
        // "There was no release before" is said only after the whole history was seen: clocks may be wrong by years.
        let reached = match self.highest_reached(to, &wanted, Walk::ByTime)? {
            None if !wanted.is_empty() => self.highest_reached(to, &wanted, Walk::Whole)?,
            found => found,
        };
        Ok(Before { base: self.beside(to, &wanted, reached).or(reached), reached })
    }

    /// The highest release above the reached one that was made on a branch of its own, where that branch left the
    /// history of `to` later than the reached release. A maintenance branch leaves at or before it, and never counts.
    fn beside<'a>(&self, to: Oid, wanted: &[Wanted<'a>], reached: Option<&'a ReleaseTag>) -> Option<&'a ReleaseTag> {
        let place = |tag: &ReleaseTag| wanted.iter().position(|wanted| wanted.tag.name == tag.name);
        let above = reached.and_then(place).unwrap_or(wanted.len());
        let reached = reached.and_then(|tag| Oid::from_str(&tag.commit).ok());
        wanted.iter().take(above).take(BESIDE_MAX).find_map(|one| {
            let left = self.repo.merge_base(to, one.commit).ok()?;
            let later = match reached {
                Some(reached) => left != reached && self.repo.graph_descendant_of(left, reached).ok()?,
                None => true,
            };
            // A tag above `to` itself is another line's, or the next release's.
            (later && left != to).then_some(one.tag)
        })
    }

    /// The first of `wanted` that `to` reaches, in one walk from the newest commit down.
    ///
    /// The walk ends as soon as no higher one can come: what is still wanted above the best one found is newer than
    /// the commit at hand. So it mostly ends at the release before, and never goes past the oldest tag.
    fn highest_reached<'a>(
        &self,
        to: Oid,
        wanted: &[Wanted<'a>],
        walk: Walk,
    ) -> Result<Option<&'a ReleaseTag>, GitError> {
        let mut places: HashMap<Oid, usize> = HashMap::new();
        for (at, wanted) in wanted.iter().enumerate() {
            places.entry(wanted.commit).or_insert(at);
        }
        // The oldest time among the first so many: what may still be found above a given place.
        let mut oldest_s = i64::MAX;
        let oldest: Vec<i64> = wanted
            .iter()
            .map(|wanted| {
                oldest_s = oldest_s.min(wanted.committed_s);
                oldest_s
            })
            .collect();
        let mut best = wanted.len();
        let mut seen: HashSet<Oid> = HashSet::from([to]);
        let first = self.place(to).map_err(|error| error::reading("history", &error))?;
        let mut open: BinaryHeap<(i64, Oid, Vec<Oid>)> = BinaryHeap::from([(i64::MAX, to, first.parents)]);
        while let Some((at_s, id, parents)) = open.pop() {
            let hopeful = best.checked_sub(1).and_then(|last| oldest.get(last));
            let too_old = |oldest: &i64| walk == Walk::ByTime && at_s < oldest.saturating_sub(CLOCK_SLACK_S);
            if hopeful.is_none_or(too_old) {
                break;
            }
            if let Some(place) = places.get(&id) {
                best = best.min(*place);
            }
            for parent in parents.into_iter().filter(|parent| seen.insert(*parent)) {
                // A parent that a shallow clone left out ends the walk there.
                if let Ok(place) = self.place(parent) {
                    open.push((place.committed_s, parent, place.parents));
                }
            }
        }
        Ok(wanted.get(best).map(|wanted| wanted.tag))
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
        self.place(commit).ok().map(|place| place.committed_s)
    }

    /// Where a commit stands. Read as it lies in the store and not as an object of its own: so libgit2 keeps its bytes,
    /// and a later walk over the same commits does not unpack them again.
    fn place(&self, commit: Oid) -> Result<Place, git2::Error> {
        let store = self.repo.odb()?;
        let object = store.read(commit)?;
        if object.kind() != ObjectType::Commit {
            return Err(git2::Error::from_str("not a commit"));
        }
        Ok(Place::read(object.data()))
    }
}

/// What the head of a commit tells about its place in history.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place {
    parents: Vec<Oid>,
    /// Seconds since 1970; 0 where the commit tells none, as in libgit2.
    committed_s: i64,
}

impl Place {
    /// Reads the lines before the first empty one: `parent ID`, `committer NAME <EMAIL> SECONDS ZONE`.
    fn read(commit: &[u8]) -> Self {
        let mut place = Self::default();
        for line in commit.split(|byte| *byte == b'\n').take_while(|line| !line.is_empty()) {
            if let Some(id) = line.strip_prefix(b"parent ") {
                place.parents.extend(std::str::from_utf8(id).ok().and_then(|id| Oid::from_str(id.trim()).ok()));
            } else if let Some(who) = line.strip_prefix(b"committer ") {
                let who = String::from_utf8_lossy(who);
                let time = who.rsplit('>').next().unwrap_or_default();
                let seconds = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok());
                place.committed_s = seconds.unwrap_or_default();
                // Nothing behind it is about history; a signature may be long.
                break;
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_of_a_commit_tells_its_place() {
        let id = "0123456789abcdef0123456789abcdef01234567";
        let commit = format!(
            "tree {id}\nparent {id}\nparent {id}\nauthor A <a> 1 +0000\ncommitter B > C <b> 1700000000 +0200\n\nparent {id}\n"
        );
        let oid = Oid::from_str(id).unwrap();
        assert_eq!(Place::read(commit.as_bytes()), Place { parents: vec![oid, oid], committed_s: 1_700_000_000 });
        assert_eq!(Place::read(b"tree x\ncommitter \xff <b> soon\n"), Place::default());
        assert_eq!(Place::read(b""), Place::default());
    }
}
