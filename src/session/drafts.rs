//! Drafts: half-typed texts, saved as they are typed and offered on return. A draft is not a fact.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::Session;

impl Session {
    fn draft_path(&self, name: &str) -> PathBuf {
        let home = self.release_dir().unwrap_or(&self.dir);
        let tame: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
        home.join("drafts").join(tame)
    }

    /// Keeps a half-typed text; an empty one removes it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn save_draft(&self, name: &str, text: &str) -> std::io::Result<()> {
        let path = self.draft_path(name);
        if text.is_empty() {
            return match std::fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        if let Some(dir) = path.parent() {
            crate::config::places::make_private(dir).map_err(std::io::Error::other)?;
        }
        // Written aside and renamed, so that a crash leaves the draft before or the draft after, never half of one.
        let aside = path.with_extension("new");
        let mut file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&aside)?;
        file.write_all(text.as_bytes())?;
        std::fs::rename(&aside, &path)
    }

    /// The half-typed text of that name, if there is one.
    pub fn draft(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.draft_path(name)).ok().filter(|text| !text.is_empty())
    }
}
