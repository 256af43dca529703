//! Where the version is written: the matrix of all places, setting them, and what still says the old version.
//!
//! Reads the repository and runs nothing of the project; setting the version and adding a place to `relco.toml` are
//! what writes, each because a person asked for exactly that. Enter at [`Session::version_places`].

use std::collections::BTreeSet;

use semver::Version;

use super::truth::TruthError;
use super::{ActError, Acted, Session};
use crate::config::places;
use crate::domain::changelog::Changelog;
use crate::domain::command::Command;
use crate::domain::refusal::Refusal;
use crate::domain::version_files::{Matrix, Place, PlaceKind, Row, Strays, words_of};
use crate::system::versions::{self, HalfDone, SetPlan, Settle, StrayHunt};

/// How many tracked files are read through at a look, without anybody asking.
const LOOKED_THROUGH_MAX: usize = 2_000;

impl Session {
    /// Where the version is written in files, and whether all agree with the release: what the check says.
    pub fn version_matrix(&self) -> Matrix {
        self.matrix_at(self.checked_rev().as_deref())
    }

    /// The matrix of the work tree, also when there is a candidate.
    pub fn version_matrix_of_work_tree(&self) -> Matrix {
        self.matrix_at(None)
    }

    fn matrix_at(&self, rev: Option<&str>) -> Matrix {
        let (files, expected) = (&self.plan().version_files, self.version());
        versions::matrix(&self.git, rev, files, expected.as_ref(), &self.versions_before())
    }

    /// Every place: the files, the release tag and the changelog's heading. The changelog's own check speaks of a
    /// missing section, so that the heading is shown here and never a finding of its own.
    pub fn version_places(&self) -> Matrix {
        let mut matrix = self.version_matrix();
        let first = matrix.rows.iter().find_map(|row| row.place.as_ref().ok().map(|place| place.found.clone()));
        let says = matrix.expected.clone().or_else(|| crate::domain::tag::parse_lenient(&first?));
        matrix.rows.extend(self.tag_row(says.as_ref()));
        matrix.rows.extend(self.heading_row(says.as_ref()));
        matrix
    }

    /// The tag of the version, where there is one: on the commit that is looked at, or elsewhere. Without a release,
    /// the release tag that stands on HEAD.
    fn tag_row(&self, says: Option<&Version>) -> Option<Row> {
        let commit = self.checked_rev().or_else(|| self.observed.head.as_ref().map(|head| head.commit.clone()))?;
        let row = |tag: &str, found: String, ok| Row {
            name: "tag".to_owned(),
            path: tag.to_owned(),
            place: Ok(Place { kind: PlaceKind::Tag, line: 0, at: 0..0, found }),
            ok,
        };
        let here = self.observed.tags.iter().find(|(_, _, on)| *on == commit);
        let version = self.version();
        let own = version.as_ref().and_then(|version| self.observed.tags.iter().find(|(_, tag, _)| tag == version));
        match (own, here) {
            (Some((tag, tagged, on)), _) if *on == commit => Some(row(tag, tagged.to_string(), true)),
            (Some((tag, tagged, on)), _) => {
                let on = on.get(..7).unwrap_or(on);
                Some(row(tag, format!("{tagged} on {on}"), false))
            }
            (None, Some((tag, tagged, _))) => {
                let ok = says.is_none_or(|says| says == tagged) && version.is_none();
                // A new release begins on the commit of the last one: its tag is no mistake there.
                (version.is_none() || self.checked_rev().is_some()).then(|| row(tag, tagged.to_string(), ok))
            }
            (None, None) => None,
        }
    }

    /// The newest version that the changelog has a section for.
    fn heading_row(&self, says: Option<&Version>) -> Option<Row> {
        let rev = self.checked_rev();
        let path = self.changelog_path(rev.as_deref().unwrap_or("HEAD")).ok().flatten()?;
        let text = super::truth::read_text(&self.git, rev.as_deref(), &path, false).ok().flatten()?;
        let changelog = Changelog::parse(&text);
        let expected = self.version();
        let section = expected.as_ref().and_then(|version| changelog.section(version));
        let (found, line) = match (&expected, section) {
            (Some(version), Some(section)) => (version.clone(), section.line),
            _ => {
                let newest = changelog.versions().into_iter().max()?;
                let line = changelog.section(&newest)?.line;
                (newest, line)
            }
        };
        let ok = match (&expected, says) {
            (Some(expected), _) => found == *expected,
            // Between two releases the files may be ahead of what is told, and they say `1.21.0-dev` while the heading is
            // the next version's already.
            (None, says) => says.is_none_or(|says| found <= *says || core(&found) == core(says)),
        };
        let place = Place { kind: PlaceKind::Changelog, line, at: 0..0, found: found.to_string() };
        Some(Row { name: "changelog".to_owned(), path: path.to_string(), place: Ok(place), ok })
    }

