//! Files in TOML: `Cargo.toml` and its lock, `pyproject.toml`, uv's lock.
//!
//! Values that merely look like the version are told from the version by their keys, never by their text.

use std::ops::Range;

use semver::Version;
use toml_edit::{Document, Item, TableLike};

use super::{PlaceError, Want, is_near, line_of, no_version, place, some};
use crate::domain::version_files::{Place, PlaceKind};

/// What a `Cargo.toml` says about the files around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct CargoFile {
    /// The package's name.
    pub name: Option<String>,
    /// Its own version, where it writes one.
    pub version: Option<String>,
    /// It takes its version from the workspace.
    pub inherits: bool,
    /// It is the workspace's root, with these members.
    pub members: Option<Vec<String>>,
}

/// What a `pyproject.toml` says about the files around it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct PythonFile {
    /// The project's name.
    pub name: Option<String>,
    /// The version stands in the first of these that is there, and in which it can be read. Empty where the file says
    /// it itself.
    pub elsewhere: Vec<(String, Want)>,
}

fn document<'a>(path: &str, text: &'a str) -> Result<Document<&'a str>, PlaceError> {
    Document::parse(text).map_err(|error| PlaceError::Syntax {
        path: path.to_owned(),
        line: error.span().map_or(1, |span| line_of(text, span.start)),
        message: error.message().lines().next().unwrap_or_default().to_owned(),
    })
}

/// The item behind a path of keys, through tables of every form.
fn dig<'a>(document: &'a Document<&str>, keys: &[&str]) -> Option<&'a Item> {
    let (first, rest) = keys.split_first()?;
    rest.iter().try_fold(document.as_table().get(first)?, |item, key| item.as_table_like()?.get(key))
}

fn text_of(document: &Document<&str>, keys: &[&str]) -> Option<String> {
    dig(document, keys).and_then(Item::as_str).map(str::to_owned)
}

fn texts_of(document: &Document<&str>, keys: &[&str]) -> Option<Vec<String>> {
    let list = dig(document, keys)?.as_array()?;
    Some(list.iter().filter_map(|one| one.as_str()).map(str::to_owned).collect())
}

/// The bytes of a string's own characters, without its quotes. A string with escapes in it is no version.
fn bytes_of(text: &str, item: &Item) -> Option<Range<usize>> {
    let value = item.as_str()?;
    let span = item.span()?;
    let raw = text.get(span.clone())?;
    let start = span.start + raw.find(value)?;
    Some(start..start + value.len())
}

fn string(kind: PlaceKind, text: &str, item: &Item) -> Option<Place> {
    place(kind, text, bytes_of(text, item)?)
}

fn is_true(item: Option<&Item>) -> bool {
    item.and_then(Item::as_bool) == Some(true)
}

const CARGO_VERSIONS: [&[&str]; 2] = [&["package", "version"], &["workspace", "package", "version"]];

/// What the file says about its workspace; nothing where it does not parse.
pub(in super::super) fn cargo_file(text: &str) -> CargoFile {
    let Ok(document) = Document::parse(text) else { return CargoFile::default() };
    let members =
        dig(&document, &["workspace"]).map(|_| texts_of(&document, &["workspace", "members"]).unwrap_or_default());
    CargoFile {
        name: text_of(&document, &["package", "name"]),
        version: CARGO_VERSIONS.iter().find_map(|keys| text_of(&document, keys)),
        inherits: is_true(dig(&document, &["package", "version", "workspace"])),
        members,
    }
}

pub(super) fn cargo(path: &str, text: &str, want: &Want, near: &[Version]) -> Result<Vec<Place>, PlaceError> {
    let document = document(path, text)?;
    let own = CARGO_VERSIONS.iter().filter_map(|keys| dig(&document, keys));
    let own: Vec<Place> = own.filter_map(|item| string(PlaceKind::Cargo, text, item)).collect();
    let is_workspace = dig(&document, &["workspace"]).is_some();
    let inherits = is_true(dig(&document, &["package", "version", "workspace"]));
    if own.is_empty() && *want == Want::All && !is_workspace && !inherits {
        return Err(no_version(path, "[package] version"));
    }
    let mut places = own;
    places.extend(own_dependencies(&document, text, near));
    places.sort_by_key(|place| place.at.start);
    Ok(places)
}

