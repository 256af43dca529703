//! How a project writes a new fragment: the form of its own tool, from what its settings say.
//!
//! Pure: the settings are read elsewhere, and the file is written elsewhere. Nothing is guessed that a person would have
//! to take back: where neither the title nor the person says the kind or the package, it is asked for. Enter at
//! [`FragmentForm::fragment`].

use jiff::Timestamp;

use super::{Change, TITLE_CELLS_MAX};
use crate::domain::notes::{TitleSays, title_says, words_of_title};
use crate::domain::refusal::Refusal;
use crate::domain::text::{fit, plain};

/// The tools whose forms are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tool {
    /// `newsfragments/123.bugfix.rst`; also whoever names files so without it.
    Towncrier,
    /// `.changeset/brave-dogs.md`: packages and bumps in front of the words.
    Changesets,
    /// `.changes/unreleased/Fixed-20260131-120000.yaml`.
    Changie,
}

/// A part of the project that an entry belongs to: a package, a project of changie, a section of towncrier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is called.
    pub name: String,
    /// Its directory, as the settings write it; empty for the top.
    pub dir: String,
}

/// How entries in files of their own are written here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FragmentForm {
    /// Whose form it is.
    pub tool: Tool,
    /// The directory that they wait in.
    pub dir: String,
    /// The kinds of change that there are; empty where none is asked for.
    pub kinds: Vec<String>,
    /// How names end: `.rst`, `.md`, or nothing.
    pub ending: String,
    /// The parts of the project, where entries must name one; of changesets they are looked up when one is written.
    pub parts: Vec<Part>,
    /// The values of its own that changie asks for.
    pub custom: Vec<String>,
}

/// What is told, and how a person wants it.
#[derive(Debug, Clone, Copy)]
pub struct Telling<'a> {
    /// The change.
    pub change: &'a Change,
    /// The words; its title where none are given.
    pub words: Option<&'a str>,
    /// The kind of change, where a person said so.
    pub kind: Option<&'a str>,
    /// The part that it belongs to, where a person said so.
    pub into: Option<&'a str>,
    /// The paths that it touched.
    pub paths: &'a [String],
    /// The time.
    pub now: Timestamp,
}

/// A file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewFragment {
    /// Its path in the repository.
    pub path: String,
    /// What it holds.
    pub text: String,
    /// Its words in one line.
    pub words: String,
    /// What a person must still write in it.
    pub left: Option<String>,
}

/// The bumps of changesets.
pub const BUMPS: [&str; 3] = ["major", "minor", "patch"];
/// The types of towncrier, in a project that says nothing else.
pub const TOWNCRIER_TYPES: [&str; 5] = ["feature", "bugfix", "doc", "removal", "misc"];

impl FragmentForm {
    /// The file that tells a change; `taken` says whether a path is there already.
    ///
    /// # Errors
    /// When nobody says of which kind it is, or which part of the project it belongs to.
    pub fn fragment(&self, telling: &Telling<'_>, taken: &dyn Fn(&str) -> bool) -> Result<NewFragment, Refusal> {
        let kind = self.kind(telling)?;
        let title = words_of_title(&plain(&telling.change.title));
        let words = telling.words.map_or_else(|| fit(&title, TITLE_CELLS_MAX), plain);
        match self.tool {
            Tool::Towncrier => self.towncrier(telling, kind.unwrap_or("misc"), &words, taken),
            Tool::Changesets => self.changeset(telling, kind.unwrap_or("patch"), &words, taken),
            Tool::Changie => self.changie(telling, kind, &words, taken),
        }
    }

    /// The kind that the title of a change means here; none where it does not say.
    #[must_use]
    pub fn kind_of(&self, change: &Change) -> Option<&str> {
        if let [only] = self.kinds.as_slice() {
            return Some(only);
        }
        let says = if change.breaking.is_some() { Some(TitleSays::Breaking) } else { title_says(&change.title) };
        let wanted: &[&str] = match says? {
            TitleSays::Breaking => &["removal", "breaking", "removed", "major", "significant", "incompat"],
            TitleSays::Feature => &["feat", "added", "add", "new", "minor", "enhancement"],
            TitleSays::Fix => &["bug", "fix", "patch"],
            TitleSays::Docs => &["doc", "improved-doc", "patch"],
            TitleSays::Internal => &["internal", "misc", "chore", "trivial", "contrib", "patch"],
        };
        let begins = |word: &&str| self.kinds.iter().find(|kind| kind.to_lowercase().starts_with(*word));
        wanted.iter().find_map(begins).map(String::as_str)
    }

