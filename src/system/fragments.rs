//! Entries that wait in files of their own, and how this project writes a new one: from the settings of its tool, else
//! from the files that are there.
//!
//! Of a commit, or of the work tree without one: there a file counts before it is committed, as a line of the changelog
//! does, and one that git does not track yet is named. Reads only. Enter at [`waiting`]; [`with_packages`] looks up what
//! only writing needs.

use std::collections::BTreeMap;

use super::git::{Git, GitError};
use crate::domain::ledger::fragment_form::{BUMPS, FragmentForm, Part, TOWNCRIER_TYPES, Tool};
use crate::domain::ledger::{Fragment, fragments};
use crate::domain::repo_path::RepoPath;

/// What waits, and how more is written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Waiting {
    /// The form of a new one; none where the project has no such files, or some of a form that is not known.
    pub form: Option<FragmentForm>,
    /// Those that are there.
    pub fragments: Vec<Fragment>,
    /// Of these, the paths that git does not track yet; only the work tree has any.
    pub untracked: Vec<String>,
}

/// The entries that wait at a commit, or in the work tree without one: in the configured directory, else in that of the
/// project's tool, else in a usual one.
///
/// # Errors
/// What the revision gave.
pub fn waiting(
    git: &Git,
    rev: Option<&str>,
    configured: Option<&str>,
    package: Option<&str>,
) -> Result<Waiting, GitError> {
    let below = package.map(|package| format!("{package}/")).unwrap_or_default();
    let configured = configured.map(|dir| dir.trim_end_matches('/').to_owned());
    let mut form = form_of_tool(git, rev, &below);
    if let Some((form, dir)) = form.as_mut().zip(configured.as_ref()) {
        form.dir.clone_from(dir);
    }
    let dirs: Vec<String> = match (&configured, &form) {
        (Some(dir), _) => vec![dir.clone()],
        (None, Some(form)) => vec![form.dir.clone()],
        (None, None) => fragments::USUAL_DIRS.iter().map(|dir| format!("{below}{dir}")).collect(),
    };
    let mut found = Waiting { form, ..Waiting::default() };
    for dir in dirs {
        found.read(git, rev, &dir)?;
        if !found.fragments.is_empty() {
            break;
        }
    }
    if found.form.is_none() {
        found.form = form_of_names(&found.fragments);
    }
    Ok(found)
}

/// The fragments that lie in the work tree and that git does not track: a commit ships without them.
pub fn in_no_commit(git: &Git, configured: Option<&str>, package: Option<&str>) -> Vec<String> {
    waiting(git, None, configured, package).map(|waiting| waiting.untracked).unwrap_or_default()
}

/// The form with the packages that a new entry may be about, where it must name one.
#[must_use]
pub fn with_packages(git: &Git, form: &FragmentForm) -> FragmentForm {
    if form.tool != Tool::Changesets {
        return form.clone();
    }
    let settings = read(git, None, &format!("{}/config.json", form.dir)).unwrap_or_default();
    let settings: serde_json::Value = serde_json::from_str(&settings).unwrap_or_default();
    let ignored = |name: &str| {
        let names = settings.get("ignore").and_then(serde_json::Value::as_array);
        names.is_some_and(|names| names.iter().any(|one| one.as_str() == Some(name)))
    };
    let manifests = git.paths(None).unwrap_or_default();
    let manifests = manifests.iter().filter(|path| path.rsplit('/').next() == Some("package.json"));
    let own = manifests.filter(|path| !path.split('/').any(|part| part == "node_modules"));
    let mut parts = Vec::new();
    for path in own {
        let Some(text) = read(git, None, path) else { continue };
        let Ok(manifest) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        let Some(name) = manifest.get("name").and_then(serde_json::Value::as_str) else { continue };
        // The root of a workspace is no package of its own; one without a version is never released.
        if manifest.get("version").is_none() || manifest.get("workspaces").is_some() || ignored(name) {
            continue;
        }
        let dir = path.rsplit_once('/').map_or("", |(dir, _)| dir);
        parts.push(Part { name: name.to_owned(), dir: dir.to_owned() });
    }
    FragmentForm { parts, ..form.clone() }
}

