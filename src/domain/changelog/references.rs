//! The numbers by which texts name changes: `#123`, `GH-123`, `!123`, `owner/name#123`, full links.
//!
//! Pure. A number of another project never counts as one of this project's; a number in another link or in a word
//! (`page.html#123`, `&#123;`) counts as none. Enter at [`references`].

use std::fmt;

use crate::domain::pattern::pattern;

/// How a forge writes the number: one counter for issues and pull requests, or one of its own for merge requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sigil {
    /// `#123`: pull requests and issues.
    Hash,
    /// `!123`: merge requests of GitLab, pull requests of Azure DevOps.
    Bang,
}

/// A number of this project, shown as `#123` or `!123`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// Which counter.
    pub sigil: Sigil,
    /// The number, never 0.
    pub number: u64,
}

impl Reference {
    /// `#number`.
    #[must_use]
    pub const fn hash(number: u64) -> Self {
        Self { sigil: Sigil::Hash, number }
    }

    /// `!number`.
    #[must_use]
    pub const fn bang(number: u64) -> Self {
        Self { sigil: Sigil::Bang, number }
    }

    /// The number as people speak of the change: `PR #123`, `MR !123`.
    #[must_use]
    pub fn spoken(&self) -> String {
        match self.sigil {
            Sigil::Hash => format!("PR {self}"),
            Sigil::Bang => format!("MR {self}"),
        }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sigil = match self.sigil {
            Sigil::Hash => '#',
            Sigil::Bang => '!',
        };
        f.pad(&format!("{sigil}{}", self.number))
    }
}

/// Whose numbers are this project's own.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Own {
    /// The repository's name under every owner that it had, in lower case: a fork or a moved project keeps it.
    names: Vec<String>,
}

impl Own {
    /// From `owner/name` of the remotes and of whatever else names the project. Without any, every number counts.
    #[must_use]
    pub fn new<S: AsRef<str>>(slugs: &[S]) -> Self {
        let mut names: Vec<String> = Vec::new();
        for slug in slugs {
            let name = last_part(slug.as_ref()).to_lowercase();
            if !name.is_empty() && !names.contains(&name) {
                names.push(name);
            }
        }
        Self { names }
    }

    /// Whether `owner/name` is this project.
    #[must_use]
    pub fn is(&self, slug: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name.eq_ignore_ascii_case(last_part(slug)))
    }

    /// Whether a lone word before a number is this project's name.
    fn is_name(&self, word: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(word))
    }
}

fn last_part(slug: &str) -> &str {
    slug.trim_end_matches('/').rsplit('/').next().unwrap_or(slug)
}

