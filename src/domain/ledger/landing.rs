//! How a commit landed: the number of its pull request, what else it names, and what it takes back.
//!
//! Pure, and about one commit at a time. A number is a change's own only where a forge or a merger puts it: a merge
//! title, the last bracket of a squash title, a trailer. A number that a title merely mentions, that stands in a
//! quotation, or that belongs to another project is never one. Enter at [`landed`].

use crate::domain::changelog::{Own, Reference, references};
use crate::domain::commit::Commit;
use crate::domain::pattern::pattern;

/// How a change came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Landing {
    /// A merge commit that names its pull request.
    Merge,
    /// A single commit whose title ends with the number.
    Squash,
    /// A commit that names its pull request in a trailer, mostly after a rebase.
    Trailer,
    /// A commit without a pull request.
    Direct,
}

impl Landing {
    /// The word for it in machine output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Squash => "squash",
            Self::Trailer => "trailer",
            Self::Direct => "direct",
        }
    }
}

/// What a commit says about itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Landed {
    pub kind: Landing,
    /// The numbers of the change itself, mostly one.
    pub own: Vec<Reference>,
    /// Numbers under which it may stand as well: the original of a backport.
    pub also: Vec<Reference>,
    /// The issues that it says to close.
    pub closes: Vec<Reference>,
    /// The ticket that its title or its branch begins with: `#12: Add ropes`, `12 - add ropes`, `ana/12-ropes`.
    pub ticket: Option<Reference>,
    /// What its title mentions besides; mostly another change, so it tells little.
    pub mentions: Vec<Reference>,
    /// The words of the change.
    pub title: String,
    /// The branch that was merged, where the title tells.
    pub branch: Option<String>,
    /// The commits that it was picked from (`cherry picked from commit …`).
    pub picked_from: Vec<String>,
    /// The name that Gerrit gave its review: `I` and 40 hexadecimal digits.
    pub change_id: Option<String>,
    /// What it reverts.
    pub reverts: Option<Reverts>,
    /// The words of a breaking change; empty where it is only marked.
    pub breaking: Option<String>,
    /// A rollup: what it carries counts, not itself.
    pub collects: bool,
}

/// What a revert names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Reverts {
    pub commits: Vec<String>,
    pub numbers: Vec<Reference>,
    /// The title in quotes.
    pub title: Option<String>,
}