    /// What the project said just now: the base's version.
    fn versions_before(&self) -> Vec<Version> {
        let pattern = self.tag_pattern();
        let of_release =
            self.release().and_then(|release| release.base.as_deref()).and_then(|tag| pattern.version(tag));
        let observed = self.observed.base.as_ref().map(|(_, version)| version.clone());
        of_release.into_iter().chain(observed).collect()
    }

    /// Searches tracked files for the version before, where it should be gone, and for what the places said until now:
    /// between releases that is another one (`1.3.0-SNAPSHOT`). What a person accepted is counted.
    pub fn version_strays(&self, matrix: &Matrix) -> Strays {
        let before: Vec<String> = self.versions_before().into_iter().take(1).map(|old| old.to_string()).collect();
        if before.is_empty() {
            return Strays::default();
        }
        // A set that is not committed yet, and one that is the commit at hand.
        let at = self.checked_rev();
        let revs = [at.clone().unwrap_or_else(|| "HEAD".to_owned()), format!("{}~1", at.as_deref().unwrap_or("HEAD"))];
        let said = revs.iter().flat_map(|rev| self.matrix_at(Some(rev)).said());
        let old: Vec<String> = before.into_iter().chain(said).collect();
        self.strays_saying(&old, matrix)
    }

    /// What still says in the work tree what the places said before they were set.
    pub fn strays_of_set(&self, plan: &SetPlan, matrix: &Matrix) -> Strays {
        self.strays_saying(&plan.said_before, matrix)
    }

    fn strays_saying(&self, old: &[String], matrix: &Matrix) -> Strays {
        let now = matrix.said();
        let expected = matrix.expected.as_ref().map(ToString::to_string);
        let mut gone: Vec<String> = Vec::new();
        for old in old.iter().map(|old| old.trim_start_matches(['v', 'V'])) {
            // Two numbers stand in every text, whatever they mean there.
            let tells = old.matches('.').count() >= 2;
            let stays = now.iter().chain(&expected).any(|now| now.trim_start_matches(['v', 'V']) == old);
            if tells && !stays && !gone.iter().any(|known| known == old) {
                gone.push(old.to_owned());
            }
        }
        if gone.is_empty() || now.is_empty() && expected.is_none() {
            return Strays::default();
        }
        let places: BTreeSet<(String, usize)> =
            matrix.rows.iter().filter_map(|row| Some((row.path.clone(), row.place.as_ref().ok()?.line))).collect();
        let rev = self.checked_rev();
        let changelog = self.changelog_path(rev.as_deref().unwrap_or("HEAD")).ok().flatten();
        let histories: Vec<String> =
            changelog.map(|path| path.to_string()).into_iter().chain(self.plan().release_log.clone()).collect();
        let pattern = self.tag_pattern();
        let names: Vec<String> =
            [Some(self.plan().project.as_str()), pattern.package()].into_iter().flatten().map(str::to_owned).collect();
        let hunt = StrayHunt { old: &gone, names: &names, places: &places, histories: &histories };
        let mut strays = versions::strays(&self.git, rev.as_deref(), &hunt);
        strays.accept(&self.project.state.strays_accepted);
        strays
    }

    /// What a look at the release says of lines with the version before. Reading every tracked file is no matter for a look
    /// in a large repository: there it is done only where somebody asks for the checks, and kept while nothing moves.
    pub(super) fn strays_seen(&mut self, asked: bool) -> Strays {
        let Some(release) = self.release().filter(|release| release.is_open()) else { return Strays::default() };
        let made_from = format!(
            "{:?} {:?} {} {:?} {} {:?}",
            self.observed.head,
            release.commit(),
            release.version,
            self.observed.files,
            self.observed.plan_hash,
            self.project.state.strays_accepted
        );
        if let Some((kept, strays)) = &self.strays
            && *kept == made_from
        {
            return strays.clone();
        }
        if !asked && self.git.tracked_count() > LOOKED_THROUGH_MAX {
            return Strays::default();
        }
        let strays = self.version_strays(&self.version_matrix());
        self.strays = Some((made_from, strays.clone()));
        strays
    }

    /// Looks for lines with the version before, however many files there are: somebody asked.
    pub fn look_for_strays(&mut self) {
        self.observed.strays = self.strays_seen(true);
    }

    /// Records that a line, or a whole file, may go on saying the old version: `README.md:12`, `docs/history.md`.
    ///
    /// # Errors
    /// When no stray is there.
    pub fn accept_stray(&mut self, place: &str, reason: Option<&str>) -> Result<Acted, ActError> {
        let strays = self.version_strays(&self.version_matrix());
        let (path, line) = path_and_line(place);
        let stray = strays.lines.iter().find(|one| one.path == path && line.is_none_or(|line| one.line == line));
        let Some(stray) = stray else { return Err(no_stray(place).into()) };
        let text = if line.is_some() { words_of(&stray.text, &stray.says) } else { String::new() };
        let command = Command::AcceptStray { path: path.to_owned(), text, reason: reason.map(str::to_owned) };
        self.act(&command)
    }

