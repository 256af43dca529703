//! Sections, entries and whose numbers they hold.

use super::*;

const KEEP: &str = "\
# Changelog

## [Unreleased]

- Soon (#140)

## [1.3.0] - 2026-11-22

A release about ropes.

### Added

- Mooring lines (#121,
  #122) with a further line
- Bollards [#124]

### Fixed

* Rust in chains by @li in https://github.com/team/harbor/pull/125
> quoted: see #199

```
#198
```

## [1.2.4] - 2026-10-01

- Fixed an anchor (#110)

[#124]: https://github.com/team/harbor/pull/124
[#197]: https://github.com/team/harbor/pull/197
[1.2.4]: https://github.com/team/harbor/compare/v1.2.3...v1.2.4
";

fn own() -> Own {
    Own::new(&["team/harbor"])
}

fn numbers(text: &str, version: &str) -> Vec<String> {
    let section = Changelog::parse(text).section(&Version::parse(version).unwrap());
    section.map_or(vec!["no section".to_owned()], |section| {
        section.references(&own()).iter().map(ToString::to_string).collect()
    })
}

#[test]
fn a_number_counts_only_under_its_own_version() {
    assert_eq!(numbers(KEEP, "1.3.0"), ["#121", "#122", "#124", "#125"]);
    assert_eq!(numbers(KEEP, "1.2.4"), ["#110"]);
    assert_eq!(numbers(KEEP, "1.2.3"), ["no section"]);
    let unreleased = Changelog::parse(KEEP).unreleased().unwrap();
    assert_eq!(unreleased.references(&own()), [Reference::hash(140)]);
    assert_eq!((unreleased.heading.as_str(), unreleased.line), ("Unreleased", 3));
}

#[test]
fn the_place_of_a_number_elsewhere_is_known() {
    let places = Changelog::parse(KEEP).places(&own());
    assert_eq!(places.get(&Reference::hash(110)).map(String::as_str), Some("1.2.4 - 2026-10-01"));
    assert_eq!(places.get(&Reference::hash(140)).map(String::as_str), Some("Unreleased"));
    assert_eq!(places.get(&Reference::hash(199)), None);
}

#[test]
fn entries_have_their_subsection_and_all_their_lines() {
    let section = Changelog::parse(KEEP).section(&Version::new(1, 3, 0)).unwrap();
    let entries: Vec<(&str, bool, &str)> =
        section.entries.iter().map(|entry| (entry.subsection.as_str(), entry.item, entry.text.as_str())).collect();
    assert_eq!(
        entries,
        [
            ("", false, "A release about ropes."),
            ("Added", true, "Mooring lines (#121, #122) with a further line"),
            ("Added", true, "Bollards [#124]"),
            ("Fixed", true, "Rust in chains by @li in https://github.com/team/harbor/pull/125"),
        ]
    );
    assert_eq!(section.entries[2].addresses, ["https://github.com/team/harbor/pull/124"]);
}

#[test]
fn other_forms_of_the_same() {
    assert_eq!(numbers("## v1.3.0\n\n- #1\n\n## v1.2.4\n\n- #2\n", "1.3.0"), ["#1"]);
    assert_eq!(numbers("Changes\n=======\n\n1.3.0\n-----\n\n* #1\n\n1.2.4\n-----\n\n* #2\n", "1.3.0"), ["#1"]);
    assert_eq!(numbers("1.3.0 (today)\n  - #1\n1.2.4 (before)\n  - #2\n", "1.3.0"), ["#1"]);
    assert_eq!(numbers("## 1.3\n\n- #1\n\n### 1.3.1\n\n- #2\n\n### Notes\n\n- #3\n", "1.3.0"), ["#1"]);
    assert_eq!(numbers("## 1.3\n\n- #1\n\n### 1.3.1\n\n- #2\n", "1.3.1"), ["#2"]);
    assert_eq!(numbers("## 1.3.0\n\n#### Fixed\n- #1\n\n# Old\n\n- #2\n", "1.3.0"), ["#1"]);
    assert_eq!(numbers("## 1.30.0\n\n- #1\n", "1.3.0"), ["no section"]);
    assert_eq!(numbers("", "1.3.0"), ["no section"]);
    assert_eq!(numbers("\u{feff}## 1.3.0\r\n\r\n- #1\r\n", "1.3.0"), ["#1"]);
}

#[test]
fn a_final_release_has_the_sections_of_its_prereleases_and_no_more() {
    let text = "## 1.3.0\n\n- #3\n\n## 1.3.0-rc.2\n\n- #2\n\n## 1.3.0-rc.1\n\n- #1\n\n## 1.2.0\n\n- #0\n";
    assert_eq!(numbers(text, "1.3.0"), ["#3", "#2", "#1"]);
    assert_eq!(numbers(text, "1.3.0-rc.2"), ["#2"]);
    let section = Changelog::parse(text).section(&Version::new(1, 3, 0)).unwrap();
    assert_eq!(section.heading, "1.3.0");
}

#[test]
fn subtitles_without_a_heading_mark() {
    let text = "1.3.0\n=====\nWords.\n\nBug fixes:\n\n* [BUG #1](u):\n  Fix it.\n\n**Added**\n\n- thing\n";
    let section = Changelog::parse(text).section(&Version::new(1, 3, 0)).unwrap();
    let entries: Vec<(&str, &str)> =
        section.entries.iter().map(|entry| (entry.subsection.as_str(), entry.text.as_str())).collect();
    assert_eq!(entries, [("", "Words."), ("Bug fixes", "[BUG #1](u): Fix it."), ("Added", "thing")]);
}

#[test]
fn a_big_changelog_is_read_without_trouble() {
    let mut text = String::from("# Changelog\n");
    for minor in (0..2000).rev() {
        text.push_str(&format!("\n## 1.{minor}.0\n\n- one (#{})\n- two\n", minor + 1));
    }
    assert_eq!(numbers(&text, "1.1000.0"), ["#1001"]);
    assert_eq!(Changelog::parse(&text).versions().len(), 2000);
}