    fn kind(&self, telling: &Telling<'_>) -> Result<Option<&str>, Refusal> {
        let all = || self.kinds.join(", ");
        let name = name_of(telling.change);
        match telling.kind {
            _ if self.kinds.is_empty() => Ok(None),
            Some(said) => match self.kinds.iter().find(|kind| kind.eq_ignore_ascii_case(said)) {
                Some(kind) => Ok(Some(kind)),
                None => Err(Refusal::new(format!("\"{said}\" is no kind of change here")).next(all())),
            },
            None => match self.kind_of(telling.change) {
                Some(kind) => Ok(Some(kind)),
                None => Err(Refusal::new(format!("the title of {name} does not say what kind of change it is"))
                    .next(format!("relco changes add \"{name}\" --kind KIND, of {}", all()))),
            },
        }
    }

    fn towncrier(
        &self,
        telling: &Telling<'_>,
        kind: &str,
        words: &str,
        taken: &dyn Fn(&str) -> bool,
    ) -> Result<NewFragment, Refusal> {
        let dir = match self.section(telling)? {
            "" => self.dir.clone(),
            inner => format!("{}/{inner}", self.dir),
        };
        let change = telling.change;
        let issue = || change.closes.iter().find_map(|id| id.strip_prefix('#'));
        let (stem, behind) = match change.id.as_deref() {
            Some(id) if id.starts_with('#') => (id.trim_start_matches('#').to_owned(), String::new()),
            // Numbers in names are those of issues: a merge request has one of its own, which stands in the words.
            Some(id) => match issue() {
                Some(number) => (number.to_owned(), format!(" ({id})")),
                None => (format!("+{}", id.trim_start_matches('!')), format!(" ({id})")),
            },
            None => (format!("+{}", change.commit.get(..7).unwrap_or(&change.commit)), String::new()),
        };
        let behind = if change.id.as_deref().is_some_and(|id| words.contains(id)) { String::new() } else { behind };
        let path = |counter: usize| match counter {
            0 => format!("{dir}/{stem}.{kind}{}", self.ending),
            counter => format!("{dir}/{stem}.{kind}.{counter}{}", self.ending),
        };
        let path = (0..).map(path).find(|path| !taken(path)).unwrap_or_default();
        let words = format!("{words}{behind}");
        Ok(NewFragment { path, text: format!("{words}\n"), words, left: None })
    }

    /// The directory of the section below that of all fragments.
    fn section(&self, telling: &Telling<'_>) -> Result<&str, Refusal> {
        match telling.into {
            Some(name) => Ok(&self.part_called(name)?.dir),
            None if self.parts.is_empty() || self.parts.iter().any(|part| part.dir.is_empty()) => Ok(""),
            None => Err(self.which_part(telling.change, "section")),
        }
    }

    fn changeset(
        &self,
        telling: &Telling<'_>,
        bump: &str,
        words: &str,
        taken: &dyn Fn(&str) -> bool,
    ) -> Result<NewFragment, Refusal> {
        let parts = self.parts_of(telling);
        if parts.is_empty() {
            return Err(self.which_part(telling.change, "package"));
        }
        let parts = match telling.into {
            Some(name) => vec![self.part_called(name)?],
            None => parts,
        };
        let front: String = parts.iter().map(|part| format!("{}: {bump}\n", quoted(&part.name))).collect();
        let words = with_number(words, telling.change);
        let stem = slug(&words);
        let path = free(taken, |counter| match counter {
            0 => format!("{}/{stem}.md", self.dir),
            counter => format!("{}/{stem}-{counter}.md", self.dir),
        });
        Ok(NewFragment { path, text: format!("---\n{front}---\n\n{words}\n"), words, left: None })
    }

