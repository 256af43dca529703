//! The upgrade guide of a breaking change: is there one, does it name each change, and do the notes lead to it?
//!
//! Pure. Enter at [`judge`]; [`section`] finds a version's part in a guide.

use semver::Version;

use super::event::{CheckVerdict, Finding};
use super::id::Role;
use super::pattern::pattern;

/// A breaking change of the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breaking {
    /// Its number, else its short commit.
    pub name: String,
    /// Its title without its type.
    pub title: String,
}

/// The guide that was looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Guide<'a> {
    /// There is no file: the notes' own part must do.
    None,
    /// A file, and its section of this version where it has one.
    File {
        /// Its path.
        path: &'a str,
        /// The words below the version's heading.
        section: Option<String>,
    },
}

/// What the check says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The verdict.
    pub verdict: CheckVerdict,
    /// In one line.
    pub summary: String,
    /// What must be done.
    pub findings: Vec<Finding>,
}

pattern!(HEADING, r"^(?P<level>#{1,6})\s+(?P<words>\S.*?)\s*#*$");
pattern!(VERSION, r"\bv?(?P<version>\d+(?:\.(?:\d+|x))*)\b");

/// Judges the guide. `notes` are the release notes as written, where there are any.
#[must_use]
pub fn judge(version: &Version, breaking: &[Breaking], guide: &Guide<'_>, notes: Option<&str>) -> Judged {
    let mut wrong: Vec<String> = Vec::new();
    let own = notes.map(own_part).unwrap_or_default();
    let (place, words) = match guide {
        Guide::File { path, section } => ((*path).to_owned(), section.clone()),
        Guide::None => ("the release notes".to_owned(), Some(own).filter(|own| !own.trim().is_empty())),
    };
    let names: Vec<&str> = breaking.iter().map(|one| one.name.as_str()).collect();
    let must = if names.is_empty() { String::new() } else { format!(": it must name {}", names.join(", ")) };
    match (&words, guide) {
        (None, Guide::File { path, .. }) => wrong.push(format!("{path} has no section for {version}{must}")),
        (None, Guide::None) => wrong.push(format!("no upgrade instructions for {version}{must}")),
        (Some(words), _) => {
            let unnamed = breaking.iter().filter(|one| !tells(words, one));
            wrong.extend(unnamed.map(|one| format!("breaking change {} ({}) is not in {place}", one.name, one.title)));
        }
    }
    if let (Guide::File { path, section: Some(_) }, Some(notes)) = (guide, notes) {
        let file = path.rsplit('/').next().unwrap_or(path);
        if !notes.contains(file) {
            wrong.push(format!("the release notes do not link {path}"));
        }
    }
    let role = || Role::from(Role::DEVELOPER);
    let count = match breaking.len() {
        0 => "a major version".to_owned(),
        1 => "1 breaking change".to_owned(),
        count => format!("{count} breaking changes"),
    };
    match wrong.first() {
        None => {
            Judged { verdict: CheckVerdict::Ok, summary: format!("{count}, told in {place}"), findings: Vec::new() }
        }
        Some(first) => Judged {
            verdict: CheckVerdict::Bad,
            summary: first.clone(),
            findings: wrong.into_iter().map(|text| Finding { text, role: role() }).collect(),
        },
    }
}

/// The parts of the notes that speak of upgrading; empty where they only say that there is nothing to do.
fn own_part(notes: &str) -> String {
    let mut inside = None;
    let mut upgrade = String::new();
    let mut breaking = String::new();
    for line in notes.lines() {
        if let Some(words) = HEADING.captures(line).and_then(|found| found.name("words")) {
            let words = words.as_str().to_lowercase();
            inside = match () {
                () if words.contains("upgrad") || words.contains("migrat") => Some(true),
                () if words.contains("breaking") => Some(false),
                () => None,
            };
        } else if let Some(is_upgrade) = inside {
            let part = if is_upgrade { &mut upgrade } else { &mut breaking };
            part.push_str(line);
            part.push('\n');
        }
    }
    let says = upgrade.trim();
    if says.is_empty() || says == "No special steps." || says.starts_with("[Steps to upgrade") {
        return String::new();
    }
    format!("{upgrade}{breaking}")
}

/// Whether words name a change: by its number, by its commit, or by its title.
fn tells(words: &str, one: &Breaking) -> bool {
    let is_part = |c: char| c.is_alphanumeric();
    let named = words
        .match_indices(&one.name)
        .any(|(at, _)| !words.get(at + one.name.len()..).unwrap_or_default().starts_with(is_part));
    let bare =
        |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect() };
    named || (!one.title.is_empty() && bare(words).contains(&bare(&one.title)))
}