/// What the file asks of packages beside it: they have a path, and a requirement that is a whole version.
fn own_dependencies(document: &Document<&str>, text: &str, near: &[Version]) -> Vec<Place> {
    let tables = [
        ["workspace", "dependencies"].as_slice(),
        ["dependencies"].as_slice(),
        ["dev-dependencies"].as_slice(),
        ["build-dependencies"].as_slice(),
    ];
    let tables = tables.iter().filter_map(|keys| dig(document, keys)?.as_table_like());
    let entries = tables.flat_map(TableLike::iter).filter_map(|(_, entry)| entry.as_table_like());
    entries
        .filter(|entry| entry.get("path").is_some())
        .filter_map(|entry| {
            let at = bytes_of(text, entry.get("version")?)?;
            let written = text.get(at.clone())?;
            let bare = written.trim_start_matches(['=', '^', '~', ' ']);
            let whole = Version::parse(bare).is_ok() && is_near(bare, near);
            whole.then(|| place(PlaceKind::Cargo, text, at.end - bare.len()..at.end)).flatten()
        })
        .collect()
}

/// The entries of a lock, each with its name, its version and whether it is one of the project's own.
fn locked<'a>(
    document: &'a Document<&str>,
    is_own: impl Fn(&dyn TableLike) -> bool + 'a,
) -> impl Iterator<Item = (&'a str, &'a Item)> {
    let entries = document.as_table().get("package").and_then(Item::as_array_of_tables);
    entries.into_iter().flat_map(|entries| entries.iter()).filter_map(move |entry| {
        is_own(entry).then_some(())?;
        Some((entry.get("name")?.as_str()?, entry.get("version")?))
    })
}

fn picked<'a>(
    entries: impl Iterator<Item = (&'a str, &'a Item)>,
    kind: PlaceKind,
    text: &str,
    want: &Want,
) -> Vec<Place> {
    let wanted = |name: &str| match want {
        Want::Of(names) => names.contains(name),
        _ => true,
    };
    entries.filter(|(name, _)| wanted(name)).filter_map(|(_, item)| string(kind, text, item)).collect()
}

/// Packages of the workspace itself have no source.
pub(super) fn cargo_lock(path: &str, text: &str, want: &Want) -> Result<Vec<Place>, PlaceError> {
    let document = document(path, text)?;
    let own = locked(&document, |entry| entry.get("source").is_none());
    Ok(picked(own, PlaceKind::CargoLock, text, want))
}

/// The project's own packages lie in a directory, not in a registry.
pub(super) fn uv_lock(path: &str, text: &str, want: &Want) -> Result<Vec<Place>, PlaceError> {
    let document = document(path, text)?;
    let own = locked(&document, |entry| {
        let source = entry.get("source").and_then(Item::as_table_like);
        source.is_some_and(|source| ["editable", "virtual", "directory"].iter().any(|key| source.get(key).is_some()))
    });
    Ok(picked(own, PlaceKind::UvLock, text, want))
}

/// Tools that make the version of the tag, so that no file says it.
const OF_THE_TAG: [&[&str]; 5] = [
    &["tool", "setuptools_scm"],
    &["tool", "hatch", "version", "source"],
    &["tool", "poetry-dynamic-versioning"],
    &["tool", "versioningit"],
    &["tool", "pdm", "version", "source"],
];