    fn changie(
        &self,
        telling: &Telling<'_>,
        kind: Option<&str>,
        words: &str,
        taken: &dyn Fn(&str) -> bool,
    ) -> Result<NewFragment, Refusal> {
        let project = match (telling.into, self.parts.as_slice()) {
            (Some(name), _) => Some(self.part_called(name)?),
            (None, []) => None,
            (None, _) => match self.parts_of(telling).as_slice() {
                [only] => Some(*only),
                _ => return Err(self.which_part(telling.change, "project")),
            },
        };
        let number = telling.change.id.as_deref().and_then(|id| id.strip_prefix(['#', '!']));
        let is_number = |name: &str| super::fragments::NUMBER_NAMES.contains(&name.to_lowercase().as_str());
        let field = self.custom.iter().find(|name| is_number(name)).zip(number);
        // A number of GitLab's merge requests is told from an issue's by the field that is called after it.
        let bang = telling.change.id.as_deref().is_some_and(|id| id.starts_with('!'));
        let field = field.filter(|(name, _)| bang == name.eq_ignore_ascii_case("mr"));
        let words = if field.is_some() { words.to_owned() } else { with_number(words, telling.change) };
        let mut text = String::new();
        text.extend(project.map(|part| format!("project: {}\n", scalar(&part.name))));
        text.extend(kind.map(|kind| format!("kind: {}\n", scalar(kind))));
        text.push_str(&format!("body: {}\ntime: {}\n", scalar(&words), telling.now));
        text.extend(field.map(|(name, number)| format!("custom:\n    {name}: \"{number}\"\n")));
        let stamp = telling.now.strftime("%Y%m%d-%H%M%S").to_string();
        let names = project.map(|part| part.name.as_str()).into_iter().chain(kind);
        let stem: Vec<String> = names.map(file_name).chain([stamp]).collect();
        let stem = stem.join("-");
        let path = free(taken, |counter| match counter {
            0 => format!("{}/{stem}.yaml", self.dir),
            counter => format!("{}/{stem}-{counter}.yaml", self.dir),
        });
        let others: Vec<&str> = self.custom.iter().map(String::as_str).filter(|name| !is_number(name)).collect();
        let left = (!others.is_empty()).then(|| format!("changie asks for {} too", others.join(" and ")));
        Ok(NewFragment { path, text, words, left })
    }

    /// The parts that a change touched; the only one there is, whatever it touched.
    fn parts_of(&self, telling: &Telling<'_>) -> Vec<&Part> {
        if let [only] = self.parts.as_slice() {
            return vec![only];
        }
        let inside =
            |path: &str, dir: &str| dir.is_empty() || path.strip_prefix(dir).is_some_and(|rest| rest.starts_with('/'));
        // The innermost directory has it: a package at the top does not have what its packages have.
        let owner = |path: &String| {
            let holders = self.parts.iter().enumerate().filter(|(_, part)| inside(path, &part.dir));
            holders.max_by_key(|(_, part)| part.dir.len()).map(|(at, _)| at)
        };
        let mut owners: Vec<usize> = telling.paths.iter().filter_map(owner).collect();
        owners.sort_unstable();
        owners.dedup();
        owners.into_iter().filter_map(|at| self.parts.get(at)).collect()
    }

    fn part_called(&self, name: &str) -> Result<&Part, Refusal> {
        self.parts.iter().find(|part| part.name == name).ok_or_else(|| {
            Refusal::new(format!("\"{name}\" is no part of this project that entries are about"))
                .next(self.part_names())
        })
    }

    fn which_part(&self, change: &Change, what: &str) -> Refusal {
        let name = name_of(change);
        let names = self.part_names();
        Refusal::new(format!("which {what} is {name} about? its files do not say"))
            .next(format!("relco changes add \"{name}\" --into {}, of {names}", what.to_uppercase()))
    }

    fn part_names(&self) -> String {
        let names: Vec<&str> = self.parts.iter().map(|part| part.name.as_str()).collect();
        if names.is_empty() { "none".to_owned() } else { names.join(", ") }
    }
}

fn name_of(change: &Change) -> String {
    change.id.clone().unwrap_or_else(|| change.commit.chars().take(7).collect())
}

fn with_number(words: &str, change: &Change) -> String {
    match &change.id {
        Some(id) if !words.contains(id.as_str()) => format!("{words} ({id})"),
        _ => words.to_owned(),
    }
}

fn free(taken: &dyn Fn(&str) -> bool, path: impl Fn(usize) -> String) -> String {
    (0..).map(path).find(|path| !taken(path)).unwrap_or_default()
}

/// The first words, fit for a name.
fn slug(words: &str) -> String {
    let lower = words.to_lowercase();
    let parts = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let all: Vec<&str> = parts.collect();
    let number = all.last().filter(|last| last.chars().all(|c| c.is_ascii_digit())).copied();
    let mut name: Vec<&str> = all.iter().take(4).copied().collect();
    name.extend(number.filter(|_| all.len() > 4));
    let name: String = name.join("-").chars().take(60).collect();
    if name.is_empty() { "change".to_owned() } else { name }
}

fn file_name(words: &str) -> String {
    words.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect()
}

