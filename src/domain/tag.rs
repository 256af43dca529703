//! Release tags: the project's tag pattern, and versions as tags and changelogs write them.
//!
//! Pure. It never looks at a repository. Enter at [`TagPattern`] for tag names and at [`parse_lenient`] for text that
//! means a version without being a semantic one ("1.2", "1.2.0rc1", "2024.01.05").

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use regex::Regex;
use semver::{Prerelease, Version};

/// The part of a pattern that stands for the version.
const VERSION_MARK: &str = "{version}";

/// How a project names its release tags: a text with `{version}` in it, such as `v{version}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagPattern {
    prefix: String,
    suffix: String,
}

/// The pattern holds no `{version}`, or more than one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadTagPattern {
    /// What was configured.
    pub text: String,
}

impl fmt::Display for BadTagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "\"{}\" is no tag pattern: it needs {VERSION_MARK} exactly once, as in \"v{VERSION_MARK}\"",
            self.text
        )
    }
}

impl std::error::Error for BadTagPattern {}

impl FromStr for TagPattern {
    type Err = BadTagPattern;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadTagPattern { text: text.to_owned() };
        let (prefix, suffix) = text.split_once(VERSION_MARK).ok_or_else(bad)?;
        if suffix.contains(VERSION_MARK) {
            return Err(bad());
        }
        Ok(Self { prefix: prefix.to_owned(), suffix: suffix.to_owned() })
    }
}

impl Default for TagPattern {
    /// `v{version}`, the most common one.
    fn default() -> Self {
        Self { prefix: "v".to_owned(), suffix: String::new() }
    }
}

impl fmt::Display for TagPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{VERSION_MARK}{}", self.prefix, self.suffix)
    }
}

impl TagPattern {
    /// The tag that a release of this version gets.
    #[must_use]
    pub fn name(&self, version: &Version) -> String {
        format!("{}{version}{}", self.prefix, self.suffix)
    }

    /// The version that a tag names, or none where it is no release tag of this project.
    #[must_use]
    pub fn version(&self, tag: &str) -> Option<Version> {
        let middle = tag.strip_prefix(&self.prefix)?.strip_suffix(&self.suffix)?;
        // A pattern "{version}" must not read "v1.2.0" or "other-1.2.0", so the rest has to begin with a digit.
        if !middle.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        parse_lenient(middle)
    }

    /// The pattern that a tag follows, with the version that it names: `tokio-1.2.3`, `@scope/name@1.2.3`,
    /// `crates/x/v1.2.3`. None where the tag does not end with a version.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<(Self, Version)> {
        let begins = tag.char_indices().filter(|(_, c)| c.is_ascii_digit()).map(|(at, _)| at);
        begins.into_iter().find_map(|at| {
            let (prefix, rest) = tag.split_at_checked(at)?;
            let before = prefix.strip_suffix(['v', 'V']).unwrap_or(prefix).chars().next_back();
            // Not in the middle of a longer number: `v8.1.3.1` is no `1.3.1`.
            let number = |prefix: &str| prefix.ends_with(|c: char| c.is_ascii_digit());
            let within = prefix.strip_suffix('.').is_some_and(number);
            let apart = !within && before.is_none_or(|c| matches!(c, '-' | '_' | '@' | '/' | '.'));
            let version = parse_lenient(rest).filter(|_| apart)?;
            Some((Self { prefix: prefix.to_owned(), suffix: String::new() }, version))
        })
    }

    /// The package that tags of this pattern are about, where each package of a repository has its own: `tokio` for
    /// `tokio-{version}`, `@scope/name` for `@scope/name@{version}`.
    #[must_use]
    pub fn package(&self) -> Option<&str> {
        let name = self.prefix.strip_suffix(['v', 'V']).unwrap_or(&self.prefix);
        let name = name.trim_end_matches(['-', '_', '@', '/']);
        let own = !name.is_empty() && !["release", "version", "rel", "r"].contains(&name.to_ascii_lowercase().as_str());
        own.then_some(name)
    }

    /// Whether tags of this form may be releases: not builds of a night, and not the end of a longer number, of which
    /// [`TagPattern::of_tag`] takes the beginning for a name.
    #[must_use]
    pub fn is_of_releases(&self) -> bool {
        const MARKS: [&str; 9] =
            ["nightly", "snapshot", "canary", "daily", "weekly", "backup", "archive", "test", "before"];
        let cuts = self.prefix.strip_suffix('.').is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()));
        let words = self.prefix.split(|c: char| !c.is_ascii_alphanumeric());
        !cuts && !words.into_iter().any(|word| MARKS.iter().any(|mark| word.eq_ignore_ascii_case(mark)))
    }

    /// The patterns to try, in this order, on a project that configured none.
    #[must_use]
    pub fn usual(project: &str) -> Vec<Self> {
        let mut prefixes: Vec<String> =
            ["v", "", "V", "release-", "release-v", "release/", "release/v", "version-"].map(str::to_owned).to_vec();
        if !project.is_empty() {
            prefixes.extend(["-v", "-", "@", "/v", "/"].map(|joint| format!("{project}{joint}")));
        }
        prefixes.into_iter().map(|prefix| Self { prefix, suffix: String::new() }).collect()
    }
}

