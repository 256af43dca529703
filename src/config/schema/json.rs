//! The keys of `relco.toml` as a JSON Schema, for editors and for `relco config schema`.
//!
//! Written from the table that reading uses, so that it cannot promise what is not understood.

use serde_json::{Map, Value, json};

use super::{FILE, Keys, Kind, all};

/// The whole schema.
pub fn schema() -> Value {
    let mut schema = table(FILE);
    if let Some(map) = schema.as_object_mut() {
        map.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
        map.insert("title".to_owned(), json!("relco.toml"));
    }
    schema
}

fn table(keys: Keys) -> Value {
    let mut properties = Map::new();
    for key in all(keys) {
        let mut value = kind(key.kind);
        if let Some(map) = value.as_object_mut() {
            map.insert("description".to_owned(), json!(key.doc));
        }
        properties.insert(key.name.to_owned(), value);
    }
    let required: Vec<&str> = all(keys).filter(|key| key.required).map(|key| key.name).collect();
    let mut table = json!({ "type": "object", "properties": properties, "additionalProperties": false });
    if let Some(map) = table.as_object_mut().filter(|_| !required.is_empty()) {
        map.insert("required".to_owned(), json!(required));
    }
    table
}

fn kind(kind: Kind) -> Value {
    let texts = || json!({ "type": "array", "items": { "type": "string" } });
    match kind {
        Kind::Text => json!({ "type": "string" }),
        Kind::Flag => json!({ "type": "boolean" }),
        Kind::Count => json!({ "type": "integer", "minimum": 1, "maximum": super::MOST_COUNTED }),
        Kind::Statuses => {
            json!({ "type": "array", "items": { "type": "integer", "minimum": 100, "maximum": 599 } })
        }
        Kind::Number => json!({ "type": "number" }),
        Kind::Duration => {
            json!({ "type": "string", "pattern": "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?$" })
        }
        Kind::Word(words) => json!({ "type": "string", "enum": words }),
        Kind::Words(words) => json!({ "type": "array", "items": { "type": "string", "enum": words } }),
        Kind::Texts => texts(),
        Kind::Command => {
            json!({ "oneOf": [{ "type": "array", "items": { "type": "string" }, "minItems": 1 }, { "type": "string" }] })
        }
        Kind::TextMap => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
        Kind::TextsMap => json!({ "type": "object", "additionalProperties": texts() }),
        Kind::Table(keys) => table(keys),
        Kind::Tables(keys) => json!({ "type": "array", "items": table(keys) }),
        Kind::Named(keys) => json!({ "type": "object", "additionalProperties": table(keys) }),
    }
}