/// The words below the heading that names this version: `## 2.0.0`, `## From 1.x to 2.0`, or underlined.
#[must_use]
pub fn section(text: &str, version: &Version) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let level = |at: usize| -> Option<(usize, String)> {
        let line = lines.get(at)?;
        if let Some(found) = HEADING.captures(line) {
            return Some((found.name("level")?.len(), found.name("words")?.as_str().to_owned()));
        }
        let under = lines.get(at + 1)?.trim_end();
        let first = under.chars().next().filter(|c| "=-~^\"".contains(*c))?;
        let is_rule = under.len() >= 3 && under.chars().all(|c| c == first) && !line.trim().is_empty();
        is_rule.then(|| (if first == '=' { 1 } else { 2 }, line.trim().to_owned()))
    };
    let start = (0..lines.len()).find(|at| level(*at).is_some_and(|(_, words)| names(&words, version)))?;
    let (own, _) = level(start)?;
    let end =
        (start + 1..lines.len()).find(|at| level(*at).is_some_and(|(depth, _)| depth <= own)).unwrap_or(lines.len());
    let words = lines.get(start + 1..end)?.join("\n");
    Some(words).filter(|words| words.chars().any(char::is_alphanumeric))
}

/// Whether a heading's last version is this one, as precisely as it says it.
fn names(heading: &str, version: &Version) -> bool {
    let Some(last) = VERSION.captures_iter(heading).last().and_then(|found| found.name("version")) else {
        return false;
    };
    let parts: Vec<&str> = last.as_str().split('.').collect();
    let whole = [version.major.to_string(), version.minor.to_string(), version.patch.to_string()];
    let fits = parts.iter().zip(&whole).all(|(part, own)| part == own || *part == "x");
    // A bare major or minor number speaks of the first of its line alone.
    let rest = whole.get(parts.len()..).unwrap_or_default();
    fits && parts.len() <= whole.len() && rest.iter().all(|part| part == "0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn breaking() -> Vec<Breaking> {
        vec![
            Breaking { name: "#12".to_owned(), title: "drop the old port".to_owned() },
            Breaking { name: "#120".to_owned(), title: "new names".to_owned() },
        ]
    }

    fn words(guide: &Guide<'_>, notes: Option<&str>) -> Vec<String> {
        let judged = judge(&version("2.0.0"), &breaking(), guide, notes);
        assert!(judged.findings.iter().all(|finding| finding.role.as_str() == Role::DEVELOPER));
        assert_eq!(judged.verdict == CheckVerdict::Ok, judged.findings.is_empty());
        judged.findings.into_iter().map(|finding| finding.text).collect()
    }

    #[test]
    fn each_breaking_change_stands_in_a_guide_that_the_notes_lead_to() {
        let file =
            |section: Option<&str>| Guide::File { path: "docs/UPGRADING.md", section: section.map(str::to_owned) };
        assert_eq!(words(&Guide::None, None), ["no upgrade instructions for 2.0.0: it must name #12, #120"]);
        assert_eq!(words(&file(None), None), ["docs/UPGRADING.md has no section for 2.0.0: it must name #12, #120"]);
        assert_eq!(
            words(&file(Some("use 8080 (#120)")), Some("see docs/UPGRADING.md")),
            ["breaking change #12 (drop the old port) is not in docs/UPGRADING.md"]
        );
        assert_eq!(
            words(&file(Some("Drop the old port; #120")), Some("nothing")),
            ["the release notes do not link docs/UPGRADING.md"]
        );
        assert!(words(&file(Some("#12, #120")), Some("[Upgrading](UPGRADING.md)")).is_empty());
    }

    #[test]
    fn the_notes_themselves_may_be_the_guide() {
        let notes =
            |upgrade: &str| format!("### Breaking Changes\n\n- Port (#12)\n\n### Upgrade Instructions\n\n{upgrade}\n");
        assert_eq!(words(&Guide::None, Some(&notes("No special steps."))).len(), 1);
        assert_eq!(words(&Guide::None, Some(&notes("[Steps to upgrade from v1.2.0]"))).len(), 1);
        assert_eq!(
            words(&Guide::None, Some(&notes("Rename."))),
            ["breaking change #120 (new names) is not in the release notes"]
        );
        assert!(words(&Guide::None, Some(&notes("Rename (#120)."))).is_empty());
    }

    #[test]
    fn a_versions_section_is_found_by_its_heading() {
        let text = "# Upgrading\n\n## From 1.x to 2.0\n\nA\n\n### More\n\nB\n\n## 1.9\n\nC\n";
        assert_eq!(section(text, &version("2.0.0")).unwrap().trim(), "A\n\n### More\n\nB");
        assert_eq!(section(text, &version("1.9.0")).unwrap().trim(), "C");
        assert_eq!(section(text, &version("2.1.0")), None);
        assert_eq!(section("v2\n===\n\nD\n", &version("2.0.0")).unwrap().trim(), "===\n\nD");
        assert_eq!(section("## 2.0.0\n\n## 1.0\n", &version("2.0.0")), None);
    }
}
