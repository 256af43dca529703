//! Where a version is written, and whether all places agree.
//!
//! Pure: places are found elsewhere (`system::versions`) and handed in. Enter at [`Matrix`], which says in words which
//! places disagree; [`replaced`] and [`changed_lines`] are what setting a version does to a text.

use std::ops::Range;

use semver::Version;

use super::event::Finding;
use super::id::Role;
use super::plan::VersionFile;
use super::tag::parse_lenient;

mod kind;
mod pep440;

pub use kind::PlaceKind;

/// One place where the version is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// How it is written there.
    pub kind: PlaceKind,
    /// The line, counted from 1.
    pub line: usize,
    /// The bytes of the version itself, without quotes.
    pub at: Range<usize>,
    /// What stands there.
    pub found: String,
}

/// One row of the matrix: a place, or a file in which none could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What a mismatch calls it: `backend`.
    pub name: String,
    /// The file.
    pub path: String,
    /// The place; or, in words, why there is none.
    pub place: Result<Place, String>,
    /// It says what is expected.
    pub ok: bool,
}

impl Row {
    /// How it is written there; none where it could not be read.
    #[must_use]
    pub fn kind(&self) -> Option<PlaceKind> {
        self.place.as_ref().ok().map(|place| place.kind)
    }
}

/// All places, and what they should say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matrix {
    /// The version of the release; none where no release is open, so that places are only compared with each other.
    pub expected: Option<Version>,
    /// One row for each place, in the order of the configuration.
    pub rows: Vec<Row>,
}

/// How many places are named in one mismatch.
const NAMED_MAX: usize = 6;

impl Matrix {
    /// Compares what was found, file by file, with what is expected.
    #[must_use]
    pub fn new(expected: Option<&Version>, files: Vec<(VersionFile, Result<Vec<Place>, String>)>) -> Self {
        let mut rows = Vec::new();
        for (VersionFile { name, path, .. }, found) in files {
            let places = match found {
                Ok(places) => places.into_iter().map(Ok).collect(),
                Err(words) => vec![Err(words)],
            };
            rows.extend(places.into_iter().map(|place| Row {
                name: name.clone(),
                path: path.clone(),
                place,
                ok: false,
            }));
        }
        let first = rows.iter().find_map(|row: &Row| row.place.as_ref().ok().map(|place| place.found.clone()));
        for row in &mut rows {
            row.ok = match (&row.place, expected, &first) {
                (Err(_), ..) => false,
                (Ok(place), Some(expected), _) => same_version(&place.found, &expected.to_string()),
                (Ok(place), None, first) => first.as_ref().is_none_or(|first| same_version(&place.found, first)),
            };
        }
        Self { expected: expected.cloned(), rows }
    }

    /// What the files say, each version once.
    #[must_use]
    pub fn said(&self) -> Vec<String> {
        let mut said: Vec<String> = Vec::new();
        for row in self.rows.iter().filter(|row| row.kind().is_some_and(PlaceKind::is_file)) {
            let Ok(place) = &row.place else { continue };
            if !said.contains(&place.found) {
                said.push(place.found.clone());
            }
        }
        said
    }

