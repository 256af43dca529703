//! What a single value must look like: ids, names of variables, paths, tags, patterns, addresses.
//!
//! Each rule answers with why a value cannot be used, in words that follow the value: `"../x" leaves the repository`.
//! Nothing here knows where a value stands.

use std::path::Path;

use regex::Regex;

use crate::domain::repo_path::{BadRepoPath, RepoPath};

/// The longest id; it becomes part of directory names.
const LONGEST_ID: usize = 48;

/// An id or the name of an environment: part of directory names, command lines and typed words.
pub fn id(text: &str) -> Result<(), &'static str> {
    let first = text.chars().next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let rest = text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
    if first && rest && text.len() <= LONGEST_ID {
        return Ok(());
    }
    Err(
        "is not a name here; allowed: lower case letters, digits, `-`, `_` and `.`, a letter or digit first, at most 48",
    )
}

/// The id of an item, which names its undo and its cancelling as well.
pub fn item_id(text: &str) -> Result<(), &'static str> {
    if text.starts_with("cancel-") {
        return Err("is taken: ids that begin with `cancel-` name what ends a step's work");
    }
    if text.starts_with("undo-") {
        return Err("is taken: ids that begin with `undo-` name what takes a step back");
    }
    id(text)
}

/// A title or name that people read: one line, something in it.
pub fn line(text: &str) -> Result<(), &'static str> {
    if text.trim().is_empty() {
        return Err("is empty");
    }
    if text.chars().any(char::is_control) {
        return Err("holds control characters; allowed: one line of text");
    }
    Ok(())
}

/// The name of an environment variable that a project may set or name.
pub fn variable(name: &str) -> Result<(), &'static str> {
    let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
    if !first || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err("is not the name of a variable; allowed: letters, digits and `_`, no digit first");
    }
    if name.starts_with("RELCO_") {
        return Err("is taken: names that begin with RELCO_ are relco's own");
    }
    Ok(())
}

/// A file inside the repository; what a path may be is the domain's rule.
pub fn inside(path: &str) -> Result<(), &'static str> {
    match RepoPath::parse(path) {
        Ok(_) if path.ends_with('/') => Err("names a directory; allowed: a file"),
        Ok(_) => Ok(()),
        Err(BadRepoPath::Empty) => Err("names no file"),
        Err(BadRepoPath::Absolute(_)) => Err("is absolute; allowed: a path from the top of the repository"),
        Err(BadRepoPath::Climbs(_)) => Err("leaves the repository; allowed: a path below its top, without `..`"),
        Err(BadRepoPath::GitDirectory(_)) => Err("lies in git's own directory"),
        Err(BadRepoPath::Character(_)) => Err("holds a control character or a backslash"),
    }
}

/// A path inside the repository, or an absolute one.
pub fn inside_or_absolute(path: &str) -> Result<(), &'static str> {
    let absolute = Path::new(path).is_absolute() && !path.chars().any(char::is_control) && !path.ends_with('/');
    if absolute { Ok(()) } else { inside(path) }
}

/// How a version becomes a tag; the rules are those of `git check-ref-format`.
pub fn tag(text: &str) -> Result<(), &'static str> {
    if text.matches("{version}").count() != 1 {
        return Err("does not hold `{version}` once; allowed: a text such as \"v{version}\"");
    }
    let example = text.replace("{version}", "1.0.0");
    let forbidden = |c: char| c.is_control() || " ~^:?*[\\".contains(c);
    let parts_fit =
        example.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock"));
    let wrong = example.starts_with('-') || example.contains("..") || example.contains("@{") || !parts_fit;
    if wrong || example.contains(forbidden) {
        return Err("gives names that git does not allow for a tag");
    }
    Ok(())
}

/// A pattern that finds a version.
pub fn pattern(text: &str) -> Result<(), String> {
    let regex = Regex::new(text).map_err(|error| {
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
        format!("is not a regular expression: {last}")
    })?;
    if regex.capture_names().flatten().any(|name| name == "version") {
        return Ok(());
    }
    Err("has no group `version`; allowed: a regular expression such as 'v(?<version>\\S+)'".to_owned())
}

/// The address of a probe.
pub fn url(text: &str) -> Result<(), &'static str> {
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err("holds spaces or control characters");
    }
    if text.starts_with("http://") || text.starts_with("https://") || text.starts_with("${") {
        return Ok(());
    }
    Err("is not an address; allowed: http://…, https://…, or ${NAME} of a variable that holds one")
}

/// A multiple of the usual that counts as too much.
pub fn ratio(number: f64) -> Result<(), &'static str> {
    if number.is_finite() && number > 1.0 { Ok(()) } else { Err("is not a multiple; allowed: a number above 1") }
}

/// A rate in per cent.
pub fn percent(number: f64) -> Result<(), &'static str> {
    if (0.0..=100.0).contains(&number) { Ok(()) } else { Err("is not a rate; allowed: a number from 0 to 100") }
}

/// The words of a command: a program, and no byte that no program could get.
pub fn words(words: &[String]) -> Result<(), &'static str> {
    match words.first() {
        None => Err("is empty; allowed: a program and its arguments"),
        Some(program) if program.trim().is_empty() => Err("names no program"),
        Some(_) if words.iter().any(|word| word.contains('\0')) => Err("holds a zero byte, which no program can get"),
        Some(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_directory_names() {
        for good in ["migrate", "deploy-backend", "r2", "a.b_c", "2nd"] {
            assert_eq!(id(good), Ok(()), "{good}");
        }
        let long = "x".repeat(LONGEST_ID + 1);
        for bad in ["", "-x", ".", "..", "A", "a/b", "a b", "ä", "a\n", long.as_str()] {
            assert!(id(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_stay_inside() {
        for good in ["CHANGELOG.md", "./a", "docs/CHANGELOG.md", "a/..b", ".github/x"] {
            assert_eq!(inside(good), Ok(()), "{good}");
        }
        for bad in
            ["", "..", "../x", "a/../../x", "a/../b", "/etc/passwd", ".", "./", "a/", ".git/config", "a/.GIT/x", "a\0"]
        {
            assert!(inside(bad).is_err(), "{bad}");
        }
        assert_eq!(inside_or_absolute("/var/log/releases"), Ok(()));
        assert!(inside_or_absolute("../log").is_err());
        assert!(inside_or_absolute("/").is_err());
    }

    #[test]
    fn tags_are_refs() {
        for good in ["v{version}", "{version}", "release/{version}", "app-{version}-final"] {
            assert_eq!(tag(good), Ok(()), "{good}");
        }
        for bad in
            ["v", "v{version}{version}", "-{version}", "a b{version}", "a//{version}", "{version}/", ".{version}"]
        {
            assert!(tag(bad).is_err(), "{bad}");
        }
        for bad in ["..{version}", "{version}.lock", "x@{version}@{", "a:{version}", "/{version}"] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn variables_leave_relco_its_own() {
        assert_eq!(variable("TARGET"), Ok(()));
        assert_eq!(variable("_x1"), Ok(()));
        for bad in ["", "1X", "A-B", "A B", "RELCO_VERSION", "Ä"] {
            assert!(variable(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn patterns_name_the_version() {
        assert_eq!(pattern(r"v(?<version>\S+)"), Ok(()));
        assert_eq!(pattern(r"v(?P<version>\S+)"), Ok(()));
        assert!(pattern("v(.*)").unwrap_err().contains("no group `version`"));
        assert!(pattern("v(").unwrap_err().contains("unclosed group"));
    }
}