impl Waiting {
    fn read(&mut self, git: &Git, rev: Option<&str>, dir: &str) -> Result<(), GitError> {
        let paths = match rev {
            Some(rev) => git.files_below(rev, dir)?,
            None => git.work_tree_below(dir),
        };
        for path in paths.into_iter().filter(|path| fragments::is_fragment(dir, path)) {
            let Some(text) = read(git, rev, &path) else { continue };
            let Some(fragment) = Fragment::read(&path, &text) else { continue };
            if rev.is_none() && RepoPath::parse(&path).is_ok_and(|path| !git.is_tracked(&path).unwrap_or(true)) {
                self.untracked.push(path);
            }
            self.fragments.push(fragment);
        }
        Ok(())
    }
}

fn read(git: &Git, rev: Option<&str>, path: &str) -> Option<String> {
    let path = RepoPath::parse(path).ok()?;
    let bytes = match rev {
        Some(rev) => git.read_at(rev, &path),
        None => git.read_worktree(&path),
    };
    Some(String::from_utf8_lossy(&bytes.ok()?).into_owned())
}

fn form_of_tool(git: &Git, rev: Option<&str>, below: &str) -> Option<FragmentForm> {
    let bases = if below.is_empty() { vec![""] } else { vec![below, ""] };
    bases.into_iter().find_map(|base| {
        let at = |name: &str| read(git, rev, &format!("{base}{name}"));
        let form = ["towncrier.toml", "pyproject.toml"].iter().find_map(|name| of_towncrier(&at(name)?));
        let form =
            form.or_else(|| [".changie.yaml", ".changie.yml"].iter().find_map(|name| Some(of_changie(&at(name)?))));
        let form = form.or_else(|| at(".changeset/config.json").map(|_| plain(Tool::Changesets, ".changeset", &BUMPS)));
        form.map(|form| FragmentForm { dir: format!("{base}{}", form.dir), ..form })
    })
}

fn plain(tool: Tool, dir: &str, kinds: &[&str]) -> FragmentForm {
    FragmentForm {
        tool,
        dir: dir.to_owned(),
        kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
        ending: String::new(),
        parts: Vec::new(),
        custom: Vec::new(),
    }
}

/// Files that are named by number and type, without settings that say so: more are written like the last one.
fn form_of_names(there: &[Fragment]) -> Option<FragmentForm> {
    let named = |fragment: &Fragment| {
        let (dir, name) = fragment.path.rsplit_once('/')?;
        let (_, kind) = fragments::numbered(name)?;
        let ending = name.rsplit_once('.').map(|(_, ending)| ending).filter(|ending| *ending != kind);
        let ending = ending.filter(|ending| ending.parse::<u32>().is_err());
        Some((dir.to_owned(), kind.to_owned(), ending.map(|ending| format!(".{ending}")).unwrap_or_default()))
    };
    let all: Vec<(String, String, String)> = there.iter().filter_map(named).collect();
    let (dir, _, ending) = all.last()?.clone();
    let mut form = FragmentForm { ending, ..plain(Tool::Towncrier, &dir, &TOWNCRIER_TYPES) };
    for (_, kind, _) in all {
        if !form.kinds.contains(&kind) {
            form.kinds.push(kind);
        }
    }
    Some(form)
}

