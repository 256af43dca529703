//! Whole ledgers from small histories.

use semver::Version;

use super::*;
use crate::domain::commit::Person;

/// A history on one line, newest first: `title` or `title / body`.
fn history(lines: &[&str]) -> Vec<Commit> {
    let hash = |at: usize| format!("{at:07x}{}", "c".repeat(33));
    lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let (title, body) = line.split_once(" / ").unwrap_or((line, ""));
            let ana = Person { name: "Ana".to_owned(), email: "ana@example.com".to_owned() };
            Commit {
                id: hash(at + 1),
                parents: vec![hash(at + 2)],
                author: ana.clone(),
                committer: ana,
                title: title.to_owned(),
                body: body.to_owned(),
                ..Commit::default()
            }
        })
        .collect()
}

fn ledger_of(commits: &[Commit], changelog: Option<&str>, rules: &[Exclusion]) -> Ledger {
    let parsed = changelog.map(Changelog::parse);
    let (version, base) = (Version::new(1, 3, 0), Version::new(1, 2, 4));
    judge(&Request {
        from: Some("v1.2.4"),
        to: "HEAD",
        commits,
        cut_off: false,
        changelog: parsed.as_ref(),
        changelog_path: "CHANGELOG.md",
        version: Some(&version),
        base: Some(&base),
        further: &[],
        beside: &[],
        went_out: &std::collections::BTreeSet::new(),
        package: None,
        fragments: &[],
        in_files: false,
        own: &Own::new(&["team/harbor"]),
        project: "harbor",
        rules,
    })
}

fn ledger(lines: &[&str], changelog: &str) -> Ledger {
    ledger_of(&history(lines), Some(changelog), &[])
}

fn verdicts(ledger: &Ledger) -> Vec<String> {
    ledger
        .changes
        .iter()
        .map(|change| {
            let id = change.id.as_deref().unwrap_or("-");
            let listed_as = change.listed_as.as_ref().map(|name| format!(" as {name}")).unwrap_or_default();
            let reason = change.reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("{id} {}{listed_as}{reason}", change.verdict.as_str())
        })
        .collect()
}

fn findings(ledger: &Ledger) -> Vec<String> {
    ledger.findings().into_iter().map(|finding| format!("{} ({})", finding.text, finding.role)).collect()
}

#[test]
fn a_missing_change_is_found_in_the_words_that_everybody_knows() {
    let ledger = ledger(
        &["Add ropes (#123)", "Merge pull request #122 from ana/anchor / Fix the anchor", "tidy"],
        "## [1.3.0]\n\n- Fixed the anchor (#122)\n\n## [1.2.4]\n\n- Ropes (#123)\n",
    );
    assert_eq!(verdicts(&ledger), ["#123 missing: stands under 1.2.4", "#122 listed", "- direct"]);
    assert_eq!(findings(&ledger), ["PR #123 not in changelog (developer)"]);
    assert_eq!(ledger.summary(), "1 listed, 1 missing (#123), 1 direct");
    assert!(!ledger.is_complete());
}

#[test]
fn nothing_missing_is_complete() {
    let ledger = ledger(&["Add ropes (#123)", "tidy"], "## 1.3.0\n- Ropes #123\n");
    assert!(ledger.is_complete());
    assert_eq!(ledger.summary(), "1 listed, 1 direct");
}

#[test]
fn what_cannot_be_judged_is_said_once() {
    let commits = history(&["Add ropes (#123)", "Fix the anchor (#122)"]);
    assert_eq!(findings(&ledger_of(&commits, None, &[])), ["there is no changelog (release manager)"]);
    let found = findings(&ledger_of(&commits, Some("## 1.2.4\n- x (#1)\n"), &[]));
    assert_eq!(found, ["CHANGELOG.md has no section 1.3.0 (release manager)"]);
    let found = findings(&ledger_of(&commits, Some("## 1.3.0\n\n## 1.2.4\n- x (#1)\n"), &[]));
    assert_eq!(found, ["section 1.3.0 in CHANGELOG.md is empty: 2 changes are not told (release manager)"]);
    let found = findings(&ledger_of(&commits, Some("## 1.3.0\n- Many good things\n"), &[]));
    assert_eq!(
        found,
        [
            "section 1.3.0 in CHANGELOG.md names no pull requests: 2 of 2 not recognised by their words (release manager)"
        ]
    );
}

