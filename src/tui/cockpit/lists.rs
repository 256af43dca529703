//! Questions that a list answers: which line that still says the version before, which tag a hotfix starts from.
//!
//! What cannot be listed is typed, as on the command line. Nothing here judges or starts anything. Enter at
//! [`Cockpit::ask_stray`] and [`Cockpit::ask_hotfix`].

use crate::domain::command::Command;
use crate::domain::release_type::ReleaseType;
use crate::domain::version::{Asked, plan};
use crate::tui::overlay::choice::Entry;
use crate::tui::overlay::{Choice, Overlay};
use crate::tui::worker::Ask;

use super::Cockpit;
use super::acts::letter;
use super::dialogs::{About, Dialog};

/// How much of a line's text stands beside its place.
const TEXT_CELLS: usize = 60;
/// The most release lines that a hotfix may start from are these many newest ones.
const LINES_MAX: usize = 20;

impl Cockpit {
    /// Asks which line that says the version before is right as it is (`add` is false), or is a place.
    pub(super) fn ask_stray(&mut self, add: bool) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let strays = &snapshot.observed.strays;
        let Some(old) = strays.said() else {
            return self.ask_stray_by_name(add);
        };
        let entry = |(at, stray): (usize, &crate::domain::version_files::Stray)| {
            let text = crate::domain::text::fit(stray.text.trim(), TEXT_CELLS);
            Entry::new(letter(at), &format!("{}:{}", stray.path, stray.line), &text)
        };
        let entries = strays.lines.iter().enumerate().map(entry).collect();
        let places = strays.lines.iter().map(|stray| format!("{}:{}", stray.path, stray.line)).collect();
        let (title, words) = match add {
            true => (format!("Which line with {old} is a place of the version?"), "it goes into relco.toml"),
            false => (format!("Which line may go on saying {old}?"), "it stays as it is, on record"),
        };
        let choice = Choice::new(&title, entries, 0).said(words);
        self.dialog = Some(Dialog { overlay: Overlay::Choice(choice), about: About::Stray(add, places) });
    }

    fn ask_stray_by_name(&mut self, add: bool) {
        if add {
            let words = "one line: README.md:12; it goes into relco.toml";
            return self.ask_line(About::StrayAdd, "A place of the version", words, "add", Some("which line"));
        }
        let words = "a file, or one line of it: README.md:12";
        self.ask_line(About::StrayAccept, "Right as it is", words, "accept", Some("which file"));
    }

    pub(super) fn stray_chosen(&mut self, add: bool, place: &str) {
        let place = place.to_owned();
        self.carry(if add { Ask::AddStray(place) } else { Ask::AcceptStray(place) });
    }

    /// Asks which tag a hotfix starts from, where there is more than one line of releases; then for its bug. What runs
    /// in production stands first in mind: the selection begins on it.
    pub(super) fn ask_hotfix(&mut self) {
        let Some(snapshot) = self.snapshot_arc() else { return };
        let seen = &snapshot.observed;
        let tagged: Vec<semver::Version> = seen.tags.iter().map(|(_, version, _)| version.clone()).collect();
        let mut finals: Vec<_> = seen.tags.iter().filter(|(_, version, _)| version.pre.is_empty()).collect();
        finals.sort_by(|one, other| other.1.cmp(&one.1));
        // Of each line only its newest release: a fix of an older one would be a version that is there already.
        finals.dedup_by_key(|(_, version, _)| (version.major, version.minor));
        finals.truncate(LINES_MAX);
        if finals.len() < 2 {
            return self.ask_hotfix_reason(None);
        }
        let production = snapshot.plan.production().map(|env| &env.name);
        let live = production.and_then(|env| snapshot.project.live_version(env));
        let is_live = |version: &semver::Version| live == Some(version.to_string().as_str());
        let base = seen.base.as_ref().map(|(tag, _)| tag.as_str());
        let entry = |(at, (tag, version, _)): (usize, &&(String, semver::Version, String))| {
            let planned = plan(&Asked::Type(ReleaseType::Hotfix), Some(version), &tagged);
            let live = if is_live(version) { ", live in production" } else { "" };
            let here = if base == Some(tag.as_str()) { ", the release before HEAD" } else { "" };
            match planned {
                Ok(planned) => Entry::new(letter(at), tag, &format!("becomes {}{live}{here}", planned.version)),
                Err(refusal) => Entry::new(letter(at), tag, "").disabled(&refusal.to_string()),
            }
        };
        let entries = finals.iter().enumerate().map(entry).collect();
        let of_live = finals.iter().position(|(_, version, _)| is_live(version));
        let of_head = finals.iter().position(|(tag, _, _)| base == Some(tag.as_str()));
        let tags = finals.iter().map(|(tag, _, _)| tag.clone()).collect();
        let choice = Choice::new("Which release is broken?", entries, of_live.or(of_head).unwrap_or(0))
            .said("the hotfix starts from its tag");
        self.dialog = Some(Dialog { overlay: Overlay::Choice(choice), about: About::HotfixBase(tags) });
    }

    /// Asks for the bug of a hotfix of this tag; without one, of the release before HEAD.
    pub(super) fn ask_hotfix_reason(&mut self, base: Option<String>) {
        let title = base.as_ref().map_or("Start a hotfix".to_owned(), |tag| format!("Start a hotfix of {tag}"));
        let words = "the critical bug that cannot wait: a link or a number, and why";
        self.ask_line(About::HotfixReason(base), &title, words, "start", Some("a hotfix names its bug"));
    }

    pub(super) fn hotfix_command(base: Option<String>, reason: Option<String>) -> Command {
        Command::StartRelease { asked: Asked::Type(ReleaseType::Hotfix), reason, base }
    }
}
