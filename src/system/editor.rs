//! The person's own editor: a text goes out to it and comes back.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::process::Command;

/// Lets the person edit a text with VISUAL, else EDITOR. The text is readable by nobody else meanwhile.
///
/// # Errors
/// In words: when neither is set, or the editor failed.
pub fn edit_text(text: &str) -> Result<String, String> {
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.trim().is_empty());
    let editor = set("VISUAL").or_else(|| set("EDITOR")).ok_or("neither VISUAL nor EDITOR is set")?;
    let path = std::env::temp_dir().join(format!("relco-{}-text.md", std::process::id()));
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
    file.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| error.to_string())?;
    // By a shell, because an editor is often set with its options: `code --wait`.
    let status = Command::new("sh").arg("-c").arg(format!("{editor} \"$1\"")).arg("sh").arg(&path).status();
    let edited = std::fs::read_to_string(&path);
    let removed = std::fs::remove_file(&path);
    match status {
        Ok(status) if status.success() => {
            removed.map_err(|error| error.to_string())?;
            edited.map_err(|error| error.to_string())
        }
        Ok(status) => Err(format!("{editor} ended with {status}: the text is as it was")),
        Err(error) => Err(format!("{editor} could not be started: {error}")),
    }
}
