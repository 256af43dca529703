//! Release notes in the release's own form, drafted from the changelog and the changes.
//!
//! Pure. What people wrote in the changelog goes before commit titles; a section with nothing to say says so; what only
//! a person can write stands as a placeholder in brackets. A draft never replaces what a person wrote: that is the
//! caller's to keep. Enter at [`draft`] and [`placeholders`].

use std::collections::HashSet;

use semver::Version;

use super::changelog::Section;
use super::ledger::{Change, Ledger, Verdict};
use super::pattern::pattern;

mod merge;

pub use merge::{Merged, merged};

/// What a person writes in place of the summary.
const SUMMARY: &str = "[One paragraph summary of the release]";
/// What a person writes for a breaking change without words of its own.
const MIGRATION: &str = "[migration instructions]";
/// How the placeholder of the upgrade instructions begins.
const STEPS: &str = "[Steps to upgrade from ";

/// The part of the notes that an entry belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Feature,
    Improvement,
    Fix,
    Breaking,
    Known,
    Upgrade,
    /// Not for the people who use the project.
    Internal,
}

/// What stands in a part that has nothing to say.
const FILLERS: [&str; 5] = [
    "No new features in this release",
    "No further improvements in this release",
    "No bug fixes in this release",
    "No breaking changes",
    "None recorded",
];

/// The parts of the notes, filled: one text for each entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drafted {
    /// What the changelog says before its first list.
    pub summary: Vec<String>,
    /// New features.
    pub features: Vec<String>,
    /// Improvements.
    pub improvements: Vec<String>,
    /// Bug fixes, with the issues that they close.
    pub fixes: Vec<String>,
    /// Breaking changes, with their instructions or a placeholder for them.
    pub breaking: Vec<String>,
    /// Known issues.
    pub known: Vec<String>,
    /// Upgrade instructions.
    pub upgrade: Vec<String>,
}

/// Drafts the notes of a version: every part of the form is there, in order.
///
/// `section` is the version's part of the changelog; its words go before the titles of commits. Changes that the
/// changelog leaves out without a reason are put in by their titles, so that nothing is lost twice.
#[must_use]
pub fn draft(version: &Version, base: Option<&Version>, ledger: &Ledger, section: Option<&Section>) -> String {
    written(version, base, &drafted(ledger, section))
}

/// The parts of the notes, for a form of the project's own.
#[must_use]
pub fn drafted(ledger: &Ledger, section: Option<&Section>) -> Drafted {
    let mut drafted = Drafted::default();
    let mut told: HashSet<&str> = HashSet::new();
    if let Some(section) = section {
        from_section(&mut drafted, section, ledger);
        told.extend(ledger.changes.iter().filter(|change| change.entry.is_some()).map(|change| change.commit.as_str()));
    }
    let rest = ledger.changes.iter().filter(|change| !told.contains(change.commit.as_str()));
    for change in rest.filter(|change| change.verdict != Verdict::Excluded) {
        from_change(&mut drafted, change);
    }
    for change in ledger.changes.iter().filter(|change| change.verdict != Verdict::Excluded) {
        if let Some(words) = &change.breaking {
            drafted.breaking.push(breaking_line(change, words));
        }
    }
    drafted.breaking.dedup();
    drafted
}

fn from_section(drafted: &mut Drafted, section: &Section, ledger: &Ledger) {
    for entry in &section.entries {
        let words = tidy(&entry.text);
        if !entry.item {
            match part_of_heading(&entry.subsection) {
                Some(Part::Known) => drafted.known.push(words),
                Some(Part::Upgrade) => drafted.upgrade.push(words),
                _ if entry.subsection.is_empty() && !words.is_empty() && !RELEASE_DATE.is_match(&words) => {
                    drafted.summary.push(words);
                }
                _ => {}
            }
            continue;
        }
        let change = ledger.changes.iter().find(|change| change.entry.as_ref().is_some_and(|at| at.line == entry.line));
        let part = part_of_heading(&entry.subsection).unwrap_or_else(|| part_of_title(&entry.text));
        // A breaking change is told once, with its instructions.
        if change.is_some_and(|change| change.breaking.is_some()) {
            continue;
        }
        match part {
            Part::Feature => drafted.features.push(named(&words)),
            Part::Improvement => drafted.improvements.push(words),
            Part::Fix => drafted.fixes.push(with_issues(&words, change)),
            Part::Breaking => drafted.breaking.push(with_instructions(&words)),
            Part::Known => drafted.known.push(words),
            Part::Upgrade => drafted.upgrade.push(words),
            Part::Internal => {}
        }
    }
}