    /// Whether every place could be read and says what is expected.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.rows.iter().all(|row| row.ok)
    }

    /// What must be done, each with its role: one line for all that disagree, and one for each file that cannot be read.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let manager = || Role::from(Role::RELEASE_MANAGER);
        let unread = self.rows.iter().filter_map(|row| row.place.as_ref().err());
        let mut findings: Vec<Finding> =
            self.mismatch().map(|text| Finding { text, role: manager() }).into_iter().collect();
        findings.extend(unread.map(|words| Finding { text: words.clone(), role: manager() }));
        findings
    }

    /// `backend says v1.2.0, frontend says v1.1.9`; none where all that could be read agree.
    #[must_use]
    pub fn mismatch(&self) -> Option<String> {
        // A heading that is not written yet is the changelog's own finding, and said once.
        let told = self.rows.iter().filter(|row| row.kind() != Some(PlaceKind::Changelog));
        let read = told.filter_map(|row| Some((row, row.place.as_ref().ok()?.found.as_str())));
        if read.clone().all(|(row, _)| row.ok) {
            return None;
        }
        // A name whose places differ among themselves tells nothing, so the files are named instead.
        let torn = |name: &str| {
            let mut found = read.clone().filter(|(row, _)| row.name == name).map(|(_, found)| found);
            let first = found.next();
            found.any(|other| Some(other) != first)
        };
        let mut said: Vec<(String, &str)> = Vec::new();
        for (row, found) in read.clone() {
            let name = if torn(&row.name) { row.path.clone() } else { row.name.clone() };
            if !said.contains(&(name.clone(), found)) {
                said.push((name, found));
            }
        }
        let differ = said.iter().any(|(_, found)| said.first().is_some_and(|(_, first)| first != found));
        let names = |said: &[(String, &str)]| {
            let names: Vec<&str> = said.iter().take(NAMED_MAX).map(|(name, _)| name.as_str()).collect();
            joined(&names, said.len())
        };
        let release = |expected: &Version| format!(", the release is v{expected}");
        if !differ {
            let (_, found) = said.first()?;
            let verb = if said.len() == 1 { "says" } else { "say" };
            return Some(format!(
                "{} {verb} {}{}",
                names(&said),
                shown(found),
                self.expected.as_ref().map(release).unwrap_or_default()
            ));
        }
        let mut parts: Vec<String> =
            said.iter().take(NAMED_MAX).map(|(name, found)| format!("{name} says {}", shown(found))).collect();
        if said.len() > NAMED_MAX {
            parts.push(format!("{} more", said.len() - NAMED_MAX));
        }
        let none_right = !self.rows.iter().any(|row| row.ok && row.kind() != Some(PlaceKind::Changelog));
        let tail = self.expected.as_ref().filter(|_| none_right).map(release).unwrap_or_default();
        Some(format!("{}{tail}", parts.join(", ")))
    }

    /// Why the changelog's heading disagrees, for where all places are shown; none where it agrees. The check of the
    /// changelog speaks of it too, so that it is no finding of this one.
    #[must_use]
    pub fn heading_words(&self) -> Option<String> {
        let row = self.rows.iter().find(|row| row.kind() == Some(PlaceKind::Changelog) && !row.ok)?;
        let place = row.place.as_ref().ok()?;
        let found = shown(&place.found);
        Some(match &self.expected {
            Some(expected) => format!("{}:{} tells of {found}, the release is v{expected}", row.path, place.line),
            None => format!("{}:{} tells of {found}, which is above what the files say", row.path, place.line),
        })
    }

    /// One line: `4 places say 1.3.0`, or the mismatch.
    #[must_use]
    pub fn summary(&self) -> String {
        if self.rows.is_empty() {
            return "no version file is known".to_owned();
        }
        if let Some(finding) = self.findings().into_iter().next() {
            return finding.text;
        }
        let found = self.rows.iter().find_map(|row| row.place.as_ref().ok()).map_or("", |place| place.found.as_str());
        match self.rows.iter().filter(|row| row.kind().is_none_or(PlaceKind::is_file)).count() {
            0 => "no version file is known".to_owned(),
            1 => format!("1 place says {found}"),
            count => format!("{count} places say {found}"),
        }
    }
}

/// Whether both texts are the same version, as `1.3` and `v1.3.0` are. What Python's rule takes for one is one too: its
/// tools write `3.2.0.dev0` into a lock where people wrote `3.2.0.dev`, and a gem's `8.2.0.alpha` is npm's `8.2.0-alpha`.
#[must_use]
pub fn same_version(found: &str, wanted: &str) -> bool {
    let as_semver = || parse_lenient(wanted).is_some_and(|wanted| means(found, &wanted));
    found == wanted || as_semver() || pep440::same(found, wanted)
}

/// Whether a text means this version.
fn means(found: &str, version: &Version) -> bool {
    found == version.to_string() || parse_lenient(found).is_some_and(|found| found.cmp_precedence(version).is_eq())
}

fn shown(found: &str) -> String {
    if found.starts_with(['v', 'V']) { found.to_owned() } else { format!("v{found}") }
}