/// A string between quotation marks, as JSON and YAML both read it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// One line as a value of YAML: plain where nothing in it means something else, else as a block of one line.
fn scalar(text: &str) -> String {
    let text = text.trim();
    let begins = text.starts_with(|c: char| c.is_ascii_alphabetic());
    let word = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"].contains(&text.to_lowercase().as_str());
    let means = text.contains(": ") || text.contains(" #") || text.ends_with(':');
    if begins && !word && !means { text.to_owned() } else { format!("|-\n    {text}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ledger::{Landing, Verdict};

    fn change(id: Option<&str>, title: &str) -> Change {
        Change {
            id: id.map(str::to_owned),
            title: title.to_owned(),
            commit: "c".repeat(40),
            author: String::new(),
            merged_by: String::new(),
            kind: Landing::Squash,
            verdict: Verdict::Missing,
            listed_as: None,
            reason: None,
            closes: Vec::new(),
            breaking: None,
            paths: None,
            entry: None,
        }
    }

    fn form(tool: Tool, dir: &str, kinds: &[&str]) -> FragmentForm {
        FragmentForm {
            tool,
            dir: dir.to_owned(),
            kinds: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
            ending: ".md".to_owned(),
            parts: Vec::new(),
            custom: Vec::new(),
        }
    }

    fn telling(change: &Change) -> Telling<'_> {
        let now = "2026-03-13T10:00:00Z".parse().unwrap();
        Telling { change, words: None, kind: None, into: None, paths: &[], now }
    }

    fn written(form: &FragmentForm, telling: &Telling<'_>) -> (String, String) {
        let new = form.fragment(telling, &|_| false).unwrap();
        (new.path, new.text)
    }

    #[test]
    fn towncrier_names_the_number_and_the_type() {
        let form = form(Tool::Towncrier, "news", &TOWNCRIER_TYPES);
        let fix = change(Some("#12"), "fix: The rope holds");
        assert_eq!(written(&form, &telling(&fix)), ("news/12.bugfix.md".to_owned(), "The rope holds\n".to_owned()));
        let again = form.fragment(&telling(&fix), &|path| path == "news/12.bugfix.md").unwrap();
        assert_eq!(again.path, "news/12.bugfix.1.md");
        let direct = change(None, "Add a mast");
        assert_eq!(written(&form, &telling(&direct)).0, "news/+ccccccc.feature.md");
        let silent = change(Some("#13"), "Masts");
        let refusal = form.fragment(&telling(&silent), &|_| false).unwrap_err();
        assert_eq!(refusal.what, "the title of #13 does not say what kind of change it is");
        assert!(refusal.next.unwrap().contains("--kind KIND, of feature, bugfix"));
        assert_eq!(written(&form, &Telling { kind: Some("Misc"), ..telling(&silent) }).0, "news/13.misc.md");
        let request = Change { closes: vec!["#7".to_owned()], ..change(Some("!13"), "Fix masts") };
        assert_eq!(written(&form, &telling(&request)), ("news/7.bugfix.md".to_owned(), "Fix masts (!13)\n".to_owned()));
    }

    #[test]
    fn a_changeset_names_the_packages_that_the_change_touched() {
        let part = |name: &str, dir: &str| Part { name: name.to_owned(), dir: dir.to_owned() };
        let parts = vec![part("@h/cli", "packages/cli"), part("@h/core", "packages/core"), part("h", "")];
        let form = FragmentForm { parts, ..form(Tool::Changesets, ".changeset", &BUMPS) };
        let fix = change(Some("#12"), "fix(cli): The rope holds");
        let paths = ["packages/cli/a.ts".to_owned(), "packages/core/b.ts".to_owned()];
        let (path, text) = written(&form, &Telling { paths: &paths, ..telling(&fix) });
        assert_eq!(path, ".changeset/the-rope-holds-12.md");
        assert_eq!(text, "---\n\"@h/cli\": patch\n\"@h/core\": patch\n---\n\nThe rope holds (#12)\n");
        let refusal = form.fragment(&telling(&fix), &|_| false).unwrap_err();
        assert!(refusal.what.starts_with("which package is #12 about?"), "{}", refusal.what);
    }

    #[test]
    fn changie_takes_words_that_mean_something_in_yaml() {
        let custom = vec!["PR".to_owned(), "Author".to_owned()];
        let form = FragmentForm { custom, ..form(Tool::Changie, ".changes/unreleased", &["Added", "Fixed"]) };
        let fix = change(Some("#12"), "Fix ropes: they hold");
        let new = form.fragment(&telling(&fix), &|_| false).unwrap();
        assert_eq!(new.path, ".changes/unreleased/Fixed-20260313-100000.yaml");
        assert_eq!(
            new.text,
            "kind: Fixed\nbody: |-\n    Fix ropes: they hold\ntime: 2026-03-13T10:00:00Z\ncustom:\n    PR: \"12\"\n"
        );
        assert_eq!(new.left.as_deref(), Some("changie asks for Author too"));
        assert_eq!((scalar("yes"), scalar("a (#1)")), ("|-\n    yes".to_owned(), "a (#1)".to_owned()));
    }
}
