//! The release notes in a report: their text as people wrote it, under the heading that every release has.
//!
//! Enter at [`with_heading`]. It changes nothing in the text.

use super::markdown::inline;

/// The notes under `## Release Notes: v1.3.0`. A text that brings this heading keeps its own; without any text the
/// placeholder says so.
pub fn with_heading(version: &str, text: &str) -> String {
    let heading = format!("## Release Notes: v{}", inline(version));
    let text = text.trim();
    if text.lines().next().is_some_and(|first| first.trim_end() == heading) {
        return format!("{text}\n");
    }
    let body = if text.is_empty() { "[Not written yet]" } else { text };
    format!("{heading}\n\n{body}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_heading_stands_there_once() {
        let whole = "## Release Notes: v1.3.0\n\n### Summary\nFaster.\n";
        assert_eq!(with_heading("1.3.0", "### Summary\nFaster.\n\n"), whole);
        assert_eq!(with_heading("1.3.0", whole), whole);
        assert_eq!(with_heading("1.3.0", ""), "## Release Notes: v1.3.0\n\n[Not written yet]\n");
        assert!(with_heading("1.3.1", whole).starts_with("## Release Notes: v1.3.1\n\n## Release Notes: v1.3.0"));
    }
}
