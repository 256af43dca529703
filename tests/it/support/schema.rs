//! Does a document have the shape that its description says? The part of JSON Schema that the descriptions in
//! `docs/schema` use; a word that is not known here is an error, so that none is believed to be checked.

use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

/// The description of that name.
pub fn described(name: &str) -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/schema/{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The part that a reference names: `items.json#/properties/items`.
fn part(reference: &str) -> Option<Value> {
    let (file, pointer) = reference.split_once(".json#")?;
    described(file).pointer(pointer).cloned()
}

/// What is wrong with a document, one line for each place; empty when it has the shape.
pub fn faults(schema: &Value, document: &Value) -> Vec<String> {
    let mut found = Vec::new();
    check(schema, document, "$", &mut found);
    found
}

const WORDS: [&str; 13] = [
    "$ref",
    "$schema",
    "title",
    "description",
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
];

fn check(schema: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    let Some(schema) = schema.as_object() else {
        found.push(format!("{at}: the description is no table"));
        return;
    };
    for word in schema.keys().filter(|word| !WORDS.contains(&word.as_str())) {
        found.push(format!("{at}: the description has an unknown word {word}"));
    }
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        match part(reference) {
            Some(part) => check(&part, value, at, found),
            None => found.push(format!("{at}: the description refers to {reference}, which is not there")),
        }
    }
    if let Some(types) = schema.get("type")
        && !names(types).iter().any(|name| is_a(value, name))
    {
        found.push(format!("{at}: {value} is not {types}"));
        return;
    }
    if let Some(all) = schema.get("enum").and_then(Value::as_array)
        && !all.contains(value)
    {
        found.push(format!("{at}: {value} is not one of {}", Value::Array(all.clone())));
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        found.push(format!("{at}: {value} is not {only}"));
    }
    if let (Some(least), Some(number)) = (schema.get("minimum").and_then(Value::as_f64), value.as_f64())
        && number < least
    {
        found.push(format!("{at}: {number} is below {least}"));
    }
    if let (Some(most), Some(number)) = (schema.get("maximum").and_then(Value::as_f64), value.as_f64())
        && number > most
    {
        found.push(format!("{at}: {number} is above {most}"));
    }
    if let Some(table) = value.as_object() {
        check_table(schema, table, at, found);
    }
    if let (Some(of), Some(all)) = (schema.get("items"), value.as_array()) {
        for (index, one) in all.iter().enumerate() {
            check(of, one, &format!("{at}[{index}]"), found);
        }
    }
}

fn check_table(schema: &Map<String, Value>, table: &Map<String, Value>, at: &str, found: &mut Vec<String>) {
    let known = schema.get("properties").and_then(Value::as_object);
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        if !table.contains_key(name) {
            found.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, value) in table {
        let place = format!("{at}.{name}");
        match (known.and_then(|known| known.get(name)), schema.get("additionalProperties")) {
            (Some(of), _) => check(of, value, &place, found),
            (None, Some(Value::Bool(false))) => found.push(format!("{place} is not described")),
            (None, Some(of @ Value::Object(_))) => check(of, value, &place, found),
            (None, _) => {}
        }
    }
}

fn names(types: &Value) -> Vec<&str> {
    match types {
        Value::String(name) => vec![name],
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

fn is_a(value: &Value, name: &str) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => false,
    }
}

mod tests {
    use super::faults;
    use serde_json::json;

    #[test]
    fn what_does_not_have_the_shape_is_named_with_its_place() {
        let schema = json!({
            "type": "object",
            "properties": {
                "id": { "type": ["string", "null"] },
                "of": { "type": "array", "items": { "enum": ["a", "b"] } },
                "n": { "type": "integer", "minimum": 0 },
            },
            "required": ["id", "n"],
            "additionalProperties": false,
        });
        assert_eq!(faults(&schema, &json!({ "id": null, "of": ["a"], "n": 0 })), Vec::<String>::new());
        let wrong = json!({ "id": 1, "of": ["a", "c"], "n": -1, "x": true });
        assert_eq!(
            faults(&schema, &wrong),
            [
                "$.id: 1 is not [\"string\",\"null\"]",
                "$.of[1]: \"c\" is not one of [\"a\",\"b\"]",
                "$.n: -1 is below 0",
                "$.x is not described"
            ]
        );
        assert_eq!(faults(&schema, &json!({ "id": "a" })), ["$: n is missing"]);
        assert_eq!(faults(&json!({ "oneOf": [] }), &json!(1)), ["$: the description has an unknown word oneOf"]);
    }
}