pattern!(GITHUB_MERGE, r"^Merge pull request #(\d{1,9})(?: from (\S+))?(?:[:,]? (.*))?$");
pattern!(GITEA_MERGE, r"^Merge pull request '(.*)' \(#(\d{1,9})\) from (\S+)");
pattern!(BORS_MERGE, r"^(?:Auto merge|Rollup merge) of (?:[\w.-]+/[\w.-]+)?#(\d{1,9}) - (\S+?)[,:]");
pattern!(PLAIN_MERGE, r"^Merge (?:PR |pull request )?(?:[\w.-]+/[\w.-]+)?#(\d{1,9}): (.+)$");
pattern!(BORS_NG_MERGE, r"^Merge((?: #\d{1,9})+)$");
pattern!(BORS_NG_LINE, r"^(\d{1,9}): (.*?)(?: r=.*)?$");
pattern!(BITBUCKET_MERGE, r"^Merged in (\S+) \(pull request #(\d{1,9})\)");
pattern!(TITLED_MERGE, r"^Pull request #(\d{1,9}): (.+)$");
pattern!(AZURE_MERGE, r"^Merged PR (\d{1,9}): (.+)$");
pattern!(
    PR_BRANCH_MERGE,
    r"^Merge (?:remote-tracking )?(?:branch|commit|tag)\S* '(?:\S*/)?(?:pr|pull)/(\d{1,9})(?:/\S*)?'"
);
pattern!(MERGE_OF_BRANCH, r"^Merge (?:remote-tracking )?branch(?:es)? '([^']+)'");
pattern!(GITLAB_SEE, r"(?m)^See merge request (?:(\S*?)!(\d{1,9})|(https?://\S+/merge_requests/\d{1,9}))\s*$");
pattern!(TRAILER, r"(?i)^(?:pr-url|pull-request(?:-url)?|pr|part-of|merge-request|mr|reviewed-on)\s*:\s*<?(.+?)>?\s*$");
pattern!(
    CLOSES,
    r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b:?\s+(?:for\s+)?((?:(?:issues?|bugs?)?\s*(?:[\w./-]*[#!]\d+|gh-\d+|https?://\S+)(?:\s*(?:,|and|&)\s*)?)+)"
);
pattern!(
    BACKPORT,
    r"(?i)\b(?:back-?port(?:s|ed|ing)?|forward-?port(?:s|ed|ing)?|cherry[- ]?pick(?:s|ed|ing)?)\b[^#!\n]{0,40}?((?:pr |pull request )?(?:[\w./-]*[#!]\d+|https?://\S+/(?:pull|merge_requests)/\d+))"
);
pattern!(PICKED, r"(?i)(?:cherry picked from|back-?port of|backport) commit:? ([0-9a-f]{7,64})");
pattern!(NAMED_PORT, r"(?i)\[(?:pr )?#(\d{1,9})(?:/[0-9a-f]{7,64})? back-?port\]");
pattern!(CHANGE_ID, r"(?m)^Change-Id: (I[0-9a-f]{40})\s*$");
pattern!(REVERT_TITLE, r#"^(?i:Revert|Reapply|Back out|Unrevert)[: ]+["“'](.*)["”'](.*)$"#);
pattern!(REVERT_WORD, r"^(?i:revert|reapply)\b|^(?i:back out)\b");
pattern!(REVERTS_COMMIT, r"(?i)\breverts? (?:the )?(?:commits? )?([0-9a-f]{7,64})\b");
pattern!(
    REVERTS_NUMBER,
    r"(?i)\breverts? (?:(?:pull|merge) request |pr |mr )?(\S*[#!]\d{1,9}|https?://\S+/(?:pull|merge_requests)/\d{1,9})"
);
pattern!(BREAKING_TITLE, r"^\w+(?:\([^)]*\))?!:");
pattern!(BREAKING_FOOTER, r"(?m)^BREAKING[ -]CHANGES?:\s*(.*(?:\n\S.*)*)");
pattern!(ROLLUP, r"(?i)^rollup of \d+ pull requests?");
pattern!(ONLY_REFERENCES, r"(?i)^(?:[\s,;&+]|and|pr|pull request|mr|gh-\d+|[\w./-]*[#!]\d+)+$");
pattern!(ISSUE_WORD, r"(?i)\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|issues?|bugs?|refs?|see|part of|for)\b");
pattern!(PORT_WORD, r"(?i)\b(?:back-?port\w*|forward-?port\w*|cherry[- ]?pick\w*|original\w*)\b");

pattern!(TICKET_TITLE, r"^[\[(]?#?\s?(\d{2,7})[\])]?(?::|\s|$)");
pattern!(TICKET_BRANCH, r"(?:^|/)(?:(?:issue|bug|fix|gh|ticket)[-_])?(\d{2,7})[-_]");

/// Reads one commit.
pub(super) fn landed(commit: &Commit, own: &Own) -> Landed {
    let mut landed = merged(commit, own).or_else(|| by_trailer(commit, own)).unwrap_or_else(|| squashed(commit, own));
    if landed.title.is_empty() {
        commit.title.trim().clone_into(&mut landed.title);
    }
    let text = format!("{}\n{}", landed.title, commit.body);
    for found in CLOSES.captures_iter(&text).filter_map(|found| found.get(1)) {
        landed.closes.extend(references(found.as_str(), own));
    }
    let titles = format!("{}\n{text}", commit.title);
    for found in BACKPORT.captures_iter(&titles).filter_map(|found| found.get(1)) {
        landed.also.extend(references(found.as_str(), own));
    }
    landed.also.extend(NAMED_PORT.captures_iter(&titles).flat_map(|found| hash(found.get(1))));
    if titles.contains(" commit") {
        landed.picked_from = captured(&PICKED, &titles);
    }
    if landed.own.is_empty() && commit.body.contains("Change-Id: I") {
        landed.change_id = captured(&CHANGE_ID, &commit.body).pop();
        // Its review is named in a trailer, as a pull request's would be.
        if landed.change_id.is_some() {
            landed.kind = Landing::Trailer;
        }
    }
    landed.reverts = reverts(&landed.title, commit, own);
    landed.breaking = breaking(&landed.title, commit);
    landed.collects = ROLLUP.is_match(&landed.title);
    landed.ticket = ticket(&landed);
    landed.mentions = references(&landed.title, own);
    for list in [&mut landed.also, &mut landed.closes, &mut landed.mentions] {
        if list.is_empty() {
            continue;
        }
        let mut seen = landed.own.clone();
        list.retain(|reference| {
            let new = !seen.contains(reference);
            seen.push(*reference);
            new
        });
    }
    landed
}

/// The title of one of several changes that one merge commit brought in, which its body lists: `12: Add ropes`.
pub(super) fn title_among(body: &str, id: Reference) -> Option<String> {
    let lines = body.lines().filter_map(|line| BORS_NG_LINE.captures(line.trim()));
    let number = id.number.to_string();
    let mut own = lines.filter(|line| line.get(1).is_some_and(|digits| digits.as_str() == number));
    own.find_map(|line| Some(line.get(2)?.as_str().to_owned()))
}

/// The number that a title begins with, else the branch's last part. A revert's quoted title has none.
fn ticket(landed: &Landed) -> Option<Reference> {
    let of_branch = || TICKET_BRANCH.captures(landed.branch.as_deref()?);
    let found = TICKET_TITLE.captures(&landed.title).or_else(of_branch)?;
    let number = hash(found.get(1)).first().copied()?;
    (!landed.own.contains(&number)).then_some(number)
}

fn captured(pattern: &regex::Regex, text: &str) -> Vec<String> {
    pattern.captures_iter(text).filter_map(|found| Some(found.get(1)?.as_str().to_owned())).collect()
}

fn bare(kind: Landing, own: Vec<Reference>, title: &str) -> Landed {
    Landed {
        kind,
        own,
        also: Vec::new(),
        closes: Vec::new(),
        ticket: None,
        mentions: Vec::new(),
        title: title.trim().to_owned(),
        branch: None,
        picked_from: Vec::new(),
        change_id: None,
        reverts: None,
        breaking: None,
        collects: false,
    }
}

/// The first line of the body that says something: where merge commits carry the title.
fn first_line(body: &str) -> &str {
    body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default()
}

fn hash(digits: Option<regex::Match<'_>>) -> Vec<Reference> {
    let number = digits.and_then(|digits| digits.as_str().parse().ok()).filter(|number| *number > 0);
    number.map(Reference::hash).into_iter().collect()
}

/// A merge commit of a forge, or one written like it; a picked one has a single parent, so parents are not asked.
fn merged(commit: &Commit, own: &Own) -> Option<Landed> {
    let title = commit.title.as_str();
    let see = commit.body.contains("See merge request").then(|| GITLAB_SEE.captures(&commit.body)).flatten();
    if let Some(found) = see {
        let references = found.get(0).map(|whole| references(whole.as_str(), own)).unwrap_or_default();
        let own_number = match (found.get(2), references.first()) {
            (Some(digits), _) => digits.as_str().parse().ok().map(Reference::bang),
            (None, linked) => linked.copied(),
        };
        let first = first_line(&commit.body);
        let words = if first.starts_with("See merge request") || !title.starts_with("Merge ") { title } else { first };
        let mut landed = bare(Landing::Merge, own_number.into_iter().collect(), words);
        landed.branch = MERGE_OF_BRANCH.captures(title).and_then(|found| Some(found.get(1)?.as_str().to_owned()));
        return Some(landed);
    }
    if !title.starts_with("Merge") && !title.contains("erge of #") && !title.starts_with("Pull request #") {
        return None;
    }
    if let Some(found) = GITEA_MERGE.captures(title) {
        return Some(bare(Landing::Merge, hash(found.get(2)), found.get(1)?.as_str()));
    }
    if let Some(found) = GITHUB_MERGE.captures(title) {
        let branch = found.get(2).map(|branch| branch.as_str().to_owned());
        let words = [first_line(&commit.body), found.get(3).map_or("", |rest| rest.as_str())];
        let words = words.into_iter().find(|words| !words.is_empty());
        let mut landed = bare(Landing::Merge, hash(found.get(1)), words.or(branch.as_deref()).unwrap_or(title));
        landed.branch = branch;
        return Some(landed);
    }
    if let Some(found) = BORS_MERGE.captures(title) {
        return Some(bare(Landing::Merge, hash(found.get(1)), first_line(&commit.body)));
    }
    if let Some(found) = BORS_NG_MERGE.captures(title) {
        let numbers = references(found.get(1)?.as_str(), own);
        let line = commit.body.lines().find_map(|line| BORS_NG_LINE.captures(line.trim()));
        let words = line.and_then(|line| Some(line.get(2)?.as_str().to_owned())).unwrap_or_default();
        return Some(bare(Landing::Merge, numbers, &words));
    }
    // Azure DevOps counts pull requests apart from work items, and writes `!7` for the one and `#7` for the other.
    if let Some(found) = AZURE_MERGE.captures(title) {
        let number = hash(found.get(1)).into_iter().map(|number| Reference::bang(number.number)).collect();
        return Some(bare(Landing::Merge, number, found.get(2)?.as_str()));
    }
    if let Some(found) = PLAIN_MERGE.captures(title).or_else(|| TITLED_MERGE.captures(title)) {
        return Some(bare(Landing::Merge, hash(found.get(1)), found.get(2)?.as_str()));
    }
    if let Some(found) = BITBUCKET_MERGE.captures(title) {
        let mut landed = bare(Landing::Merge, hash(found.get(2)), first_line(&commit.body));
        landed.branch = found.get(1).map(|branch| branch.as_str().to_owned());
        return Some(landed);
    }
    let found = PR_BRANCH_MERGE.captures(title)?;
    Some(bare(Landing::Merge, hash(found.get(1)), first_line(&commit.body)))
}

/// A trailer in the last paragraph. It is the merger's word and goes before a number in the title, which may be an
/// issue's.
fn by_trailer(commit: &Commit, own: &Own) -> Option<Landed> {
    let last = commit.body.trim_end().rsplit("\n\n").next()?;
    let value = last.lines().find_map(|line| TRAILER.captures(line)?.get(1).map(|value| value.as_str().to_owned()))?;
    let number = references(&value, own).first().copied().or_else(|| {
        let digits = value.trim();
        digits.parse().ok().filter(|number| *number > 0).map(Reference::hash)
    })?;
    let mut landed = squashed(commit, own);
    let mentioned = std::mem::replace(&mut landed.own, vec![number]);
    landed.also.extend(mentioned);
    landed.kind = Landing::Trailer;
    Some(landed)
}

/// A title that ends with brackets: `Title (#12)`, `Title (fixes #11) (#12)`, `Title (#11) (#12)`. The last bracket of
/// numbers alone is the change's own; those before it are what it was made from.
fn squashed(commit: &Commit, own: &Own) -> Landed {
    let whole = joined_title(commit);
    let mut rest = whole.trim_end_matches(['.', '…', ' ']);
    let mut landed = bare(Landing::Direct, Vec::new(), "");
    let mut title = whole.as_str();
    while let Some((before, inner)) = last_bracket(rest) {
        let found = references(inner, own);
        if ONLY_REFERENCES.is_match(inner) && inner.bytes().any(|byte| byte.is_ascii_digit()) {
            match (found.split_last(), landed.own.is_empty()) {
                (Some((last, others)), true) => {
                    landed.own.push(*last);
                    landed.also.extend(others);
                    landed.kind = Landing::Squash;
                }
                (Some(_), false) => landed.also.extend(found),
                // Another project's number ends the search: what stands before it is not this merge's either.
                (None, _) => break,
            }
            title = before;
        } else if PORT_WORD.is_match(inner) {
            landed.also.extend(found);
        } else if ISSUE_WORD.is_match(inner) && !found.is_empty() {
            landed.closes.extend(found);
            title = before;
        } else if inner.contains(char::is_whitespace) || landed.own.is_empty() && inner.is_empty() {
            break;
        }
        rest = before.trim_end();
    }
    title.trim().clone_into(&mut landed.title);
    landed
}

/// The title, with the rest that GitHub moves into the body of a long one.
fn joined_title(commit: &Commit) -> String {
    let title = commit.title.trim();
    match (title.strip_suffix('…'), commit.body.trim_start().strip_prefix('…')) {
        (Some(head), Some(rest)) => format!("{head}{}", first_line(rest)),
        _ => title.to_owned(),
    }
}

/// What stands before and in the bracket that ends a text.
fn last_bracket(text: &str) -> Option<(&str, &str)> {
    let (open, body) = match text.chars().next_back()? {
        ')' => ('(', text.strip_suffix(')')?),
        ']' => ('[', text.strip_suffix(']')?),
        _ => return None,
    };
    let at = body.rfind(open)?;
    Some((body.get(..at)?, body.get(at + 1..)?))
}

fn reverts(title: &str, commit: &Commit, own: &Own) -> Option<Reverts> {
    if !REVERT_WORD.is_match(title) && !REVERT_WORD.is_match(&commit.title) {
        return None;
    }
    let quoted = REVERT_TITLE.captures(title).or_else(|| REVERT_TITLE.captures(&commit.title));
    let title = quoted.and_then(|found| {
        let reapply = found.get(0)?.as_str().to_ascii_lowercase().starts_with("reapply");
        let words = found.get(1)?.as_str();
        // Git calls the revert of a revert `Reapply "X"`: what it takes back is `Revert "X"`.
        Some(if reapply { format!("Revert \"{words}\"") } else { words.to_owned() })
    });
    let numbers = captured(&REVERTS_NUMBER, &commit.body);
    let numbers = numbers.iter().flat_map(|number| references(number, own)).collect();
    Some(Reverts { commits: captured(&REVERTS_COMMIT, &commit.body), numbers, title })
}

fn breaking(title: &str, commit: &Commit) -> Option<String> {
    let footer = BREAKING_FOOTER.captures(&commit.body).and_then(|found| found.get(1));
    if let Some(words) = footer {
        return Some(words.as_str().split_whitespace().collect::<Vec<_>>().join(" "));
    }
    (BREAKING_TITLE.is_match(title) || BREAKING_TITLE.is_match(&commit.title)).then(String::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(title: &str, body: &str) -> Landed {
        let commit = Commit { title: title.to_owned(), body: body.to_owned(), ..Commit::default() };
        landed(&commit, &Own::new(&["team/harbor"]))
    }

    fn show(references: &[Reference]) -> String {
        references.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
    }

    #[track_caller]
    fn check(title: &str, body: &str, kind: Landing, own: &str, words: &str) -> Landed {
        let landed = read(title, body);
        assert_eq!((landed.kind, show(&landed.own).as_str(), landed.title.as_str()), (kind, own, words), "{title}");
        landed
    }

    #[test]
    fn merges_of_every_forge() {
        use Landing::Merge;
        let landed = check("Merge pull request #12 from ana/ropes", "Add ropes (#3)", Merge, "#12", "Add ropes (#3)");
        assert_eq!(landed.branch.as_deref(), Some("ana/ropes"));
        check("Merge pull request #12 from ana/ropes", "", Merge, "#12", "ana/ropes");
        check("Merge pull request 'Add ropes' (#12) from ana/ropes into main", "", Merge, "#12", "Add ropes");
        check("Auto merge of #12 - ana:ropes, r=li", "Add ropes\n\nmore", Merge, "#12", "Add ropes");
        check("Rollup merge of #12 - ana:ropes, r=li", "Add ropes", Merge, "#12", "Add ropes");
        check("Merge #12 #13", "12: Add ropes r=li a=ana\n\n13: More r=li a=ana", Merge, "#12 #13", "Add ropes");
        check("Merge team/harbor#12: Add ropes", "", Merge, "#12", "Add ropes");
        check("Merged in ropes (pull request #12)", "Add ropes", Merge, "#12", "Add ropes");
        check("Pull request #12: Add ropes", "Merge in H/harbor from ropes to master", Merge, "#12", "Add ropes");
        check("Merged PR 12: Add ropes", "", Merge, "!12", "Add ropes");
        check("Merge remote-tracking branch 'origin/pr/12'", "Add ropes", Merge, "#12", "Add ropes");
        let gitlab = "Add ropes\n\nCloses #4\n\nSee merge request team/harbor!12";
        let landed = check("Merge branch 'ropes' into 'main'", gitlab, Merge, "!12", "Add ropes");
        assert_eq!((show(&landed.closes).as_str(), landed.branch.as_deref()), ("#4", Some("ropes")));
    }

    #[test]
    fn one_merge_of_several_names_each() {
        let body = "12: Add ropes r=li a=ana\n\nWords.\n\n13: Paint r=li a=ana";
        assert_eq!(title_among(body, Reference::hash(13)).as_deref(), Some("Paint"));
        assert_eq!(title_among(body, Reference::hash(14)), None);
    }

    #[test]
    fn squash_titles() {
        use Landing::Squash;
        check("Add ropes (#12)", "", Squash, "#12", "Add ropes");
        check("175 (#176)", "", Squash, "#176", "175");
        check("Add ropes (!12)", "", Squash, "!12", "Add ropes");
        check("gh-11: Add ropes (GH-12)", "", Squash, "#12", "gh-11: Add ropes");
        check("Add ropes (PR #12).", "", Squash, "#12", "Add ropes");
        check("Add ropes (fast ones) (#12)", "", Squash, "#12", "Add ropes (fast ones)");
        check("Add ro… ", "…pes to all (#12)\n\nmore", Squash, "#12", "Add ropes to all");
        check("Add ropes (#12) (release-1.2)", "", Squash, "#12", "Add ropes");
        let landed = check("Add ropes (#11) (#12)", "", Squash, "#12", "Add ropes");
        assert_eq!(show(&landed.also), "#11");
        let landed = check("Add ropes (fixes #11) (#12)", "", Squash, "#12", "Add ropes");
        assert_eq!((show(&landed.closes).as_str(), show(&landed.also).as_str()), ("#11", ""));
        let landed = check("Add ropes (#11, #12)", "", Squash, "#12", "Add ropes");
        assert_eq!(show(&landed.also), "#11");
    }

    #[test]
    fn numbers_that_are_not_the_changes_own() {
        use Landing::Direct;
        check("Fix #12 in ropes", "", Direct, "", "Fix #12 in ropes");
        check("Add ropes (other/project#12)", "", Direct, "", "Add ropes (other/project#12)");
        check("Revert \"Add ropes (#12)\"", "", Direct, "", "Revert \"Add ropes (#12)\"");
        check("Add ropes", "> Quoted (#12)\n\nPR-URL: https://github.com/other/x/pull/12", Direct, "", "Add ropes");
        check("Merge branch 'main' into ropes", "", Direct, "", "Merge branch 'main' into ropes");
        let landed = check("Fix rust (closes #12)", "", Direct, "", "Fix rust");
        assert_eq!(show(&landed.closes), "#12");
    }

    #[test]
    fn tickets_and_mentions() {
        let read = |title: &str, body: &str| {
            let landed = read(title, body);
            format!("{} / {}", show(landed.ticket.as_slice()), show(&landed.mentions))
        };
        assert_eq!(read("#1226 bump it (#9)", ""), "#1226 / #1226");
        assert_eq!(read("Merge pull request #9 from a/b", "9972: support coroutines"), "#9972 / ");
        assert_eq!(read("# 1225 - bump it (#9)", ""), "#1225 / ");
        assert_eq!(read("[#1211] types (#9)", ""), "#1211 / #1211");
        assert_eq!(read("Merge pull request #9 from ana/1226-bump", "Bump it"), "#1226 / ");
        assert_eq!(read("Follow up to #12 (#13)", ""), " / #12");
        assert_eq!(read("3.13 is supported (#13)", ""), " / ");
        assert_eq!(read("13 (#13)", ""), " / ");
    }

    #[test]
    fn trailers_go_before_a_number_in_the_title() {
        use Landing::Trailer;
        check(
            "lib: add ropes",
            "Words.\n\nPR-URL: https://github.com/team/harbor/pull/12\nReviewed-By: Li",
            Trailer,
            "#12",
            "lib: add ropes",
        );
        check(
            "lib: add ropes",
            "Part-of: <https://gitlab.x.org/team/harbor/-/merge_requests/12>",
            Trailer,
            "!12",
            "lib: add ropes",
        );
        check("lib: add ropes", "Pull-Request: 12", Trailer, "#12", "lib: add ropes");
        let landed = check("Add ropes (#11)", "PR: #12", Trailer, "#12", "Add ropes");
        assert_eq!(show(&landed.also), "#11");
        // Only the last paragraph holds trailers.
        check("Add ropes", "PR-URL: #12\n\nMore words.", Landing::Direct, "", "Add ropes");
    }

    #[test]
    fn a_review_of_gerrit_has_a_name_of_its_own() {
        let name = "I0123456789abcdef0123456789abcdef01234567";
        let landed = read("lib: add ropes", &format!("Words.\n\nChange-Id: {name}\nReviewed-by: Li"));
        assert_eq!((landed.kind, landed.change_id.as_deref()), (Landing::Trailer, Some(name)));
        // A pull request goes before it: a mirror has both.
        let landed = read("lib: add ropes (#12)", &format!("Change-Id: {name}"));
        assert_eq!((landed.kind, landed.change_id), (Landing::Squash, None));
        assert_eq!(read("lib: add ropes", "Change-Id: I012").change_id, None);
    }

    #[test]
    fn originals_of_backports() {
        let also = |title: &str, body: &str| show(&read(title, body).also);
        assert_eq!(also("[1.2] Add ropes (#12)", "Backport of #11."), "#11");
        assert_eq!(also("Backport PR #11: Add ropes (#12)", ""), "#11");
        assert_eq!(also("Merge pull request #12 from ana/x", "[Backport 1.2] ropes\n\nBackports #11"), "#11");
        assert_eq!(also("Add ropes (cherry-picked from #11) (#12)", ""), "#11");
        let picked = read("Add ropes", "(cherry picked from commit 0123456789abcdef0123456789abcdef01234567)");
        assert_eq!(picked.picked_from, ["0123456789abcdef0123456789abcdef01234567"]);
    }

    #[test]
    fn reverts_name_what_they_take_back() {
        let reverts = |title: &str, body: &str| read(title, body).reverts;
        let found = reverts("Revert \"Add ropes (#12)\" (#13)", "Reverts team/harbor#12").unwrap();
        assert_eq!((found.title.as_deref(), show(&found.numbers).as_str()), (Some("Add ropes (#12)"), "#12"));
        let found = reverts("Revert \"Add ropes\"", "This reverts commit 0123456789abcdef.").unwrap();
        assert_eq!(found.commits, ["0123456789abcdef"]);
        let found = reverts("Reapply \"Add ropes\"", "").unwrap();
        assert_eq!(found.title.as_deref(), Some("Revert \"Add ropes\""));
        let merged = reverts("Merge pull request #14 from ana/revert-12-ropes", "Revert \"Add ropes\"").unwrap();
        assert_eq!(merged.title.as_deref(), Some("Add ropes"));
        assert_eq!(reverts("Add reverts", "This reverts commit 0123456789abcdef."), None);
    }

    #[test]
    fn breaking_changes_and_closed_issues() {
        assert_eq!(read("feat(api)!: drop v1 (#12)", "").breaking.as_deref(), Some(""));
        let body = "Words.\n\nBREAKING CHANGE: v1 is gone,\nuse v2\n\nSigned-off-by: x";
        assert_eq!(read("feat: drop v1", body).breaking.as_deref(), Some("v1 is gone, use v2"));
        assert_eq!(read("feat: add", "").breaking, None);
        assert_eq!(show(&read("x (#9)", "Fixes #1, #2 and team/harbor#3. Closes: #4").closes), "#1 #2 #3 #4");
        assert_eq!(show(&read("x", "Fixes other/project#3").closes), "");
        assert_eq!(show(&read("Merge pull request #9 from ana/x", "fix for issue #2").closes), "#2");
        assert!(read("Auto merge of #12 - ana:r, r=li", "Rollup of 7 pull requests").collects);
    }
}