fn from_change(drafted: &mut Drafted, change: &Change) {
    if change.breaking.is_some() {
        return;
    }
    let part = part_of_title(&change.title);
    // A direct commit says what it is by its type, or it is nobody's news.
    if change.id.is_none() && !CONVENTIONAL.is_match(&change.title) {
        return;
    }
    let words = title_words(change);
    match part {
        Part::Feature => drafted.features.push(named(&words)),
        Part::Fix => drafted.fixes.push(with_issues(&words, Some(change))),
        Part::Improvement | Part::Breaking | Part::Known | Part::Upgrade => drafted.improvements.push(words),
        Part::Internal => {}
    }
}

/// The part that a heading of the changelog means; none where it says nothing about it.
fn part_of_heading(heading: &str) -> Option<Part> {
    let heading = heading.to_lowercase();
    let words: Vec<&str> = heading.split(|c: char| !c.is_alphanumeric()).collect();
    // By the beginnings of words, so that "latest" is no test and "special" no CI.
    let has = |beginnings: &[&str]| words.iter().any(|word| beginnings.iter().any(|begin| word.starts_with(begin)));
    match () {
        () if heading.is_empty() => None,
        () if has(&["contributor", "acknowledg", "thanks"]) => Some(Part::Internal),
        () if has(&["breaking", "removed", "removal", "incompatib"]) => Some(Part::Breaking),
        () if has(&["known"]) => Some(Part::Known),
        () if has(&["upgrad", "migrat"]) => Some(Part::Upgrade),
        () if has(&["fix", "bug", "security"]) => Some(Part::Fix),
        () if has(&["added", "new", "feature"]) && !has(&["enhancement"]) => Some(Part::Feature),
        () if words.contains(&"ci") || has(&["internal", "misc", "chore", "test", "build", "dependenc"]) => {
            Some(Part::Internal)
        }
        () => Some(Part::Improvement),
    }
}

pattern!(CONVENTIONAL, r"^(?P<type>[a-z]+)(?:\((?P<scope>[^)]*)\))?!?:\s+(?P<rest>\S.*)$");
pattern!(
    FIX_VERB,
    r"(?i)^(?:\S+:\s+)?(?:fix(?:e[sd]|ing)?|correct(?:s|ed)?|repair(?:s|ed)?|prevent(?:s|ed)?|don'?t|do not|avoid(?:s|ed)?)\b"
);
pattern!(ADD_VERB, r"(?i)^(?:\S+:\s+)?(?:add(?:s|ed)?|introduce[sd]?|implement(?:s|ed)?|support(?:s|ed)?|new)\b");

/// The part that a title means: by its conventional type, else by its first verb.
fn part_of_title(title: &str) -> Part {
    let conventional = CONVENTIONAL.captures(title).and_then(|found| found.name("type"));
    if let Some(kind) = conventional.map(|kind| kind.as_str()) {
        match kind {
            "feat" | "feature" => return Part::Feature,
            "fix" | "bugfix" | "hotfix" | "security" => return Part::Fix,
            "perf" | "improve" | "improvement" | "revert" | "docs" => return Part::Improvement,
            "chore" | "ci" | "test" | "tests" | "build" | "style" | "refactor" | "deps" | "release" => {
                return Part::Internal;
            }
            _ => {}
        }
    }
    match () {
        () if FIX_VERB.is_match(title) => Part::Fix,
        () if ADD_VERB.is_match(title) => Part::Feature,
        () => Part::Improvement,
    }
}

/// What a title says of the kind of its change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TitleSays {
    /// Something breaks (`feat!: …`).
    Breaking,
    /// Something new.
    Feature,
    /// A fix.
    Fix,
    /// Words for readers alone.
    Docs,
    /// Nothing that people who use the project see.
    Internal,
}

