//! What follows from one file, by its kind.
//!
//! Cargo, npm and Maven lead to their members and locks; Python and Ruby to the module that assigns the version, where it
//! is a literal there. Nothing is run and no expression is worked out. Enter at [`followers`].

use std::collections::BTreeSet;

use semver::Version;

use super::super::locate::{
    PythonFile, Want, cargo_file, cfg_elsewhere, gem_elsewhere, imported, locate_wanted, maven_modules, module_files,
    npm_locked, npm_workspaces, python_file,
};
use super::members::directories;
use super::{Tree, tidy};
use crate::domain::plan::VersionFile;
use crate::domain::tag::parse_lenient;
use crate::domain::version_files::PlaceKind;

/// How often a module may hand on the version of another one, or a file of Python name another one.
const HANDED_ON_MAX: usize = 3;

/// The files that follow from one.
#[derive(Debug, Default)]
pub(super) struct Following {
    /// Each with what is wanted of it.
    pub files: Vec<(String, Want)>,
    /// One of them says the version in place of the file that leads to it.
    pub says: bool,
}

impl From<Vec<(String, Want)>> for Following {
    fn from(files: Vec<(String, Want)>) -> Self {
        Self { files, says: false }
    }
}

/// What follows from this file; nothing from one that cannot be read.
pub(super) fn followers(path: &str, near: &[Version], tree: &Tree<'_>) -> Following {
    let path = tidy(path);
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", &path));
    let Some(text) = tree.text(&path) else { return Following::default() };
    match PlaceKind::of_name(name) {
        Some(PlaceKind::Cargo) => cargo(dir, &text, near, tree).into(),
        Some(PlaceKind::Npm) if name == "package.json" => npm(dir, &text, near, tree).into(),
        Some(PlaceKind::Python) if name == "pyproject.toml" => python(dir, &python_file(&text), tree),
        Some(PlaceKind::Python) if name == "setup.cfg" => {
            let file = PythonFile { name: None, elsewhere: cfg_elsewhere(&text) };
            python(dir, &file, tree)
        }
        Some(PlaceKind::Ruby) if name.ends_with(".gemspec") => ruby(dir, name, &text, tree),
        Some(PlaceKind::Maven) => maven(&path, &text, tree).into(),
        _ => Following::default(),
    }
}

pub(super) fn join(dir: &str, name: &str) -> String {
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

fn python(dir: &str, file: &PythonFile, tree: &Tree<'_>) -> Following {
    let says = file.elsewhere.iter().find_map(|(path, want)| literal(&join(dir, path), want, tree, HANDED_ON_MAX));
    let mut following = Following { says: says.is_some(), files: says.into_iter().collect() };
    let lock = upwards(dir).map(|above| join(above, "uv.lock")).find(|lock| tree.text(lock).is_some());
    if let (Some(lock), Some(name)) = (lock, &file.name) {
        // Locks write names in lower case, with dashes.
        let name = name.to_lowercase().replace(['_', '.'], "-");
        following.files.push((lock, Want::Of(BTreeSet::from([name]))));
    }
    following
}

/// The file in which a version really is written: this one, or the one that it takes it from.
fn literal(path: &str, want: &Want, tree: &Tree<'_>, deeper: usize) -> Option<(String, Want)> {
    let text = tree.text(path)?;
    let file = VersionFile { name: path.to_owned(), path: path.to_owned(), pattern: None, matches: None };
    if locate_wanted(&file, text.as_bytes(), want, &[]).is_ok_and(|places| !places.is_empty()) {
        return Some((path.to_owned(), want.clone()));
    }
    let deeper = deeper.checked_sub(1)?;
    let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
    match want {
        Want::Named(name) if path.ends_with(".py") => {
            let (module, name) = imported(&text, name)?;
            let dots = module.len() - module.trim_start_matches('.').len();
            let bare = module.trim_start_matches('.');
            let paths = match dots {
                0 => module_files(bare, None),
                // One dot is the package itself, each further one a package above.
                _ => {
                    let above = upwards(dir).nth(dots - 1)?;
                    [format!("{}.py", bare.replace('.', "/")), format!("{}/__init__.py", bare.replace('.', "/"))]
                        .map(|inner| join(above, &inner))
                        .to_vec()
                }
            };
            paths.iter().find_map(|path| literal(path, &Want::Named(name.clone()), tree, deeper))
        }
        Want::All if path.ends_with("setup.cfg") => {
            cfg_elsewhere(&text).iter().find_map(|(inner, want)| literal(&join(dir, inner), want, tree, deeper))
        }
        _ => None,
    }
}

/// The file that a gemspec names or requires, else the `version.rb` below `lib` that is the gem's own.
fn ruby(dir: &str, name: &str, text: &str, tree: &Tree<'_>) -> Following {
    let (named, want) = gem_elsewhere(text);
    let literal_in = |path: &str, want: &Want| literal(path, want, tree, 0);
    let says = named.iter().find_map(|(path, want)| literal_in(&join(dir, path), want)).or_else(|| {
        if !text.contains(".version") {
            return None;
        }
        let lib = join(dir, "lib/");
        let mut modules: Vec<String> = (tree.list)();
        modules.retain(|path| path.starts_with(&lib) && path.ends_with("/version.rb"));
        // The gem `harbor-cli` has `lib/harbor/cli/version.rb` or `lib/harbor_cli/version.rb`.
        let gem = name.trim_end_matches(".gemspec");
        let own = ["/", "_", "-"].map(|joint| format!("{lib}{}/version.rb", gem.replace('-', joint)));
        modules.sort_by_key(|path| (!own.contains(path), path.matches('/').count(), path.clone()));
        modules.iter().find_map(|path| literal_in(path, &want))
    });
    Following { says: says.is_some(), files: says.into_iter().collect() }
}

/// All modules of a project, those of its modules too.
fn maven(path: &str, text: &str, tree: &Tree<'_>) -> Vec<(String, Want)> {
    let mut seen: BTreeSet<String> = BTreeSet::from([path.to_owned()]);
    let mut found = Vec::new();
    let mut open = vec![(path.to_owned(), text.to_owned())];
    while let Some((path, text)) = open.pop() {
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        for module in maven_modules(&text) {
            let inner = if module.ends_with(".xml") { module } else { join(&module, "pom.xml") };
            let Some(path) = beside(dir, &inner).filter(|path| seen.insert(path.clone())) else { continue };
            if let Some(text) = tree.text(&path) {
                found.push((path.clone(), Want::Near));
                open.push((path, text));
            }
        }
    }
    found.sort_by(|(one, _), (other, _)| one.cmp(other));
    found
}

/// A path as seen from a directory, without its `.` and `..`; none where it leads out of the repository.
fn beside(dir: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = dir.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}