#[test]
fn a_section_that_is_still_unreleased_counts_and_says_so() {
    let ledger = ledger(&["Add ropes (#123)"], "## Unreleased\n- Ropes (#123)\n");
    assert!(ledger.section.unreleased && ledger.is_complete());
    assert_eq!(ledger.section.heading.as_deref(), Some("Unreleased"));
    // Once the version has its own section, what stands under Unreleased is not told in it.
    let ledger = self::ledger(&["Add ropes (#123)"], "## Unreleased\n- Ropes (#123)\n## 1.3.0\n- Other (#1)\n");
    assert_eq!(verdicts(&ledger), ["#123 missing: stands under Unreleased"]);
    assert_eq!(ledger.extra, ["#1"]);
}

#[test]
fn other_names_of_a_change() {
    let ledger = ledger(
        &[
            "[1.3] Add ropes (#130) / Backport of #121",
            "Fix rust (#131) / Fixes #99",
            "Paint (#132)",
            "Grease the old winch on the pier (#133)",
            "Follow up (#134) / Fixes #135",
            "Original (#135)",
        ],
        "## 1.3.0\n- Ropes (#121)\n- Rust (#99)\n- Paint ([0000003](u))\n- The old winch on the pier is greased\n- x (#135)\n",
    );
    assert_eq!(
        verdicts(&ledger),
        [
            "#130 listed as #121",
            "#131 listed as #99",
            "#132 listed as 0000003",
            "#133 listed: recognised by its words",
            "#134 missing",
            "#135 listed",
        ]
    );
    assert!(ledger.extra.is_empty());
}

#[test]
fn what_is_set_apart_is_counted_and_has_its_reason() {
    let mut commits = history(&["Release 1.3.0 (#9)", "Bump x from 1 to 2 (#8)", "CI (#7)", "Words (#6)", "Done (#5)"]);
    commits[2].paths = Some(vec![".github/workflows/ci.yml".to_owned()]);
    let excluded = [Exclusion { rule: "#6".parse().unwrap(), reason: "internal".to_owned() }];
    let ledger = ledger_of(&commits, Some("## 1.3.0\n- Done #5\n"), &excluded);
    assert_eq!(
        verdicts(&ledger),
        [
            "#9 excluded: the release of 1.3.0 itself",
            "#8 excluded: dependency update",
            "#7 excluded: touches CI only",
            "#6 excluded: internal",
            "#5 listed",
        ]
    );
    let counts = ledger.counts();
    assert_eq!((counts.excluded, counts.dependencies, counts.missing), (4, 1, 0));
}

#[test]
fn a_reverted_pair_is_out_and_a_told_one_is_found() {
    let lines = ["Revert \"Ropes (#1)\" (#2)", "Ropes (#1)"];
    let silent = ledger(&lines, "## 1.3.0\n- Other (#5)\n");
    assert_eq!(verdicts(&silent), ["#2 excluded: takes back #1", "#1 excluded: taken back by #2"]);
    let told = ledger(&lines, "## 1.3.0\n- Ropes (#1)\n");
    assert_eq!(findings(&told), ["PR #1 is in the changelog, but #2 took it back (developer)"]);
    let both = ledger(&lines, "## 1.3.0\n- Ropes (#1)\n- Or not (#2)\n");
    assert_eq!(findings(&both), Vec::<String>::new());
}

#[test]
fn without_a_version_the_section_above_the_last_release_is_the_next_ones() {
    let commits = history(&["Add ropes (#123)"]);
    let heading = |text: &str| {
        let parsed = Changelog::parse(text);
        let base = Version::new(1, 2, 4);
        let own = Own::default();
        let ledger = judge(&Request {
            from: None,
            to: "HEAD",
            commits: &commits,
            cut_off: false,
            changelog: Some(&parsed),
            changelog_path: "CHANGELOG.md",
            version: None,
            base: Some(&base),
            further: &[],
            beside: &[],
            went_out: &std::collections::BTreeSet::new(),
            own: &own,
            project: "harbor",
            package: None,
            fragments: &[],
            in_files: false,
            rules: &[],
        });
        ledger.section.heading
    };
    assert_eq!(heading("## 1.3.0 - NEXT\n- x\n## 1.2.4\n- y\n").as_deref(), Some("1.3.0 - NEXT"));
    assert_eq!(heading("## Unreleased\n- x\n## 1.3.0\n- y\n").as_deref(), Some("Unreleased"));
    assert_eq!(heading("## 1.2.4\n- y\n"), None);
}