    /// Makes a stray line a place: writes a `[[version.file]]` with a pattern for exactly that line into `relco.toml`,
    /// and nothing else of it changes. Answers the pattern.
    ///
    /// # Errors
    /// When there is no such stray, no `relco.toml`, or it cannot be written.
    pub fn add_stray(&mut self, place: &str) -> Result<String, ActError> {
        let strays = self.version_strays(&self.version_matrix());
        let (path, line) = path_and_line(place);
        let mut lines = strays.lines.iter().filter(|one| one.path == path && line.is_none_or(|line| one.line == line));
        let Some(stray) = lines.next() else { return Err(no_stray(place).into()) };
        if lines.next().is_some() {
            return Err(Refusal::new(format!("{path} has several such lines"))
                .next(format!("name one: {path}:{}", stray.line))
                .into());
        }
        let pattern = versions::pattern_of(&stray.text, &stray.says);
        let file = self.root.join(crate::config::load::FILE_NAME);
        let text = match std::fs::read_to_string(&file) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(Refusal::new("there is no relco.toml that it could stand in").next("relco init").into());
            }
            Err(error) => return Err(ActError::System(format!("cannot read {}: {error}", file.display()))),
        };
        // Naming one file replaces those that were found by themselves, so these are named with it.
        let named = versions::names_version_files(&text);
        let known = self.plan().version_files.iter().filter(|_| !named).map(|file| (file.path.clone(), None));
        let all: Vec<(String, Option<String>)> = known.chain([(stray.path.clone(), Some(pattern.clone()))]).collect();
        let text = versions::with_version_files(&text, &all);
        std::fs::write(&file, text)
            .map_err(|error| ActError::System(format!("cannot write {}: {error}", file.display())))?;
        Ok(pattern)
    }

    /// What setting a version changes; nothing is written.
    ///
    /// # Errors
    /// Where no file is known, or any configured file has no place for it.
    pub fn plan_versions(&self, version: &Version) -> Result<SetPlan, TruthError> {
        if self.plan().version_files.is_empty() {
            return Err(TruthError::NoVersionFile);
        }
        let list = || self.git.paths(None).unwrap_or_default();
        let mut known = self.versions_before();
        known.extend(self.version());
        Ok(versions::plan_set(&self.root, &self.plan().version_files, version, &known, &list)?)
    }

    /// Sets the version in all files of the plan, or in none.
    ///
    /// # Errors
    /// [`TruthError::Set`] says how the files stand.
    pub fn set_versions(&self, plan: &SetPlan) -> Result<(), TruthError> {
        places::make_private(&self.dir)?;
        Ok(versions::apply_set(&self.root, &self.dir, plan)?)
    }

    /// A set that was interrupted half-way.
    ///
    /// # Errors
    /// When the note of it cannot be read.
    pub fn half_done_versions(&self) -> Result<Option<HalfDone>, TruthError> {
        Ok(versions::half_done(&self.root, &self.dir)?)
    }

    /// Brings an interrupted set to its end, or takes it back. Answers the version that it was about.
    ///
    /// # Errors
    /// When a file was changed by hand since.
    pub fn settle_versions(&self, finish: bool) -> Result<Option<String>, TruthError> {
        let how = if finish { Settle::Finish } else { Settle::Revert };
        Ok(versions::settle(&self.root, &self.dir, how)?)
    }
}

impl Session {
    /// As [`Session::settle_versions`], in words.
    ///
    /// # Errors
    /// As there.
    pub fn end_half_done(&self, finish: bool) -> Result<Vec<String>, ActError> {
        let settled = self.settle_versions(finish).map_err(|error| ActError::System(error.to_string()))?;
        Ok(vec![match (settled, finish) {
            (None, _) => "no set of a version is half-done".to_owned(),
            (Some(version), true) => format!("{version} is written everywhere"),
            (Some(version), false) => format!("setting {version} is taken back"),
        }])
    }
}

fn core(version: &Version) -> (u64, u64, u64) {
    (version.major, version.minor, version.patch)
}

fn path_and_line(place: &str) -> (&str, Option<usize>) {
    match place.rsplit_once(':') {
        Some((path, line)) => match line.parse() {
            Ok(line) => (path, Some(line)),
            Err(_) => (place, None),
        },
        None => (place, None),
    }
}

fn no_stray(place: &str) -> Refusal {
    Refusal::new(format!("{place} does not say the old version")).next("relco versions names the lines that do")
}
