//! Adds to a `relco.toml` that people wrote: their words, comments and order stay.
//!
//! Pure: texts in, texts out. Enter at [`with_version_files`].

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, Value, value};

/// Whether the file names version files itself. A text that does not parse names none.
#[must_use]
pub fn names_version_files(text: &str) -> bool {
    text.parse::<DocumentMut>().is_ok_and(|document| {
        document.get("version").and_then(|version| version.get("file")).is_some_and(|file| !file.is_none())
    })
}

/// The text with `[[version.file]]` entries behind those that are there: path, and pattern where one is needed.
/// A text that does not parse comes back with them at its end, where the next reading says what is wrong above.
#[must_use]
pub fn with_version_files(text: &str, files: &[(String, Option<String>)]) -> String {
    let Ok(mut document) = text.parse::<DocumentMut>() else {
        return format!("{text}{}", written(files));
    };
    let entries = document
        .entry("version")
        .or_insert_with(|| {
            let mut table = Table::new();
            table.set_implicit(true);
            Item::Table(table)
        })
        .as_table_like_mut()
        .map(|version| version.entry("file").or_insert(Item::ArrayOfTables(ArrayOfTables::new())));
    match entries {
        Some(Item::ArrayOfTables(entries)) => {
            for (path, pattern) in files {
                let mut table = Table::new();
                table.decor_mut().set_prefix("\n");
                table.insert("path", value(path.as_str()));
                if let Some(pattern) = pattern {
                    table.insert("pattern", literal(pattern));
                }
                entries.push(table);
            }
            document.to_string()
        }
        _ => format!("{text}{}", written(files)),
    }
}

/// A pattern reads best between single quotes, where it may stand there.
fn literal(pattern: &str) -> Item {
    let quoted = format!("'{pattern}'");
    match quoted.parse::<Value>() {
        Ok(value) if !pattern.contains('\'') => Item::Value(value),
        _ => value(pattern),
    }
}

fn written(files: &[(String, Option<String>)]) -> String {
    let mut text = String::new();
    for (path, pattern) in files {
        text.push_str(&format!("\n[[version.file]]\npath = {}\n", value(path.as_str())));
        if let Some(pattern) = pattern {
            text.push_str(&format!("pattern = {}\n", literal(pattern)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_stays_and_the_place_stands_behind() {
        let text = "# ours\n[project]\nname = \"harbor\" # the name\n\n[[version.file]]\npath = \"VERSION\"\n\n[changelog]\npath = \"NEWS\"\n";
        let added = with_version_files(text, &[("README.md".to_owned(), Some(r"v(?<version>\d\S*)".to_owned()))]);
        for line in ["# ours", "name = \"harbor\" # the name", "path = \"NEWS\"", r"pattern = 'v(?<version>\d\S*)'"] {
            assert!(added.contains(line), "{line}\n{added}");
        }
        assert_eq!(added.matches("[[version.file]]").count(), 2);
        assert!(names_version_files(&added) && !names_version_files("[project]\nname = \"x\"\n"));
        let first = with_version_files("# nothing yet\n", &[("a'b.md".to_owned(), Some("it's".to_owned()))]);
        assert!(first.parse::<DocumentMut>().is_ok(), "{first}");
        assert!(first.contains("# nothing yet"), "{first}");
    }
}