/// A merge of a branch into which two changes were merged.
fn collecting() -> Vec<Commit> {
    let mut commits = history(&[
        "Merge pull request #9 from develop / Develop",
        "Merge pull request #8 from ana/b / Anchor",
        "Merge pull request #7 from ana/a / Ropes",
        "base work",
    ]);
    let (outer, tip) = (commits[3].id.clone(), commits[1].id.clone());
    commits[0].parents = vec![outer, tip];
    commits
}

#[test]
fn a_collecting_merge_is_told_by_its_parts_or_by_itself() {
    let by_parts = ledger_of(&collecting(), Some("## 1.3.0\n- Anchor #8\n"), &[]);
    assert_eq!(verdicts(&by_parts), ["#9 excluded: carries #8, #7", "#8 listed", "#7 missing", "- direct"]);
    let by_itself = ledger_of(&collecting(), Some("## 1.3.0\n- Develop #9\n"), &[]);
    assert_eq!(verdicts(&by_itself)[1..3], ["#8 excluded: came in with #9", "#7 excluded: came in with #9"]);
    let by_none = ledger_of(&collecting(), Some("## 1.3.0\n- Other #1\n"), &[]);
    assert_eq!(findings(&by_none), ["PR #9 not in changelog (developer)"]);
}

#[test]
fn the_author_of_a_merge_is_who_wrote_it() {
    let mut commits = history(&["Merge pull request #9 from li/x / Ropes", "inner", "before"]);
    commits[0].parents = vec![commits[2].id.clone(), commits[1].id.clone()];
    commits[1].author.name = "Li".to_owned();
    let ledger = ledger_of(&commits, Some("## 1.3.0\n"), &[]);
    assert_eq!((ledger.changes[0].author.as_str(), ledger.changes[0].merged_by.as_str()), ("Li", "Ana"));
}

#[test]
fn a_merge_request_of_gitlab_and_an_issue_of_the_same_number_differ() {
    let lines = ["Merge branch 'x' into 'main' / Ropes\n\nSee merge request team/harbor!12"];
    assert_eq!(findings(&ledger(&lines, "## 1.3.0\n- Ropes #12\n")), ["MR !12 not in changelog (developer)"]);
    assert!(ledger(&lines, "## 1.3.0\n- Ropes !12\n").is_complete());
}

#[test]
fn a_hostile_title_is_bounded_and_harms_nothing() {
    let title = format!("\u{1b}[31m\u{202e}{} (#12)", "x".repeat(1 << 14));
    let ledger = ledger(&[&title], "## 1.3.0\n- Other #1\n");
    assert_eq!(ledger.changes[0].id.as_deref(), Some("#12"));
    assert!(ledger.changes[0].title.chars().count() <= 300);
}

#[test]
fn an_empty_range_is_complete() {
    let ledger = ledger(&[], "## 1.3.0\n");
    assert!(ledger.is_complete());
    assert_eq!(ledger.summary(), "0 listed");
}

#[test]
fn tickets_and_the_words_of_a_title_tell_a_change() {
    let ledger = ledger(
        &[
            "#1226 bump it (#9)",
            "Merge pull request #8 from ana/1225-x / Hooks",
            "Sails, after #7 (#6)",
            "More sails, after #7 (#5)",
            "win: use ProcessPrng (#4)",
            "Follow up to #2 (#3)",
            "Ropes (#2)",
        ],
        "## 1.3.0\n- Misc: #1226, #1225\n- Sails (#7)\n- win: use `ProcessPrng` (Ben)\n- Ropes (#2)\n",
    );
    assert_eq!(
        verdicts(&ledger),
        [
            "#9 listed as #1226",
            "#8 listed as #1225",
            // One change can be the one that an entry means when a title only mentions it; a second is not.
            "#6 listed as #7",
            "#5 missing",
            "#4 listed: recognised by its words",
            "#3 missing",
            "#2 listed",
        ]
    );
}