/// The settings of towncrier, from its own file or `pyproject.toml`; none where there are none in it.
fn of_towncrier(text: &str) -> Option<FragmentForm> {
    let table: toml::Table = text.parse().ok()?;
    let own = table.get("tool")?.get("towncrier")?.as_table()?;
    let text_of = |key: &str| own.get(key).and_then(toml::Value::as_str);
    let dir = match (text_of("directory"), text_of("package")) {
        (Some(dir), _) => dir.trim_start_matches("./").trim_end_matches('/').to_owned(),
        (None, Some(package)) if !package.is_empty() => {
            let below = text_of("package_dir").unwrap_or(".").trim_start_matches('.').trim_matches('/');
            let below = if below.is_empty() { String::new() } else { format!("{below}/") };
            format!("{below}{}/newsfragments", package.replace('.', "/"))
        }
        (None, _) => "newsfragments".to_owned(),
    };
    let mut form = plain(Tool::Towncrier, &dir, &[]);
    form.ending = if text_of("filename").is_some_and(|name| name.ends_with(".md")) { ".md" } else { ".rst" }.to_owned();
    let named = |one: &toml::Value, key: &str| one.get(key).and_then(toml::Value::as_str).map(str::to_owned);
    match own.get("type") {
        Some(toml::Value::Array(types)) => {
            let dirs =
                types.iter().filter_map(|one| named(one, "directory").or(Some(named(one, "name")?.to_lowercase())));
            form.kinds.extend(dirs);
        }
        Some(toml::Value::Table(types)) => form.kinds.extend(types.keys().cloned()),
        _ => {}
    }
    if let Some(toml::Value::Table(types)) = own.get("fragment") {
        form.kinds.extend(types.keys().cloned());
    }
    if form.kinds.is_empty() {
        form.kinds.extend(TOWNCRIER_TYPES.iter().map(|kind| (*kind).to_owned()));
    }
    if let Some(toml::Value::Array(sections)) = own.get("section") {
        let part = |one: &toml::Value| {
            let dir = named(one, "path")?.trim_matches('/').to_owned();
            Some(Part { name: named(one, "name").unwrap_or_default(), dir })
        };
        form.parts.extend(sections.iter().filter_map(part));
    }
    Some(form)
}

/// The settings of changie: of its YAML, only the few lines that say where and how fragments are written.
fn of_changie(text: &str) -> FragmentForm {
    let value = |key: &str, usual: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(':'));
        line.map(bare).filter(|value| !value.is_empty()).unwrap_or_else(|| usual.to_owned())
    };
    let dir = format!("{}/{}", value("changesDir", ".changes"), value("unreleasedDir", "unreleased"));
    let mut form = plain(Tool::Changie, &dir, &[]);
    let name = |one: &BTreeMap<String, String>| one.get("key").or_else(|| one.get("label")).cloned();
    form.kinds = yaml_list(text, "kinds").iter().filter_map(name).collect();
    form.custom = yaml_list(text, "custom").iter().filter_map(|one| one.get("key").cloned()).collect();
    let part = |one: &BTreeMap<String, String>| {
        let dir = one.get("changelog").and_then(|path| path.rsplit_once('/')).map_or("", |(dir, _)| dir);
        Some(Part { name: name(one)?, dir: dir.to_owned() })
    };
    form.parts = yaml_list(text, "projects").iter().filter_map(part).collect();
    form
}

fn bare(value: &str) -> String {
    let value = value.split(" #").next().unwrap_or(value).trim();
    value.trim_matches(['"', '\'']).trim_end_matches('/').to_owned()
}

