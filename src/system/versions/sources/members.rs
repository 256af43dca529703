//! The members of a workspace: directories, named or meant by a pattern.
//!
//! Never reads a file, and lists the tracked paths only where a pattern must be held against them. Enter at
//! [`directories`].

use std::collections::BTreeSet;

use super::Tree;
use super::kinds::join;

/// The directories of a workspace's members, sorted: those named, and those that a pattern means. A pattern with `!`
/// takes away.
pub(super) fn directories(dir: &str, patterns: &[String], file: &str, tree: &Tree<'_>) -> Vec<String> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    let named = |pattern: &String| !pattern.contains('*') && !pattern.starts_with('!');
    found.extend(patterns.iter().filter(|pattern| named(pattern)).map(|path| join(dir, path.trim_end_matches('/'))));
    if patterns.iter().any(|pattern| pattern.contains('*')) {
        let ending = format!("/{file}");
        let all = (tree.list)();
        let homes = all.iter().filter_map(|path| path.strip_suffix(&ending));
        let below = |home: &&str| dir.is_empty() || home.starts_with(&format!("{dir}/"));
        let means = |pattern: &str, home: &str| matches(&join(dir, pattern.trim_end_matches('/')), home);
        for home in homes.filter(below) {
            if patterns.iter().any(|pattern| means(pattern, home)) {
                found.insert(home.to_owned());
            }
        }
        for taken in patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')) {
            found.retain(|home| !means(taken, home));
        }
    }
    found.into_iter().filter(|home| !home.contains("node_modules")).collect()
}

/// Whether a pattern of directories means this one: `*` within a name, `**` over several.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    fn parts(pattern: &[&str], path: &[&str]) -> bool {
        match (pattern, path) {
            ([], []) => true,
            (["**", rest @ ..], path) => {
                parts(rest, path) || path.split_first().is_some_and(|(_, path)| parts(pattern, path))
            }
            ([pattern, rest @ ..], [name, path @ ..]) => word(pattern, name) && parts(rest, path),
            _ => false,
        }
    }
    fn word(pattern: &str, name: &str) -> bool {
        match pattern.split_once('*') {
            None => pattern == name,
            Some((start, end)) => {
                name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
            }
        }
    }
    parts(&pattern.split('/').collect::<Vec<_>>(), &path.split('/').collect::<Vec<_>>())
}
