//! What came since somebody wrote the notes, merged into their text: it grows, and no word of theirs changes.
//!
//! Pure. What was drafted when they wrote and is not in their text was left out on purpose, and stays out. Enter at
//! [`merged`].

use super::{FILLERS, part_of_heading};
use crate::domain::pattern::pattern;

/// A person's text with what is new.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merged {
    /// The text.
    pub text: String,
    /// The lines that were put in, without their bullets.
    pub added: Vec<String>,
}

pattern!(NUMBER, r"(?:[#!]|GH-)\d{1,9}\b");
pattern!(HEADING, r"^#{1,6}\s+(?P<words>\S.*?)\s*#*$");

/// A list item of a draft with the heading above it.
struct Item<'a> {
    heading: &'a str,
    words: &'a str,
}

fn items(text: &str) -> Vec<Item<'_>> {
    let mut heading = "";
    let mut found = Vec::new();
    for line in text.lines() {
        if let Some(words) = HEADING.captures(line).and_then(|found| found.name("words")) {
            heading = words.as_str();
        } else if let Some(words) = line.strip_prefix("- ").or_else(|| line.strip_prefix("* ")) {
            found.push(Item { heading, words: words.trim() });
        }
    }
    found.retain(|item| !FILLERS.contains(&item.words));
    found
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Whether a text tells of an item: by one of its numbers, else by its words.
fn tells(text: &str, bare_text: &str, item: &str) -> bool {
    let mut numbers = NUMBER.find_iter(item).map(|found| found.as_str()).peekable();
    let words = || {
        let words = bare(item);
        !words.is_empty() && bare_text.contains(&words)
    };
    match numbers.peek() {
        Some(_) => numbers.any(|number| NUMBER.find_iter(text).any(|found| found.as_str() == number)) || words(),
        None => words(),
    }
}

/// Merges what a draft has and the text does not tell. `before` is the draft that the person had before them when
/// they wrote, where it is known.
#[must_use]
pub fn merged(written: &str, draft: &str, before: Option<&str>) -> Merged {
    let bare_text = bare(written);
    let bare_before = before.map(bare);
    let known = |item: &str| {
        tells(written, &bare_text, item)
            || before.zip(bare_before.as_deref()).is_some_and(|(before, bare)| tells(before, bare, item))
    };
    let new: Vec<Item<'_>> = items(draft).into_iter().filter(|item| !known(item.words)).collect();
    let mut lines: Vec<String> = written.lines().map(str::to_owned).collect();
    for item in &new {
        put(&mut lines, item);
    }
    let mut text = lines.join("\n");
    text.push('\n');
    Merged { text, added: new.iter().map(|item| item.words.to_owned()).collect() }
}

/// Puts an item behind the last one of its section; a section that is not there is made at the end.
fn put(lines: &mut Vec<String>, item: &Item<'_>) {
    let line = format!("- {}", item.words);
    let heading_of = |line: &String| {
        HEADING.captures(line).and_then(|found| found.name("words")).map(|words| words.as_str().to_owned())
    };
    let same = |words: &str| {
        words.eq_ignore_ascii_case(item.heading)
            || part_of_heading(words).is_some() && part_of_heading(words) == part_of_heading(item.heading)
    };
    let exact =
        lines.iter().position(|line| heading_of(line).is_some_and(|words| words.eq_ignore_ascii_case(item.heading)));
    let Some(start) =
        exact.or_else(|| lines.iter().position(|line| heading_of(line).is_some_and(|words| same(&words))))
    else {
        lines.extend([String::new(), format!("### {}", item.heading), String::new(), line]);
        return;
    };
    let end = lines
        .iter()
        .skip(start + 1)
        .position(|line| heading_of(line).is_some())
        .map_or(lines.len(), |at| start + 1 + at);
    let section = lines.get(start..end).unwrap_or_default();
    let is_filler = |line: &String| line.strip_prefix("- ").is_some_and(|words| FILLERS.contains(&words.trim()));
    if let Some(filler) = section.iter().position(is_filler) {
        if let Some(place) = lines.get_mut(start + filler) {
            *place = line;
        }
        return;
    }
    let last = section.iter().rposition(|line| !line.trim().is_empty()).unwrap_or(0);
    let at = start + last + 1;
    if last == 0 {
        lines.splice(at..at, [String::new(), line]);
    } else {
        lines.insert(at, line);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DRAFT: &str = "## Release Notes: v1.3.0\n\n### Summary\n\n[One paragraph summary of the release]\n\n### New Features\n\n- **Ropes** (#12)\n- **Masts** (#14)\n\n### Bug Fixes\n\n- The anchor holds (fixes #9)\n- Quiet winch\n\n### Known Issues\n\n- None recorded\n";

    #[test]
    fn what_came_since_is_put_in_and_no_word_of_a_person_changes() {
        let written = "## 1.3.0\n\nOur words.\n\n### Features\n\n- Ropes, at last (#12)\n\n### Bug Fixes\n\n- No bug fixes in this release\n\n### Thanks\n\nAll.\n";
        let merged = merged(written, DRAFT, None);
        assert_eq!(merged.added, ["**Masts** (#14)", "The anchor holds (fixes #9)", "Quiet winch"]);
        assert_eq!(
            merged.text,
            "## 1.3.0\n\nOur words.\n\n### Features\n\n- Ropes, at last (#12)\n- **Masts** (#14)\n\n### Bug Fixes\n\n- The anchor holds (fixes #9)\n- Quiet winch\n\n### Thanks\n\nAll.\n"
        );
        let again = super::merged(&merged.text, DRAFT, None);
        assert_eq!((again.text, again.added.len()), (merged.text, 0));
    }

    #[test]
    fn what_a_person_left_out_stays_out() {
        let before = DRAFT.replace("- **Masts** (#14)\n", "");
        let merged = merged("## 1.3.0\n\nOnly words.\n", DRAFT, Some(&before));
        assert_eq!(merged.added, ["**Masts** (#14)"]);
        assert!(merged.text.ends_with("Only words.\n\n### New Features\n\n- **Masts** (#14)\n"), "{}", merged.text);
    }
}