/// `a`, `a and b`, `a, b and 3 more`.
fn joined(names: &[&str], all: usize) -> String {
    match (names, all.saturating_sub(names.len())) {
        ([one], 0) => (*one).to_owned(),
        ([before @ .., last], 0) => format!("{} and {last}", before.join(", ")),
        (_, more) => format!("{} and {more} more", names.join(", ")),
    }
}

/// A line that still says the old version, where no version file is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stray {
    /// The file.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What stands there.
    pub text: String,
    /// Which old version it says.
    pub says: String,
}

/// What a search for the old version found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Strays {
    /// What was searched for, the release before first; none where there is no old version to search for.
    pub old: Vec<String>,
    /// The lines, by path.
    pub lines: Vec<Stray>,
    /// How many more there are than are named.
    pub more: usize,
    /// How many a person said are right as they are.
    pub accepted: usize,
}

impl Strays {
    /// Takes out what was accepted: pairs of a path and a line's words, as [`words_of`] writes them; empty words mean
    /// the whole file.
    pub fn accept(&mut self, accepted: &[(String, String)]) {
        let before = self.lines.len();
        self.lines.retain(|stray| {
            let words = words_of(&stray.text, &stray.says);
            !accepted.iter().any(|(path, line)| *path == stray.path && (line.is_empty() || *line == words))
        });
        self.accepted += before - self.lines.len();
    }

    /// The old versions that were found, `1.2.4 or 1.3.0-SNAPSHOT`; none where no line says one.
    #[must_use]
    pub fn said(&self) -> Option<String> {
        let found: Vec<&str> = self
            .old
            .iter()
            .filter(|old| self.lines.iter().any(|stray| stray.says == **old))
            .map(String::as_str)
            .collect();
        (!found.is_empty()).then(|| found.join(" or "))
    }

    /// What was found, in one line: `2 lines still say v1.2.4: README.md:3, docs/install.md:12`. None where nothing was.
    #[must_use]
    pub fn words(&self) -> Option<String> {
        let old = self.said()?;
        let count = self.lines.len() + self.more;
        let named: Vec<String> =
            self.lines.iter().take(STRAYS_NAMED).map(|one| format!("{}:{}", one.path, one.line)).collect();
        let more = count.saturating_sub(named.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let lines = if count == 1 { "1 line still says".to_owned() } else { format!("{count} lines still say") };
        Some(format!("{lines} v{old}: {}{more}", named.join(", ")))
    }
}

/// How many strays are named in one line.
const STRAYS_NAMED: usize = 3;

/// A line without the version in it, so that accepting it holds for later versions too.
#[must_use]
pub fn words_of(line: &str, version: &str) -> String {
    line.trim().replace(version, "{version}")
}

/// The text with the version at every place, and every other byte as it was. The places must not overlap; one that
/// does not lie in the text is left alone.
#[must_use]
pub fn replaced(text: &str, places: &[Place], version: &Version) -> String {
    let mut ranges: Vec<&Range<usize>> = places.iter().map(|place| &place.at).collect();
    ranges.sort_by_key(|range| range.start);
    let version = version.to_string();
    let mut out = String::with_capacity(text.len() + version.len());
    let mut done = 0;
    for range in ranges {
        let Some(between) = text.get(done..range.start).filter(|_| text.get((*range).clone()).is_some()) else {
            continue;
        };
        out.push_str(between);
        out.push_str(&version);
        done = range.end;
    }
    out.push_str(text.get(done..).unwrap_or_default());
    out
}

/// A line that setting the version changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangedLine {
    /// Its number, counted from 1.
    pub line: usize,
    /// As it is.
    pub before: String,
    /// As it will be.
    pub after: String,
}

