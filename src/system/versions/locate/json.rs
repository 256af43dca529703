//! Files in JSON: `package.json` and its like, `composer.json`, npm's lock.
//!
//! The parser of serde says whether a text is JSON; a walk over its bytes says where a value stands, which no parser
//! of values tells.

use std::ops::Range;

use super::{PlaceError, Want, place, some};
use crate::domain::version_files::{Place, PlaceKind};

fn parse(path: &str, text: &str) -> Result<serde_json::Value, PlaceError> {
    let json = text.strip_prefix('\u{feff}').unwrap_or(text);
    serde_json::from_str(json).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        PlaceError::Syntax { path: path.to_owned(), line: error.line(), message }
    })
}

/// The `version` at the top.
pub(super) fn top(kind: PlaceKind, path: &str, text: &str) -> Result<Vec<Place>, PlaceError> {
    parse(path, text)?;
    some(places(kind, text, |keys| keys == ["version"]), path, "\"version\" at the top")
}

/// The `version` at the top of a lock, and in the entries of the project's own directories: the root's is `""`.
pub(super) fn npm_lock(path: &str, text: &str, want: &Want) -> Result<Vec<Place>, PlaceError> {
    parse(path, text)?;
    let wanted = |dir: &str| match want {
        Want::Of(dirs) => dirs.contains(dir),
        _ => dir.is_empty(),
    };
    Ok(places(PlaceKind::NpmLock, text, |keys| match keys {
        [only] => only == "version" && wanted(""),
        [packages, dir, version] => packages == "packages" && version == "version" && wanted(dir),
        _ => false,
    }))
}

/// The patterns of a workspace's members, as npm, yarn and bun have them.
pub(in super::super) fn npm_workspaces(text: &str) -> Vec<String> {
    let Ok(value) = parse("", text) else { return Vec::new() };
    let workspaces = value.get("workspaces");
    let list = workspaces.and_then(|one| one.as_array().or_else(|| one.get("packages")?.as_array()));
    let list = list.into_iter().flatten().filter_map(|one| one.as_str());
    list.map(|one| one.trim_start_matches("./").to_owned()).collect()
}

/// Whether the file writes a version, which a private package need not.
pub(in super::super) fn npm_locked(text: &str) -> Option<String> {
    Some(parse("", text).ok()?.get("version")?.as_str()?.to_owned())
}

fn places(kind: PlaceKind, text: &str, wanted: impl Fn(&[String]) -> bool) -> Vec<Place> {
    strings(text, wanted).into_iter().filter_map(|at| place(kind, text, at)).collect()
}

/// The bytes of every string value whose path of keys is wanted, in a valid JSON text. Parsers take the last of
/// several of one key, so all are given. Inside of an array there is no path.
fn strings(text: &str, wanted: impl Fn(&[String]) -> bool) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    // The keys of the objects around, and whether what is around is an array.
    let mut keys: Vec<String> = Vec::new();
    let mut around: Vec<bool> = Vec::new();
    let mut waits_for_value = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                around.push(byte == b'[');
                keys.push(String::new());
                waits_for_value = byte == b'[';
            }
            b'}' | b']' => {
                around.pop();
                keys.pop();
                waits_for_value = false;
            }
            b',' => waits_for_value = around.last() == Some(&true),
            b':' => waits_for_value = true,
            b'"' => {
                let mut escaped = false;
                let end = bytes.by_ref().find_map(|(at, byte)| {
                    let closes = byte == b'"' && !escaped;
                    escaped = byte == b'\\' && !escaped;
                    closes.then_some(at)
                });
                let string = at + 1..end.unwrap_or(text.len());
                if !waits_for_value {
                    if let Some(key) = keys.last_mut() {
                        *key = text.get(string).unwrap_or_default().to_owned();
                    }
                } else if !around.contains(&true) && wanted(&keys) {
                    found.push(string);
                }
            }
            _ => {}
        }
    }
    found
}