pub(super) fn pyproject(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let document = document(path, text)?;
    let keys = [["project", "version"].as_slice(), ["tool", "poetry", "version"].as_slice()];
    let items = keys.iter().filter_map(|keys| dig(&document, keys));
    let places: Vec<Place> = items.filter_map(|item| string(PlaceKind::Python, text, item)).collect();
    if !places.is_empty() {
        return Ok(places);
    }
    let of_the_tag = OF_THE_TAG.iter().any(|keys| dig(&document, keys).is_some());
    if of_the_tag {
        return Ok(places);
    }
    // Where another file has it, that one is looked at too, and this one has nothing to say.
    match python_file(text).elsewhere.is_empty() {
        true => some(places, path, "[project] version"),
        false => Err(PlaceError::Elsewhere { path: path.to_owned(), from: "dynamic" }),
    }
}

/// What the file says about where its version stands; nothing where it does not parse.
pub(in super::super) fn python_file(text: &str) -> PythonFile {
    let Ok(document) = Document::parse(text) else { return PythonFile::default() };
    let name = text_of(&document, &["project", "name"]).or_else(|| text_of(&document, &["tool", "poetry", "name"]));
    let own = [["project", "version"].as_slice(), ["tool", "poetry", "version"].as_slice()];
    if own.iter().any(|keys| text_of(&document, keys).is_some()) {
        return PythonFile { name, elsewhere: Vec::new() };
    }
    let mut elsewhere = Vec::new();
    let modules = [["tool", "hatch", "version", "path"].as_slice(), ["tool", "pdm", "version", "path"].as_slice()];
    elsewhere.extend(modules.iter().filter_map(|keys| text_of(&document, keys)).map(|path| (path, usual_names())));
    let file = ["tool", "setuptools", "dynamic", "version", "file"];
    let files = text_of(&document, &file).into_iter().chain(texts_of(&document, &file).unwrap_or_default());
    elsewhere.extend(files.map(|path| (path, Want::Whole)));
    let top = text_of(&document, &["tool", "setuptools", "package-dir", ""]);
    if let Some(attribute) = text_of(&document, &["tool", "setuptools", "dynamic", "version", "attr"]) {
        elsewhere.extend(attribute_files(&attribute, top.as_deref()));
    }
    let dynamic =
        texts_of(&document, &["project", "dynamic"]).is_some_and(|names| names.iter().any(|one| one == "version"));
    if dynamic {
        let backend = text_of(&document, &["build-system", "build-backend"]).unwrap_or_default();
        let module = text_of(&document, &["tool", "flit", "module", "name"])
            .or_else(|| name.as_ref().filter(|_| backend.starts_with("flit")).map(|name| name.replace('-', "_")));
        if let Some(module) = module {
            elsewhere.extend(module_files(&module, None).into_iter().map(|path| (path, usual_names())));
        }
        // setuptools asks its older files for what is dynamic.
        elsewhere.extend(["setup.cfg", "setup.py"].map(|path| (path.to_owned(), Want::All)));
    }
    PythonFile { name, elsewhere }
}

const fn usual_names() -> Want {
    Want::Named(String::new())
}

/// Where an attribute such as `a.b.__version__` may be assigned: setuptools reads it without running the module, where it
/// is a literal. `top` is the directory that packages lie below.
pub(super) fn attribute_files(attribute: &str, top: Option<&str>) -> Vec<(String, Want)> {
    let Some((module, name)) = attribute.trim().rsplit_once('.') else { return Vec::new() };
    module_files(module, top).into_iter().map(|path| (path, Want::Named(name.to_owned()))).collect()
}

/// Where a module may lie: `a.b` is `a/b.py` or `a/b/__init__.py`, at the top or below a directory of sources.
pub(in super::super) fn module_files(module: &str, top: Option<&str>) -> Vec<String> {
    let path = module.replace('.', "/");
    let named = top.filter(|top| !top.is_empty()).map(|top| format!("{}/", top.trim_end_matches('/')));
    let tops = named.into_iter().chain(["", "src/", "lib/"].map(str::to_owned));
    tops.flat_map(|top| [format!("{top}{path}.py"), format!("{top}{path}/__init__.py")]).collect()
}