/// The kind of change that a title names by its conventional type or its first verb; none where it does not.
#[must_use]
pub fn title_says(title: &str) -> Option<TitleSays> {
    let conventional = CONVENTIONAL.captures(title);
    if conventional.is_some() && title.split(':').next().is_some_and(|head| head.ends_with('!')) {
        return Some(TitleSays::Breaking);
    }
    if conventional.and_then(|found| found.name("type").map(|kind| kind.as_str() == "docs")) == Some(true) {
        return Some(TitleSays::Docs);
    }
    match part_of_title(title) {
        Part::Feature => Some(TitleSays::Feature),
        Part::Fix => Some(TitleSays::Fix),
        Part::Internal => Some(TitleSays::Internal),
        Part::Improvement | Part::Breaking | Part::Known | Part::Upgrade => None,
    }
}

/// A title for readers: without its conventional type, with the scope in front and the number behind.
fn title_words(change: &Change) -> String {
    let title = tidy(&change.title);
    let words = match CONVENTIONAL.captures(&title) {
        Some(found) => {
            let rest = found.name("rest").map_or("", |rest| rest.as_str());
            match found.name("scope") {
                Some(scope) => format!("{}: {rest}", scope.as_str()),
                None => capital(rest),
            }
        }
        None => capital(&title),
    };
    change.id.as_ref().map_or_else(|| words.clone(), |id| format!("{words} ({id})"))
}

/// A title without its conventional type and scope.
#[must_use]
pub fn words_of_title(title: &str) -> String {
    let title = tidy(title);
    let rest = CONVENTIONAL.captures(&title).and_then(|found| found.name("rest")).map(|rest| rest.as_str().to_owned());
    let words = rest.unwrap_or(title);
    NUMBERS
        .captures(&words)
        .and_then(|found| found.name("words"))
        .map_or(words.clone(), |bare| bare.as_str().to_owned())
}

