//! Which files speak of the version: those that are configured, and those that follow from them.
//!
//! A workspace has members and a lock, a `pyproject.toml` may point to a module, a `pom.xml` names its modules. What
//! follows from a file is looked at with it, so that nobody has to list it; a member that goes its own way (its version
//! is none that the project has or had just now) is left alone. Reads through what it is handed. Enter at [`sources`].

use std::collections::BTreeSet;

use semver::Version;

use super::locate::{PlaceError, Want, cargo_file, locate, maven_modules, npm_locked, npm_workspaces, python_file};
use crate::domain::plan::VersionFile;
use crate::domain::repo_path::RepoPath;
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::PlaceKind;

/// How the files of the work tree or of a commit are read.
pub(super) struct Tree<'a> {
    /// The bytes of a file.
    pub read: &'a dyn Fn(&RepoPath) -> Result<Vec<u8>, PlaceError>,
    /// All tracked paths; asked only where a pattern must be held against them.
    pub list: &'a dyn Fn() -> Vec<String>,
}

impl Tree<'_> {
    fn text(&self, path: &str) -> Option<String> {
        let path = RepoPath::parse(path).ok()?;
        String::from_utf8((self.read)(&path).ok()?).ok()
    }
}

/// A file to look at, and which of its places are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Source {
    /// The file.
    pub file: VersionFile,
    /// Which places.
    pub want: Want,
    /// It follows from another one: nothing in it is nothing wrong.
    pub follows: bool,
}

/// The files, and the versions near to which a follower's must be.
#[derive(Debug, Clone, Default)]
pub(super) struct Sources {
    /// In the order of the configuration, each with its followers behind it.
    pub files: Vec<Source>,
    /// What the project says or said just now.
    pub near: Vec<Version>,
}

/// Works out all files that speak of the version. `known` are versions that count as the project's own: that of the
/// release, that of the release before.
pub(super) fn sources(files: &[VersionFile], known: &[Version], tree: &Tree<'_>) -> Sources {
    let mut near = known.to_vec();
    for file in files {
        let Ok(path) = RepoPath::parse(&file.path) else { continue };
        let found = (tree.read)(&path).and_then(|bytes| locate(file, &bytes)).unwrap_or_default();
        near.extend(found.iter().filter_map(|place| parse_lenient(&place.found)));
    }
    let mut all: Vec<Source> = Vec::new();
    for file in files {
        all.push(Source { file: file.clone(), want: Want::All, follows: false });
        if file.pattern.is_some() {
            continue;
        }
        let follower = |(path, want): (String, Want)| Source {
            file: VersionFile { name: file.name.clone(), path, pattern: None, matches: None },
            want,
            follows: true,
        };
        all.extend(followers(&file.path, &near, tree).into_iter().map(follower));
    }
    Sources { files: merged(all), near }
}

/// One source for each file: what is configured goes before what follows, and what several want is wanted together.
fn merged(all: Vec<Source>) -> Vec<Source> {
    let configured: BTreeSet<String> = all.iter().filter(|one| !one.follows).map(|one| tidy(&one.file.path)).collect();
    let mut kept: Vec<Source> = Vec::new();
    for one in all {
        if one.follows && configured.contains(&tidy(&one.file.path)) {
            continue;
        }
        let same = kept.iter_mut().find(|kept| kept.follows && one.follows && kept.file.path == one.file.path);
        match (same, one) {
            (Some(Source { want: Want::Of(names), .. }), Source { want: Want::Of(more), .. }) => names.extend(more),
            (Some(_), _) => {}
            (None, one) => kept.push(one),
        }
    }
    kept
}

fn tidy(path: &str) -> String {
    RepoPath::parse(path).map_or_else(|_| path.to_owned(), |path| path.to_string())
}

fn followers(path: &str, near: &[Version], tree: &Tree<'_>) -> Vec<(String, Want)> {
    let path = tidy(path);
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let Some(text) = tree.text(&path) else { return Vec::new() };
    match PlaceKind::of_name(name) {
        Some(PlaceKind::Cargo) => cargo(dir, &text, near, tree),
        Some(PlaceKind::Npm) if name == "package.json" => npm(dir, &text, near, tree),
        Some(PlaceKind::Python) if name == "pyproject.toml" => python(dir, &text, tree),
        Some(PlaceKind::Maven) => {
            maven_modules(&text).iter().map(|module| (join(dir, &join(module, "pom.xml")), Want::Near)).collect()
        }
        _ => Vec::new(),
    }
}

fn join(dir: &str, name: &str) -> String {
    if dir.is_empty() { name.to_owned() } else { format!("{dir}/{name}") }
}

