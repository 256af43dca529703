//! Holds `relco.toml.example` against the schema, both ways, and against what loading understands.

use std::collections::BTreeSet;

use toml::Value;

use super::{FILE, Keys, Kind, all};
use crate::config::load::{FILE_NAME, Found, Source, load};

const EXAMPLE: &str = include_str!("../../../relco.toml.example");

/// Every key that the schema knows, as a path: `deploy.step.run`.
fn of_schema(keys: Keys, path: &str, into: &mut BTreeSet<String>) {
    for key in all(keys) {
        let path = format!("{path}{}", key.name);
        match key.kind {
            Kind::Table(keys) | Kind::Tables(keys) | Kind::Named(keys) => of_schema(keys, &format!("{path}."), into),
            _ => {
                into.insert(shared(&path));
            }
        }
    }
}

/// Deployment steps and items that run a command share their keys, so the example shows each in one of the two places.
fn shared(path: &str) -> String {
    path.strip_prefix("deploy.step.").map_or_else(|| path.to_owned(), |key| format!("item.{key}"))
}

/// Every key that a file uses, as a path. Names that the file gives itself are left out of it.
fn of_file(value: &Value, kind: Kind, path: &str, into: &mut BTreeSet<String>) {
    match (kind, value) {
        (Kind::Table(keys), Value::Table(table)) => {
            for (name, value) in table {
                let inner = all(keys).find(|key| key.name == name).map_or(Kind::Text, |key| key.kind);
                of_file(value, inner, &format!("{path}.{name}"), into);
            }
        }
        (Kind::Tables(keys), Value::Array(tables)) => {
            tables.iter().for_each(|one| of_file(one, Kind::Table(keys), path, into));
        }
        (Kind::Named(keys), Value::Table(named)) => {
            named.values().for_each(|one| of_file(one, Kind::Table(keys), path, into));
        }
        _ => {
            into.insert(shared(path.trim_start_matches('.')));
        }
    }
}

#[test]
fn the_example_uses_every_key_and_no_other() {
    let mut known = BTreeSet::new();
    of_schema(FILE, "", &mut known);
    let mut used = BTreeSet::new();
    of_file(&Value::Table(EXAMPLE.parse().unwrap()), Kind::Table(FILE), "", &mut used);
    let known_but_unused: Vec<&String> = known.difference(&used).collect();
    assert_eq!(known_but_unused, Vec::<&String>::new(), "keys that the example does not show");
    let used_but_unknown: Vec<&String> = used.difference(&known).collect();
    assert_eq!(used_but_unknown, Vec::<&String>::new(), "keys that nothing understands");
}

#[test]
fn the_example_is_a_good_file() {
    let source = Source { name: FILE_NAME, bytes: EXAMPLE.as_bytes() };
    let loaded = load(Some(source), &Found::default()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.plan.project, "harbor");
    assert!(loaded.allows.len() > 10, "{:?}", loaded.allows);
}

#[test]
fn every_key_of_the_json_schema_is_of_the_table() {
    fn walk(schema: &serde_json::Value, path: &str, into: &mut BTreeSet<String>) {
        let inner = |schema: &serde_json::Value| schema.get("properties").is_some();
        if let Some(properties) = schema.get("properties").and_then(serde_json::Value::as_object) {
            assert_eq!(schema["additionalProperties"], false, "{path}");
            properties.iter().for_each(|(name, value)| walk(value, &format!("{path}.{name}"), into));
        } else if inner(&schema["items"]) {
            walk(&schema["items"], path, into);
        } else if inner(&schema["additionalProperties"]) {
            walk(&schema["additionalProperties"], path, into);
        } else {
            assert!(schema["description"].is_string(), "{path} is not explained");
            into.insert(shared(path.trim_start_matches('.')));
        }
    }
    let (mut known, mut described) = (BTreeSet::new(), BTreeSet::new());
    of_schema(FILE, "", &mut known);
    walk(&super::json::schema(), "", &mut described);
    assert_eq!(described, known);
}
