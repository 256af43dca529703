//! Files in XML: Maven's `pom.xml`, project files of .NET.
//!
//! A small reader of elements and their text, enough for files that a build tool reads; comments, declarations and
//! character data are passed over.

use std::ops::Range;

use super::{PlaceError, Want, line_of, no_version, place, some};
use crate::domain::version_files::{Place, PlaceKind};

/// An element without elements in it.
#[derive(Debug)]
struct Leaf<'a> {
    /// The names around it and its own, from the root.
    path: Vec<&'a str>,
    /// The bytes of its text, without space around.
    at: Range<usize>,
}

fn leaves<'a>(path: &str, text: &'a str) -> Result<Vec<Leaf<'a>>, PlaceError> {
    let wrong =
        |at: usize, message: String| PlaceError::Syntax { path: path.to_owned(), line: line_of(text, at), message };
    let mut found = Vec::new();
    // The open elements: name, where their content begins, whether there is an element in it.
    let mut open: Vec<(&str, usize, bool)> = Vec::new();
    let mut at = 0;
    while let Some(begin) = text.get(at..).and_then(|rest| rest.find('<')).map(|offset| at + offset) {
        let rest = text.get(begin..).unwrap_or_default();
        let passed = [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>"), ("<!", ">")]
            .iter()
            .find(|(start, _)| rest.starts_with(start))
            .map(|(start, end)| (rest.get(start.len()..).and_then(|rest| rest.find(end)), start.len() + end.len()));
        if let Some((length, around)) = passed {
            let Some(length) = length else {
                return Err(wrong(begin, "a comment or declaration has no end".to_owned()));
            };
            at = begin + length + around;
            continue;
        }
        let Some(end) = tag_end(rest).map(|offset| begin + offset) else {
            return Err(wrong(begin, "a tag has no end".to_owned()));
        };
        let inner = text.get(begin + 1..end).unwrap_or_default();
        at = end + 1;
        if let Some(name) = inner.strip_prefix('/') {
            let Some((opened, from, has_elements)) = open.pop().filter(|(opened, ..)| *opened == name.trim()) else {
                return Err(wrong(begin, format!("</{}> closes nothing that is open", name.trim())));
            };
            if !has_elements {
                let names = open.iter().map(|(name, ..)| *name).chain([opened]).collect();
                found.push(Leaf { path: names, at: trimmed(text, from..begin) });
            }
            continue;
        }
        if let Some(last) = open.last_mut() {
            last.2 = true;
        }
        let name = inner.split(|c: char| c.is_whitespace() || c == '/').next().unwrap_or_default();
        if !inner.ends_with('/') {
            open.push((name, end + 1, false));
        }
    }
    match open.last() {
        Some((name, from, _)) => Err(wrong(*from, format!("<{name}> is not closed"))),
        None => Ok(found),
    }
}

/// The `>` that ends a tag: one inside of a quoted attribute does not.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    tag.bytes().position(|byte| match (quote, byte) {
        (None, b'>') => true,
        (None, b'"' | b'\'') => {
            quote = Some(byte);
            false
        }
        (Some(open), byte) if open == byte => {
            quote = None;
            false
        }
        _ => false,
    })
}

fn trimmed(text: &str, at: Range<usize>) -> Range<usize> {
    let inner = text.get(at.clone()).unwrap_or_default();
    let start = at.start + (inner.len() - inner.trim_start().len());
    start..start + inner.trim().len()
}

fn of<'a, 'b>(leaves: &'a [Leaf<'b>], wanted: &[&str]) -> Option<&'a Leaf<'b>> {
    leaves.iter().find(|leaf| leaf.path == wanted)
}

/// The project's version; where it is made of a property, that property; where there is none, the parent's. Of a module
/// that writes both, both: its parent is another file of the same build, which a module that stayed behind would not find.
pub(super) fn maven(path: &str, text: &str, want: &Want) -> Result<Vec<Place>, PlaceError> {
    const WANTED: &str = "<version> of the project";
    let leaves = leaves(path, text)?;
    let (own, parent) = (of(&leaves, &["project", "version"]), of(&leaves, &["project", "parent", "version"]));
    let Some(first) = own.or(parent) else {
        return Err(no_version(path, WANTED));
    };
    let written = text.get(first.at.clone()).unwrap_or_default();
    let property = written.strip_prefix("${").and_then(|rest| rest.split('}').next());
    let at = match property {
        // A module of a project whose version is a property of its parent says nothing by itself.
        Some(property) => match of(&leaves, &["project", "properties", property]) {
            Some(leaf) => leaf.at.clone(),
            None => return Err(PlaceError::Elsewhere { path: path.to_owned(), from: "a property of the parent" }),
        },
        None => first.at.clone(),
    };
    let beside = parent.filter(|_| own.is_some() && *want == Want::Near).map(|leaf| leaf.at.clone());
    let mut places: Vec<Place> =
        [Some(at), beside].into_iter().flatten().filter_map(|at| place(PlaceKind::Maven, text, at)).collect();
    places.sort_by_key(|place| place.at.start);
    some(places, path, WANTED)
}

/// The directories, or files, of a project's modules: those of its profiles too, which are built only where a profile is
/// chosen and say the same version all the same.
pub(in super::super) fn maven_modules(text: &str) -> Vec<String> {
    let leaves = leaves("", text).unwrap_or_default();
    let modules = leaves.iter().filter(|leaf| {
        matches!(
            leaf.path.as_slice(),
            ["project", "modules", "module"] | ["project", "profiles", "profile", "modules", "module"]
        )
    });
    modules.filter_map(|leaf| text.get(leaf.at.clone())).map(str::to_owned).collect()
}

/// `<Version>`, `<VersionPrefix>` and `<PackageVersion>` of a project file, or a package's metadata.
pub(super) fn dotnet(path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    let leaves = leaves(path, text)?;
    let is_version = |leaf: &&Leaf<'_>| {
        matches!(
            leaf.path.as_slice(),
            ["Project", "PropertyGroup", "Version" | "VersionPrefix" | "PackageVersion"]
                | ["package", "metadata", "version"]
        )
    };
    // One that is made of a property says nothing by itself.
    let written = leaves
        .iter()
        .filter(is_version)
        .filter(|leaf| text.get(leaf.at.clone()).is_some_and(|words| words.starts_with(|c: char| c.is_ascii_digit())));
    some(written.filter_map(|leaf| place(PlaceKind::DotNet, text, leaf.at.clone())).collect(), path, "<Version>")
}