/// Reads a version as people write it: two numbers ("1.2"), leading zeros ("2024.01.05"), a leading `v`, and Python's
/// short pre-releases ("1.2.0rc1", PEP 440). None where it is no version; a lone number is none.
#[must_use]
pub fn parse_lenient(text: &str) -> Option<Version> {
    static LENIENT: LazyLock<Option<Regex>> = LazyLock::new(|| {
        Regex::new(
            r"^[vV]?(\d{1,9})\.(\d{1,9})(?:\.(\d{1,9}))?(?:[-.]?(a|alpha|b|beta|c|rc|pre|preview|dev)[-.]?(\d{1,9}))?$",
        )
        .ok()
    });
    let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
    if let Ok(version) = Version::parse(bare) {
        return Some(version);
    }
    let found = LENIENT.as_ref()?.captures(text)?;
    let number = |at: usize| found.get(at).map_or(Some(0), |m| m.as_str().parse().ok());
    let mut version = Version::new(number(1)?, number(2)?, number(3)?);
    if let (Some(word), Some(count)) = (found.get(4), found.get(5)) {
        let word = match word.as_str() {
            "a" => "alpha",
            "b" => "beta",
            "c" | "pre" | "preview" => "rc",
            other => other,
        };
        let count: u64 = count.as_str().parse().ok()?;
        version.pre = Prerelease::new(&format!("{word}.{count}")).ok()?;
    }
    Some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_tells_its_pattern_and_its_package() {
        let read = |tag: &str| {
            let (pattern, version) = TagPattern::of_tag(tag)?;
            Some(format!("{pattern} {version} {}", pattern.package().unwrap_or("-")))
        };
        assert_eq!(read("v1.2.3").as_deref(), Some("v{version} 1.2.3 -"));
        assert_eq!(read("tokio-util-0.7.1").as_deref(), Some("tokio-util-{version} 0.7.1 tokio-util"));
        assert_eq!(read("ratatui-v0.30.2").as_deref(), Some("ratatui-v{version} 0.30.2 ratatui"));
        assert_eq!(read("@scope/cli@3.0.1").as_deref(), Some("@scope/cli@{version} 3.0.1 @scope/cli"));
        assert_eq!(read("log4j-2.1.0").as_deref(), Some("log4j-{version} 2.1.0 log4j"));
        assert_eq!(read("release-1.2.3").as_deref(), Some("release-{version} 1.2.3 -"));
        assert_eq!(read("nightly"), None);
        assert_eq!(read("v8.1.3.1"), None, "not 1.3.1");
    }

    fn read(pattern: &str, tag: &str) -> Option<String> {
        pattern.parse::<TagPattern>().unwrap().version(tag).map(|version| version.to_string())
    }

    #[test]
    fn a_pattern_reads_its_own_tags_only() {
        assert_eq!(read("v{version}", "v1.2.3").as_deref(), Some("1.2.3"));
        assert_eq!(read("v{version}", "1.2.3"), None);
        assert_eq!(read("{version}", "v1.2.3"), None);
        assert_eq!(read("{version}", "globset-0.4.1"), None);
        assert_eq!(read("core-v{version}", "core-v0.1.0-rc.1").as_deref(), Some("0.1.0-rc.1"));
        assert_eq!(read("core-v{version}", "v0.1.0"), None);
        assert_eq!(read("{version}-final", "1.0-final").as_deref(), Some("1.0.0"));
    }

    #[test]
    fn a_pattern_needs_the_version_once() {
        assert!("v".parse::<TagPattern>().is_err());
        assert!("{version}{version}".parse::<TagPattern>().is_err());
        let pattern: TagPattern = "rel/{version}".parse().unwrap();
        assert_eq!(pattern.name(&Version::new(1, 2, 3)), "rel/1.2.3");
        assert_eq!(pattern.to_string(), "rel/{version}");
    }

    #[test]
    fn versions_are_read_as_people_write_them() {
        let read = |text| parse_lenient(text).map(|version| version.to_string());
        assert_eq!(read("1.2").as_deref(), Some("1.2.0"));
        assert_eq!(read("v1.2.3-rc.1").as_deref(), Some("1.2.3-rc.1"));
        assert_eq!(read("1.2.0rc1").as_deref(), Some("1.2.0-rc.1"));
        assert_eq!(read("3.0b2").as_deref(), Some("3.0.0-beta.2"));
        assert_eq!(read("2024.01.05").as_deref(), Some("2024.1.5"));
        assert_eq!(read("12"), None);
        assert_eq!(read("1.2.3.4"), None);
        assert_eq!(read("1.x"), None);
    }
}