/// A directory and those above it, up to the top: `a/b`, `a`, and the empty one.
fn upwards(dir: &str) -> impl Iterator<Item = &str> {
    let mut next = Some(dir);
    std::iter::from_fn(move || {
        let here = next?;
        next = here.rsplit_once('/').map(|(above, _)| above).or((!here.is_empty()).then_some(""));
        Some(here)
    })
}

fn is_near(version: &str, near: &[Version]) -> bool {
    parse_lenient(version).is_some_and(|version| near.iter().any(|near| near.cmp_precedence(&version).is_eq()))
}

fn cargo(dir: &str, text: &str, near: &[Version], tree: &Tree<'_>) -> Vec<(String, Want)> {
    let own = cargo_file(text);
    let root = upwards(dir).find_map(|dir| {
        let file = tree.text(&join(dir, "Cargo.toml")).map(|text| cargo_file(&text))?;
        file.members.is_some().then(|| (dir.to_owned(), file))
    });
    let mut found = Vec::new();
    let mut names: BTreeSet<String> = own.name.clone().into_iter().collect();
    if own.inherits
        && let Some((above, _)) = root.as_ref().filter(|(above, _)| above != dir)
    {
        found.push((join(above, "Cargo.toml"), Want::All));
    }
    if let Some(members) = own.members.as_ref() {
        for member in directories(dir, members, "Cargo.toml", tree) {
            let path = join(&member, "Cargo.toml");
            let Some(file) = tree.text(&path).map(|text| cargo_file(&text)) else { continue };
            let belongs = file.inherits || file.version.as_ref().is_some_and(|version| is_near(version, near));
            names.extend(file.name.filter(|_| belongs));
            found.push((path, Want::Near));
        }
    }
    let lock = join(root.as_ref().map_or(dir, |(above, _)| above.as_str()), "Cargo.lock");
    if tree.text(&lock).is_some() {
        found.push((lock, Want::Of(names)));
    }
    found
}

fn npm(dir: &str, text: &str, near: &[Version], tree: &Tree<'_>) -> Vec<(String, Want)> {
    let mut found = Vec::new();
    let mut members = npm_workspaces(text);
    members.extend(tree.text(&join(dir, "pnpm-workspace.yaml")).map(|text| pnpm_members(&text)).unwrap_or_default());
    let mut belongs: Vec<String> = vec![dir.to_owned()];
    for member in directories(dir, &members, "package.json", tree) {
        let path = join(&member, "package.json");
        if tree.text(&path).and_then(|text| npm_locked(&text)).is_some_and(|version| is_near(&version, near)) {
            belongs.push(member);
        }
        found.push((path, Want::Near));
    }
    let locks = ["package-lock.json", "npm-shrinkwrap.json"];
    let lock = upwards(dir).find_map(|above| {
        let name = locks.iter().find(|name| tree.text(&join(above, name)).is_some())?;
        Some((above.to_owned(), join(above, name)))
    });
    if let Some((above, lock)) = lock {
        let below = |dir: &String| match above.as_str() {
            "" => dir.clone(),
            above => dir.strip_prefix(above).unwrap_or(dir).trim_start_matches('/').to_owned(),
        };
        found.push((lock, Want::Of(belongs.iter().map(below).collect())));
    }
    found
}

/// The patterns below `packages:`; the rest of the file is none of relco's business.
fn pnpm_members(text: &str) -> Vec<String> {
    let list = text.lines().skip_while(|line| !line.starts_with("packages:")).skip(1);
    list.take_while(|line| line.starts_with([' ', '-', '\t']) || line.trim().is_empty())
        .filter_map(|line| line.trim().strip_prefix('-'))
        .map(|word| word.trim().trim_matches(['"', '\'']).trim_start_matches("./").to_owned())
        .collect()
}

fn python(dir: &str, text: &str, tree: &Tree<'_>) -> Vec<(String, Want)> {
    let file = python_file(text);
    let elsewhere = file.elsewhere.iter().map(|path| join(dir, path)).find(|path| tree.text(path).is_some());
    let mut found: Vec<(String, Want)> = elsewhere.into_iter().map(|path| (path, Want::All)).collect();
    let lock = upwards(dir).map(|above| join(above, "uv.lock")).find(|lock| tree.text(lock).is_some());
    if let (Some(lock), Some(name)) = (lock, file.name) {
        // Locks write names in lower case, with dashes.
        let name = name.to_lowercase().replace(['_', '.'], "-");
        found.push((lock, Want::Of(BTreeSet::from([name]))));
    }
    found
}

/// The directories of a workspace's members, sorted: those named, and those that a pattern means. A pattern with `!`
/// takes away.
fn directories(dir: &str, patterns: &[String], file: &str, tree: &Tree<'_>) -> Vec<String> {
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
fn matches(pattern: &str, path: &str) -> bool {
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

#[cfg(test)]
mod tests;