/// The entries of a list at the top of a YAML file, each with its plain values; what is nested deeper is left out.
fn yaml_list(text: &str, key: &str) -> Vec<BTreeMap<String, String>> {
    let mut entries: Vec<BTreeMap<String, String>> = Vec::new();
    let (mut dash, mut inner) = (None, 0);
    for line in text.lines().skip_while(|line| line.trim_end() != format!("{key}:")).skip(1) {
        let rest = line.trim_start();
        let indent = line.len() - rest.len();
        if rest.is_empty() || rest.starts_with('#') {
            continue;
        }
        let pair = match rest.strip_prefix("- ") {
            Some(pair) if dash.is_none_or(|dash| dash == indent) => {
                dash = Some(indent);
                inner = line.len() - pair.trim_start().len();
                entries.push(BTreeMap::new());
                Some(pair)
            }
            Some(_) => None,
            None if indent == 0 => break,
            None => (indent == inner).then_some(rest),
        };
        if let Some((entry, (name, value))) = entries.last_mut().zip(pair.and_then(|pair| pair.split_once(':'))) {
            entry.insert(name.trim().to_owned(), bare(value));
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::super::git::testing::Sample;
    use super::*;

    #[test]
    fn towncriers_settings_tell_directory_types_and_ending() {
        let form = |text: &str| of_towncrier(text).map(|form| (form.dir, form.kinds.join(" "), form.ending));
        let usual = "feature bugfix doc removal misc".to_owned();
        assert_eq!(form("[project]\nname = \"x\"\n"), None);
        let plain = form("[tool.towncrier]\n").unwrap();
        assert_eq!(plain, ("newsfragments".to_owned(), usual.clone(), ".rst".to_owned()));
        let package = form("[tool.towncrier]\npackage = \"har.bor\"\npackage_dir = \"src\"\nfilename = \"NEWS.md\"\n");
        assert_eq!(package.unwrap(), ("src/har/bor/newsfragments".to_owned(), usual, ".md".to_owned()));
        let own = "[tool.towncrier]\ndirectory = \"./docs/news/\"\n[[tool.towncrier.type]]\nname = \"Rope work\"\n\
                   directory = \"rope\"\n[[tool.towncrier.type]]\nname = \"Sails\"\n";
        assert_eq!(form(own).unwrap(), ("docs/news".to_owned(), "rope sails".to_owned(), ".rst".to_owned()));
        let tables = "[tool.towncrier.fragment.knot]\nshowcontent = false\n[tool.towncrier.fragment.mast]\n";
        assert_eq!(form(tables).unwrap().1, "knot mast");
    }

    #[test]
    fn changies_settings_are_read_without_what_is_nested_deeper() {
        let text = "changesDir: .changes # here\nunreleasedDir: next\nkinds:\n  # all of them\n  - label: Added\n    post:\n      - key: x\n        value: y\n  - label: \"Fixed\"\n    auto: patch\ncustom:\n- key: Issue\n  type: int\nprojects:\n  - label: UI\n    key: ui\n    changelog: web/ui/CHANGELOG.md\nnewlines:\n  endOfVersion: 1\n";
        let form = of_changie(text);
        assert_eq!((form.dir.as_str(), form.kinds.join(" ").as_str()), (".changes/next", "Added Fixed"));
        assert_eq!(
            (form.custom, form.parts),
            (vec!["Issue".to_owned()], vec![Part { name: "ui".to_owned(), dir: "web/ui".to_owned() }])
        );
    }

    #[test]
    fn what_lies_in_the_work_tree_counts_and_is_named_until_git_tracks_it() {
        let sample = Sample::new();
        sample.write(".gitignore", "*.rst~\n").write("changelog.d/1.rope-work.md", "Ropes\n").commit("Start (#1)");
        sample.write("changelog.d/2.fix.md", "Masts\n").write("changelog.d/2.fix.rst~", "Masts\n");
        let git = sample.git();
        let here = waiting(&git, None, None, None).unwrap();
        assert_eq!((here.fragments.len(), here.untracked), (2, vec!["changelog.d/2.fix.md".to_owned()]));
        let form = here.form.unwrap();
        assert_eq!((form.dir.as_str(), form.ending.as_str()), ("changelog.d", ".md"));
        assert!(form.kinds.contains(&"rope-work".to_owned()) && form.kinds.contains(&"bugfix".to_owned()));
        let committed = waiting(&git, Some("HEAD"), None, None).unwrap();
        assert_eq!((committed.fragments.len(), committed.untracked.len()), (1, 0));
        assert_eq!(in_no_commit(&git, None, None), ["changelog.d/2.fix.md"]);
    }

    #[test]
    fn packages_are_those_that_are_released() {
        let sample = Sample::new();
        sample
            .write(".changeset/config.json", "{ \"ignore\": [\"docs\"] }")
            .write("package.json", "{ \"name\": \"root\", \"version\": \"1.0.0\", \"workspaces\": [\"packages/*\"] }")
            .write("packages/a/package.json", "{ \"name\": \"@h/a\", \"version\": \"1.0.0\" }")
            .write("packages/b/package.json", "{ \"name\": \"b\" }")
            .write("docs/package.json", "{ \"name\": \"docs\", \"version\": \"1.0.0\" }")
            .commit("Start (#1)");
        let git = sample.git();
        let form = waiting(&git, None, None, None).unwrap().form.unwrap();
        let names: Vec<String> = with_packages(&git, &form).parts.into_iter().map(|part| part.name).collect();
        assert_eq!(names, ["@h/a"]);
    }
}