pattern!(
    REFERENCE,
    r#"(?x)
    \[(?P<label>[^\[\]\n]*)\]\((?P<address>https?://[^()\s]*)\)
    | https?://[^/\s]+/(?:[^\s()<>\[\]"'`]*?/)?
        (?P<link_slug>[\w.~][\w.~-]*/[\w.][\w.-]*)/(?:-/)?
        (?P<link_kind>pull|pulls|issues|merge_requests|pull-requests|pullrequest|work_items)/(?P<link>\d{1,9})\b
    | https?://[^\s()<>\[\]"'`]+
    | \b(?i:pr|pull[\x20-]request|mr|merge[\x20-]request|gh)[\x20-]?(?P<word_sigil>[\#!]?)(?P<word>\d{1,9})\b
    | :(?i:pr|pull|mr|gh|issue|bug|user-pr):`(?P<role>[^`]*)`
    | (?P<slug>[\w.-]+(?:/[\w.-]+)*)(?P<slug_sigil>[\#!])(?P<slug_number>\d{1,9})\b
    | (?P<sigil>[\#!])(?P<number>\d{1,9})\b
    "#
);

pattern!(DIGITS, r"\b\d{1,9}\b");

/// Words that stand before a number without a space and name no project.
const JOINED: [&str; 18] = [
    "issue", "issues", "bug", "bugs", "fix", "fixes", "fixed", "close", "closes", "closed", "resolve", "resolves",
    "resolved", "ref", "refs", "see", "pull", "number",
];

/// This project's numbers in a text, in order, each as often as it stands there.
#[must_use]
pub fn references(text: &str, own: &Own) -> Vec<Reference> {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let mut all = Vec::new();
    for found in REFERENCE.captures_iter(text) {
        match (found.name("role"), found.name("label").zip(found.name("address"))) {
            // One role may hold several: :pr:`5624,5633`.
            (Some(role), _) => {
                all.extend(DIGITS.find_iter(role.as_str()).filter_map(|digits| build(Sigil::Hash, digits.as_str())))
            }
            // What a link to another project is called is that project's number.
            (None, Some((_, address))) if foreign(address.as_str(), own).is_some() => {}
            (None, Some((label, address))) => {
                all.extend(references(label.as_str(), own));
                all.extend(references(address.as_str(), own));
            }
            (None, None) => all.extend(reference(text, &found, own)),
        }
    }
    all
}

/// The number to which an address of another project leads.
pub(super) fn foreign(address: &str, own: &Own) -> Option<Reference> {
    let found = REFERENCE.captures(address)?;
    let slug = found.name("link_slug").filter(|slug| !own.is(slug.as_str()));
    slug.and_then(|_| build(Sigil::Hash, found.name("link")?.as_str()))
}

fn build(sigil: Sigil, digits: &str) -> Option<Reference> {
    let number: u64 = digits.parse().ok()?;
    (number > 0 && !digits.starts_with('0')).then_some(Reference { sigil, number })
}

fn reference(text: &str, found: &regex::Captures<'_>, own: &Own) -> Option<Reference> {
    let group = |name| found.name(name).map(|found| found.as_str());
    let sigil_of = |sign: Option<&str>| if sign == Some("!") { Sigil::Bang } else { Sigil::Hash };
    if let (Some(slug), Some(digits)) = (group("link_slug"), group("link")) {
        let sigil = if group("link_kind") == Some("merge_requests") { Sigil::Bang } else { Sigil::Hash };
        // Azure writes its links as .../_git/name/pullrequest/1: the name is the last part in every form.
        return if own.is(slug) { build(sigil, digits) } else { None };
    }
    if let Some(digits) = group("word") {
        let merge_request = found.get(0)?.as_str().to_ascii_lowercase().starts_with('m');
        let sigil = match group("word_sigil") {
            Some("!") => Sigil::Bang,
            Some("#") => Sigil::Hash,
            _ if merge_request => Sigil::Bang,
            _ => Sigil::Hash,
        };
        return build(sigil, digits);
    }
    if let (Some(slug), Some(digits)) = (group("slug"), group("slug_number")) {
        let bare = slug.trim_start_matches(['.', '-']);
        let ours = if bare.contains('/') {
            own.is(bare)
        } else {
            bare.is_empty() || own.is_name(bare) || JOINED.iter().any(|word| word.eq_ignore_ascii_case(bare))
        };
        return if ours { build(sigil_of(group("slug_sigil")), digits) } else { None };
    }
    let digits = group("number")?;
    let before = text.get(..found.get(0)?.start()).and_then(|before| before.chars().next_back());
    if before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '&' | '_' | '#' | '!' | '$' | '=')) {
        return None;
    }
    build(sigil_of(group("sigil")), digits)
}

/// The `owner/name` that a text's links name most often: whose changelog this is, when the remotes do not tell.
#[must_use]
pub fn usual_slug(text: &str) -> Option<String> {
    if !text.contains("://") {
        return None;
    }
    let mut counted: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for found in REFERENCE.captures_iter(text) {
        let address = found.name("address").map(|address| address.as_str());
        let slug = match address {
            Some(address) => REFERENCE.captures(address).and_then(|inner| inner.name("link_slug")),
            None => found.name("link_slug"),
        };
        if let Some(slug) = slug {
            *counted.entry(slug.as_str()).or_default() += 1;
        }
    }
    counted.into_iter().max_by_key(|(_, count)| *count).map(|(slug, _)| slug.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> String {
        let own = Own::new(&["team/harbor"]);
        references(text, &own).iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_way_to_write_a_number() {
        assert_eq!(found("Fixed (#12), GH-13 and gh-14, see !15."), "#12 #13 #14 !15");
        assert_eq!(found("#12, #13/#14 (PR 15, PR #16, pull request #17, MR 18)"), "#12 #13 #14 #15 #16 #17 !18");
        assert_eq!(found("[#12](https://github.com/team/harbor/pull/12)"), "#12 #12");
        assert_eq!(
            found("https://gitlab.com/group/team/harbor/-/merge_requests/7 https://x.org/team/harbor/pulls/8"),
            "!7 #8"
        );
        assert_eq!(found("https://gitlab.com/team/harbor/-/issues/7"), "#7");
        assert_eq!(found("https://bitbucket.org/team/harbor/pull-requests/9/diff"), "#9");
        assert_eq!(found(":pr:`12` :issue:`13,15` :gh:`#14`"), "#12 #13 #15 #14");
        assert_eq!(found("fixes#12 team/harbor#13 Team/Harbor!14 harbor#15"), "#12 #13 !14 #15");
        assert_eq!(found("old-owner/harbor#13"), "#13");
        let links =
            "Words. [#12](https://github.com/team/harbor/pull/12) [#13](https://github.com/team/harbor/pull/13)";
        assert_eq!(found(links), "#12 #12 #13 #13");
    }

    #[test]
    fn what_is_no_number_of_this_project() {
        assert_eq!(found("other/project#12 https://github.com/other/project/pull/13 serde#14"), "");
        assert_eq!(found("&#123; page.html#12 https://x.org/a#12 colour #fff a#b #0 #012 id=#5"), "");
        assert_eq!(found("https://github.com/team/harbor/compare/v1...v2 v1.2.3 2024-01-02"), "");
        assert_eq!(found("!important ![12](x.png) #12abc"), "");
        assert_eq!(found("([#5](https://github.com/other/project/pull/5)) [#6](https://x.org/notes)"), "#6");
    }

    #[test]
    fn without_a_known_name_every_project_counts() {
        let all = references("https://github.com/other/project/pull/13 a/b#14", &Own::default());
        assert_eq!(all, [Reference::hash(13), Reference::hash(14)]);
    }

    #[test]
    fn a_text_tells_whose_it_is() {
        let text = "https://github.com/a/b/pull/1 https://github.com/c/d/issues/2 https://github.com/a/b/pull/3";
        assert_eq!(usual_slug(text).as_deref(), Some("a/b"));
        let links =
            "[#1](https://github.com/a/b/pull/1) https://github.com/c/d/issues/2 [x](https://github.com/a/b/pull/3)";
        assert_eq!(usual_slug(links).as_deref(), Some("a/b"));
        assert_eq!(usual_slug("no links"), None);
    }

    #[test]
    fn numbers_are_spoken_with_their_word() {
        assert_eq!(Reference::hash(123).spoken(), "PR #123");
        assert_eq!(Reference::bang(7).spoken(), "MR !7");
    }
}
