//! What a commit wrote into the changelog itself: lines that it added, and not those of others that it only mended.
//!
//! Pure. Enter at [`new_lines`].

use std::collections::HashSet;

/// How many words a line and one that was there before must share, in percent of the shorter, to be the same entry.
const SAME_PERCENT: usize = 60;

/// The lines of `after` that are entries of their own: not in `before`, and no new wording of a line that is gone. Who
/// mends a word of an entry has not told a change with it.
#[must_use]
pub fn new_lines(before: &str, after: &str) -> Vec<String> {
    let old: HashSet<&str> = before.lines().collect();
    let new: HashSet<&str> = after.lines().collect();
    let gone: Vec<HashSet<&str>> = before.lines().filter(|line| !new.contains(line)).map(words).collect();
    let mended = |line: &&str| {
        let words = words(line);
        gone.iter().any(|gone| {
            let shorter = gone.len().min(words.len());
            shorter > 0 && gone.intersection(&words).count() * 100 >= shorter * SAME_PERCENT
        })
    };
    after.lines().filter(|line| !old.contains(line) && !mended(line)).map(str::to_owned).collect()
}

fn words(line: &str) -> HashSet<&str> {
    line.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() > 2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_added_line_is_new_and_a_mended_one_is_not() {
        let before = "# Changes\n\n- Ropes hold fast in storms (#2)\n";
        let added = "# Changes\n\n- The crane is gone (#5)\n- Ropes hold fast in storms (#2)\n";
        assert_eq!(new_lines(before, added), ["- The crane is gone (#5)"]);
        let mended = "# Changes\n\n- Ropes hold fast in every storm (#2)\n";
        assert!(new_lines(before, mended).is_empty());
        let both = "# Changes\n\n- Ropes hold fast in every storm (#2)\n- The crane is gone\n";
        assert_eq!(new_lines(before, both), ["- The crane is gone"]);
    }

    #[test]
    fn a_changelog_that_did_not_exist_is_all_new() {
        assert_eq!(new_lines("", "- One\n- Two\n"), ["- One", "- Two"]);
        assert!(new_lines("- One\n", "").is_empty());
    }
}