#[test]
fn rules_set_apart_what_is_missing_and_never_what_is_told() {
    let mut commits =
        history(&["docs: Words (#6)", "docs: Told (#5)", "Paint / Changelog: none", "Tar (#3)", "Oil (#2)"]);
    commits[4].paths = Some(vec!["docs/a.md".to_owned(), "README.md".to_owned()]);
    commits[3].paths = Some(vec!["docs/a.md".to_owned(), "src/a.rs".to_owned()]);
    let rules = |texts: &[&str]| -> Vec<Exclusion> {
        texts.iter().map(|text| Exclusion { rule: text.parse().unwrap(), reason: String::new() }).collect()
    };
    let ledger = ledger_of(&commits, Some("## 1.3.0\n- Told #5\n"), &rules(&["type docs", "paths docs/ *.md"]));
    assert_eq!(
        verdicts(&ledger),
        [
            "#6 excluded: rule: type docs",
            "#5 listed",
            "- excluded: its commit says that it needs no entry",
            "#3 missing",
            "#2 excluded: rule: paths docs/ *.md",
        ]
    );
    let one = ledger_of(&commits, Some("## 1.3.0\n- Told #5\n"), &rules(&["0000004"]));
    assert_eq!(verdicts(&one)[3], "#3 excluded: set apart by hand");
}

#[test]
fn changes_of_other_packages_are_set_apart() {
    let mut commits = history(&["Ropes (#2)", "Sails (#1)"]);
    commits[0].paths = Some(vec!["crates/rope/src.rs".to_owned()]);
    commits[1].paths = Some(vec!["crates/rope-net/src.rs".to_owned(), "Cargo.lock".to_owned()]);
    let parsed = Changelog::parse("## 1.3.0\n- Other (#9)\n");
    let (version, own, none) = (Version::new(1, 3, 0), Own::default(), BTreeSet::new());
    let ledger = judge(&Request {
        from: None,
        to: "HEAD",
        commits: &commits,
        cut_off: false,
        changelog: Some(&parsed),
        changelog_path: "crates/rope/CHANGELOG.md",
        version: Some(&version),
        base: None,
        further: &[],
        beside: &[],
        went_out: &none,
        own: &own,
        project: "rope",
        package: Some("crates/rope"),
        fragments: &[],
        in_files: false,
        rules: &[],
    });
    assert_eq!(verdicts(&ledger), ["#2 missing", "#1 excluded: touches nothing in crates/rope/"]);
}

#[test]
fn words_never_take_an_entry_that_a_number_of_the_range_owns() {
    // The sections of a pre-release tell the same entry again.
    let ledger = ledger(
        &["Coil the ropes on the pier (#12)", "Ropes on the pier coiled again (#13)", "Version Packages (next) (#14)"],
        "## 1.3.0\n\n- Coil the ropes on the pier (#12)\n\n## 1.3.0-next.1\n\n- Coil the ropes on the pier (#12)\n\
         - Version packages of next are coiled\n",
    );
    assert_eq!(
        verdicts(&ledger),
        ["#12 listed", "#13 missing", "#14 excluded: the work of releasing itself"],
        "{:?}",
        ledger.changes
    );
}

#[test]
fn an_empty_section_with_commits_without_a_number_is_not_all_fine() {
    let ledger = ledger(&["tidy", "Grease the winch"], "## 1.3.0\n\n## 1.2.4\n\n- x\n");
    assert_eq!(findings(&ledger), ["section 1.3.0 in CHANGELOG.md is empty: 2 commits are not told (release manager)"]);
    assert!(!ledger.is_complete());
}

#[test]
fn a_number_that_an_introduction_mentions_is_not_extra() {
    let told = ledger(&["Add ropes (#12)"], "## 1.3.0\n\nPlease look at #7 before.\n\n- Ropes (#12)\n- Nets (#8)\n");
    assert_eq!(told.extra, ["#8"]);
}