/// The lines in which two texts of the same number of lines differ.
#[must_use]
pub fn changed_lines(before: &str, after: &str) -> Vec<ChangedLine> {
    let pairs = before.lines().zip(after.lines()).enumerate().filter(|(_, (before, after))| before != after);
    pairs
        .map(|(at, (before, after))| ChangedLine { line: at + 1, before: before.to_owned(), after: after.to_owned() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(found: &str) -> Place {
        Place { kind: PlaceKind::Whole, line: 1, at: 0..found.len(), found: found.to_owned() }
    }

    /// `name path found`.
    fn matrix(expected: &str, rows: &[&str]) -> Matrix {
        let files = rows.iter().map(|row| {
            let mut words = row.splitn(3, ' ');
            let mut next = || words.next().unwrap().to_owned();
            let (name, path, found) = (next(), next(), next());
            let found = if found == "!" { Err(format!("{path} cannot be read")) } else { Ok(vec![place(&found)]) };
            (VersionFile { name, path, pattern: None, matches: None }, found)
        });
        Matrix::new(Version::parse(expected).ok().as_ref(), files.collect())
    }

    fn words(expected: &str, rows: &[&str]) -> Vec<String> {
        matrix(expected, rows).findings().into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn places_that_disagree_are_named_with_what_they_say() {
        let rows = ["backend backend/Cargo.toml 1.2.0", "frontend frontend/version.txt 1.1.9"];
        assert_eq!(words("1.2.0", &rows), ["backend says v1.2.0, frontend says v1.1.9"]);
        assert_eq!(words("1.3.0", &rows), ["backend says v1.2.0, frontend says v1.1.9, the release is v1.3.0"]);
        assert_eq!(words("", &rows), ["backend says v1.2.0, frontend says v1.1.9"]);
        let finding = matrix("1.2.0", &rows).findings().remove(0);
        assert_eq!(finding.role.as_str(), Role::RELEASE_MANAGER);
    }

    #[test]
    fn places_that_agree_on_the_wrong_version_are_named_together() {
        assert_eq!(words("1.3.0", &["a a/x 1.2.4"]), ["a says v1.2.4, the release is v1.3.0"]);
        assert_eq!(words("1.3.0", &["a a/x 1.2.4", "b b/x 1.2.4"]), ["a and b say v1.2.4, the release is v1.3.0"]);
        assert_eq!(words("", &["a a/x 1.2.4", "b b/x 1.2.4"]), Vec::<String>::new());
    }

    #[test]
    fn files_are_named_where_one_part_disagrees_with_itself() {
        let rows = ["web web/package.json 1.3.0", "web web/version.txt 1.2.9", "core core/Cargo.toml 1.3.0"];
        assert_eq!(
            words("1.3.0", &rows),
            ["web/package.json says v1.3.0, web/version.txt says v1.2.9, core says v1.3.0"]
        );
    }

    #[test]
    fn what_cannot_be_read_is_a_finding_of_its_own() {
        assert_eq!(words("1.3.0", &["a a/x !", "b b/x 1.3.0"]), ["a/x cannot be read"]);
        assert!(!matrix("1.3.0", &["a a/x !"]).is_ok());
    }

    #[test]
    fn agreement_has_one_line() {
        let matrix = matrix("1.3.0", &["a a/x 1.3.0", "b b/x v1.3", "c c/x 1.3.0+5"]);
        assert!(matrix.is_ok() && matrix.findings().is_empty());
        assert_eq!(matrix.summary(), "3 places say 1.3.0");
        assert_eq!(super::Matrix::new(None, Vec::new()).summary(), "no version file is known");
    }

    #[test]
    fn many_places_are_bounded() {
        let rows: Vec<String> = (0..9).map(|at| format!("p{at} p{at}/x 1.2.{at}")).collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        assert!(words("1.2.0", &rows)[0].ends_with("p5 says v1.2.5, 3 more"));
    }

    #[test]
    fn only_the_versions_own_bytes_change() {
        let text = "a = '1.2.4' # keep\r\n\tb = \"1.2.4\"\n";
        let places = [(5, 10), (26, 31)].map(|(from, to)| Place { at: from..to, ..place("1.2.4") });
        let after = replaced(text, &places, &Version::new(1, 30, 0));
        assert_eq!(after, "a = '1.30.0' # keep\r\n\tb = \"1.30.0\"\n");
        let lines: Vec<usize> = changed_lines(text, &after).iter().map(|line| line.line).collect();
        assert_eq!(lines, [1, 2]);
        assert_eq!(replaced("short", &[Place { at: 2..99, ..place("x") }], &Version::new(1, 0, 0)), "short");
    }
}