fn capital(words: &str) -> String {
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

pattern!(IMAGE, r"!\[[^\]]*\]\([^)]*\)");
pattern!(LINK, r"\[([^\]]*)\]\([^)]*\)");
pattern!(LABEL, r"\[((?:[#!]|GH-)\d+)\](?:\[[^\]]*\])?");
pattern!(TWICE, r"\(\(((?:[#!]|GH-)\d+)\)\)");
pattern!(ROLE, r":(?:pr|pull|mr|gh|issue|bug):`#?(\d+)`");
pattern!(CREDIT, r"(?: by \[?`?@?[\w\[\]-]+`?\]?)? in (?:<?https?://\S+/(?:pull|merge_requests)/|#)(\d+)>?$");
pattern!(CREDIT_INSIDE, r"\(([#!]\d+) by [^)]*\)");
pattern!(BARE_HASH, r"^`?\(?[0-9a-f]{7,40}\)?`?:?\s+");
pattern!(SCOPE, r"^\*\(([^)]*)\)\*\s+");
pattern!(RELEASE_DATE, r"(?i)^(?:released?|release date|date|unreleased)?[:,]?\s*(?:on\s+)?[\d./-]*$");

/// The words of an entry on one line, without link targets, pictures, commit hashes, credits and what only a machine
/// or an attacker would put there.
fn tidy(words: &str) -> String {
    let words = IMAGE.replace_all(words, "");
    let words = LINK.replace_all(&words, "$1");
    let words = LABEL.replace_all(&words, "($1)");
    let words = TWICE.replace_all(&words, "($1)");
    let words = ROLE.replace_all(&words, "(#$1)");
    let words = CREDIT_INSIDE.replace_all(&words, "($1)");
    let words = CREDIT.replace(words.trim_end(), " (#$1)");
    let words = BARE_HASH.replace(&words, "");
    let words = SCOPE.replace(&words, |found: &regex::Captures<'_>| match found.get(1).map(|scope| scope.as_str()) {
        Some(scope) if scope != "uncategorized" => format!("{scope}: "),
        _ => String::new(),
    });
    let words: String = words.chars().map(|c| if is_unseen(c) { ' ' } else { c }).collect();
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What moves the cursor, turns the direction of writing or says something that nobody sees. Joiners and selectors of
/// emoji stay.
fn is_unseen(c: char) -> bool {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c.is_control() || turns || matches!(c, '\u{2028}' | '\u{2029}' | '\u{e0000}'..='\u{e007f}')
}

pattern!(NAMED, r"^(?:\*\*|__)?(?P<name>[^*_:]{2,40}?)(?:\*\*:?|__:?|:)\s+(?P<rest>\S.*)$");
pattern!(NUMBERS, r"^(?P<words>.*?)(?P<numbers>\s*\((?:[#!]\d+(?:, )?)+\))$");

/// `**Name**: description`, where the words have a name; else the words themselves stand out.
fn named(words: &str) -> String {
    if let Some(found) = NAMED.captures(words) {
        let part = |name| found.name(name).map_or("", |part: regex::Match<'_>| part.as_str().trim());
        return format!("**{}**: {}", capital(part("name")), part("rest"));
    }
    match NUMBERS.captures(words) {
        Some(found) => {
            let part = |name| found.name(name).map_or("", |part: regex::Match<'_>| part.as_str());
            format!("**{}**{}", part("words").trim(), part("numbers"))
        }
        None => format!("**{words}**"),
    }
}

/// A fix with the issues that its change says to close; its own number stays where none is known.
fn with_issues(words: &str, change: Option<&Change>) -> String {
    let Some(closes) = change.map(|change| &change.closes).filter(|closes| !closes.is_empty()) else {
        return words.to_owned();
    };
    let bare = NUMBERS.captures(words).and_then(|found| found.name("words")).map_or(words, |bare| bare.as_str());
    if bare.to_lowercase().contains("fixes #") {
        words.to_owned()
    } else {
        format!("{} (fixes {})", bare.trim(), closes.join(", "))
    }
}

fn breaking_line(change: &Change, words: &str) -> String {
    let title = title_words(change);
    if words.trim().is_empty() { format!("{title}: {MIGRATION}") } else { format!("{title}: {}", tidy(words)) }
}

/// What was removed needs a word about what to use instead, which only a person knows; words of two sentences have it.
fn with_instructions(words: &str) -> String {
    let explained = words.contains(". ") || words.contains("; ") || words.contains(": ") || words.contains("instead");
    if explained { words.to_owned() } else { format!("{words}: {MIGRATION}") }
}

fn written(version: &Version, base: Option<&Version>, drafted: &Drafted) -> String {
    let [features, improvements, fixes, breaking, known] = FILLERS;
    let none = |words: &str| format!("- {words}\n");
    let list = |lines: &[String], empty: &str| match lines {
        [] => none(empty),
        lines => lines.iter().map(|line| format!("- {line}\n")).collect(),
    };
    let summary = if drafted.summary.is_empty() { SUMMARY.to_owned() } else { drafted.summary.join("\n\n") };
    let steps =
        || format!("{STEPS}{}]", base.map_or_else(|| "the previous version".to_owned(), |base| format!("v{base}")));
    let upgrade = match (&drafted.upgrade[..], drafted.breaking.is_empty()) {
        ([], true) if base.is_none() => "This is the first release: there is nothing to upgrade from.".to_owned(),
        ([], true) => "No special steps.".to_owned(),
        ([], false) => steps(),
        (lines, _) => lines.join("\n\n"),
    };
    let parts = [
        ("Summary", format!("{summary}\n")),
        ("New Features", list(&drafted.features, features)),
        ("Improvements", list(&drafted.improvements, improvements)),
        ("Bug Fixes", list(&drafted.fixes, fixes)),
        ("Breaking Changes", list(&drafted.breaking, breaking)),
        ("Known Issues", list(&drafted.known, known)),
        ("Upgrade Instructions", format!("{upgrade}\n")),
    ];
    let mut notes = format!("## Release Notes: v{version}\n");
    for (heading, body) in parts {
        notes.push_str(&format!("\n### {heading}\n\n{body}"));
    }
    notes
}

pattern!(
    PLACEHOLDER,
    r"(?i)\[(?:one paragraph summary of the release|migration instructions|steps to upgrade from [^\]]*|feature name|description|improvement description|bug fix description|breaking change with migration instructions|issue that remains unfixed|x\.y\.z)\]|\bfixes #XXX\b"
);

/// What a person still has to write: the placeholders of the form that stand in a text, in order, each once.
#[must_use]
pub fn placeholders(text: &str) -> Vec<String> {
    let mut left: Vec<String> = Vec::new();
    for found in PLACEHOLDER.find_iter(text) {
        if !left.iter().any(|known| known == found.as_str()) {
            left.push(found.as_str().to_owned());
        }
    }
    left
}

/// Whether nobody has finished a text yet: it is empty, or has placeholders left.
#[must_use]
pub fn is_bare_draft(text: &str) -> bool {
    text.trim().is_empty() || PLACEHOLDER.is_match(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::changelog::{Changelog, Own};
    use crate::domain::commit::Commit;
    use crate::domain::ledger::{Request, judge};

    fn notes(changelog: &str, titles: &[&str], base: Option<&str>) -> String {
        let commits: Vec<Commit> = titles
            .iter()
            .enumerate()
            .map(|(at, title)| {
                let (title, body) = title.split_once(" / ").unwrap_or((title, ""));
                Commit {
                    id: format!("{at:040x}"),
                    parents: vec![format!("{:040x}", at + 1)],
                    title: title.to_owned(),
                    body: body.to_owned(),
                    ..Commit::default()
                }
            })
            .collect();
        let parsed = Changelog::parse(changelog);
        let version = Version::new(1, 3, 0);
        let base = base.map(|base| Version::parse(base).unwrap());
        let ledger = judge(&Request {
            from: None,
            to: "HEAD",
            commits: &commits,
            cut_off: false,
            changelog: Some(&parsed),
            changelog_path: "CHANGELOG.md",
            version: Some(&version),
            base: base.as_ref(),
            further: &[],
            own: &Own::default(),
            project: "harbor",
            beside: &[],
            went_out: &std::collections::BTreeSet::new(),
            package: None,
            fragments: &[],
            in_files: false,
            rules: &[],
        });
        draft(&version, base.as_ref(), &ledger, parsed.section(&version).as_ref())
    }

    fn part<'a>(notes: &'a str, heading: &str) -> &'a str {
        let after = notes.split_once(&format!("### {heading}\n\n")).unwrap().1;
        after.split("\n### ").next().unwrap().trim_end()
    }

    #[test]
    fn an_empty_release_says_so_in_every_part() {
        let expected = "\
## Release Notes: v1.3.0

### Summary

[One paragraph summary of the release]

### New Features

- No new features in this release

### Improvements

- No further improvements in this release

### Bug Fixes

- No bug fixes in this release

### Breaking Changes

- No breaking changes

### Known Issues

- None recorded

### Upgrade Instructions

No special steps.
";
        assert_eq!(notes("", &[], Some("1.2.4")), expected);
        assert!(part(&notes("", &[], None), "Upgrade Instructions").starts_with("This is the first release"));
    }

    #[test]
    fn the_changelogs_words_go_before_titles() {
        let changelog = "## 1.3.0\n\nAll about ropes.\n\n### Added\n- Ropes: of hemp (#1)\n- Bollards ([#2](u))\n\n\
            ### Changed\n- Faster winch (#3)\n\n### Fixed\n- Rust in chains by @li in https://x.org/a/b/pull/4\n\n\
            ### Internal\n- Tidy (#5)\n";
        let titles =
            ["feat: ropes (#1)", "x (#2)", "y (#3)", "fix: chains (#4) / Fixes #9", "z (#5)", "fix(crane): hook (#6)"];
        let notes = notes(changelog, &titles, Some("1.2.4"));
        assert_eq!(part(&notes, "Summary"), "All about ropes.");
        assert_eq!(part(&notes, "New Features"), "- **Ropes**: of hemp (#1)\n- **Bollards** (#2)");
        assert_eq!(part(&notes, "Improvements"), "- Faster winch (#3)");
        assert_eq!(part(&notes, "Bug Fixes"), "- Rust in chains (fixes #9)\n- crane: hook (#6)");
        assert!(!is_bare_draft(&notes));
    }

    #[test]
    fn without_a_section_titles_are_sorted_by_what_they_say() {
        let titles = [
            "feat(api): add ropes (#1)",
            "Fix the anchor (#2) / Closes #8, #9",
            "Faster winch (#3)",
            "chore: tidy (#4)",
            "Add paint (#5)",
            "wip",
            "fix: hook",
        ];
        let notes = notes("", &titles, Some("1.2.4"));
        assert_eq!(part(&notes, "New Features"), "- **Api**: add ropes (#1)\n- **Add paint** (#5)");
        assert_eq!(part(&notes, "Bug Fixes"), "- Fix the anchor (fixes #8, #9)\n- Hook");
        assert_eq!(part(&notes, "Improvements"), "- Faster winch (#3)");
    }

    #[test]
    fn breaking_changes_carry_their_instructions_or_ask_for_them() {
        let titles = ["feat!: drop v1 (#1) / BREAKING CHANGE: use v2,\nit is better", "feat(api)!: drop x (#2)"];
        let drafted = notes("", &titles, Some("1.2.4"));
        assert_eq!(
            part(&drafted, "Breaking Changes"),
            "- Drop v1 (#1): use v2, it is better\n- api: drop x (#2): [migration instructions]"
        );
        assert_eq!(part(&drafted, "Upgrade Instructions"), "[Steps to upgrade from v1.2.4]");
        assert_eq!(part(&drafted, "New Features"), "- No new features in this release");
        let removed = notes("## 1.3.0\n### Removed\n- The old winch (#1)\n- Oars; use the engine (#2)\n", &[], None);
        assert_eq!(
            part(&removed, "Breaking Changes"),
            "- The old winch (#1): [migration instructions]\n- Oars; use the engine (#2)"
        );
    }

    #[test]
    fn entries_of_other_tools_read_as_words() {
        let tidied = |words: &str| tidy(words);
        assert_eq!(tidied("Spaces ([#5](https://x.org/a/b/pull/5) by [casey](https://x.org/casey))"), "Spaces (#5)");
        assert_eq!(tidied("[90639c1](u) *(widgets)* Add by `@li` in [#6](u)"), "widgets: Add (#6)");
        assert_eq!(tidied("*(uncategorized)* Add [#7][7]"), "Add (#7)");
        assert_eq!(tidied("Call f(g(x)) ([#7])"), "Call f(g(x)) (#7)");
        assert_eq!(tidied("``flask --help`` loads. :issue:`8`"), "``flask --help`` loads. (#8)");
        assert_eq!(tidied("![a gift](u) 👨\u{200d}🍳 <https://x.org>"), "👨\u{200d}🍳 <https://x.org>");
        let dated = notes("## 1.3.0\n\nReleased 2026-03-12\n\nWords.\n", &[], None);
        assert_eq!(part(&dated, "Summary"), "Words.");
    }

    #[test]
    fn headings_mean_their_part_by_whole_words() {
        let part = |heading| part_of_heading(heading).unwrap();
        assert_eq!(part("Bugfixes"), Part::Fix);
        assert_eq!(part("🚀 New Features"), Part::Feature);
        assert_eq!(part("Feature enhancements"), Part::Improvement);
        assert_eq!(part("Special efficiency"), Part::Improvement);
        assert_eq!(part("Continuous integration (CI)"), Part::Internal);
        assert_eq!(part("New Contributors"), Part::Internal);
        assert_eq!(part("Known Issues"), Part::Known);
    }

    #[test]
    fn what_is_set_apart_is_no_news() {
        let titles = ["Release 1.3.0 (#3)", "Bump x from 1 to 2 (#2)", "Revert \"Ropes (#0)\" (#1)", "Ropes (#0)"];
        let notes = notes("", &titles, Some("1.2.4"));
        assert_eq!(part(&notes, "Improvements"), "- No further improvements in this release");
    }

    #[test]
    fn a_draft_is_bare_until_its_placeholders_are_written() {
        let drafted = notes("", &["feat!: drop v1 (#1)"], Some("1.2.4"));
        assert_eq!(
            placeholders(&drafted),
            ["[One paragraph summary of the release]", "[migration instructions]", "[Steps to upgrade from v1.2.4]"]
        );
        let done = drafted
            .replace("[One paragraph summary of the release]", "Good.")
            .replace("[migration instructions]", "use v2")
            .replace("[Steps to upgrade from v1.2.4]", "None.");
        assert!(!is_bare_draft(&done) && is_bare_draft(" \n"));
        assert!(is_bare_draft("### Bug Fixes\n- [Bug fix description] (fixes #XXX)"));
        assert!(!is_bare_draft("See [the guide](https://x.org) and [1]."));
    }

    #[test]
    fn hostile_titles_stay_on_their_line() {
        let notes = notes("", &["Add \u{1b}[31mred\u{202e} paint (#1)"], Some("1.2.4"));
        assert!(!notes.contains('\u{1b}') && !notes.contains('\u{202e}'));
    }
}
