//! Every key of `relco.toml`: its name, its type, what it means. One table for reading, for the "allowed" lists of
//! messages, for `relco config schema` and for the test that holds `relco.toml.example` against it.
//!
//! Enter at [`FILE`]; [`json`] writes it as a JSON Schema.

pub mod json;

/// A key of a table.
#[derive(Debug)]
pub struct Key {
    /// As written in the file.
    pub name: &'static str,
    /// What stands there.
    pub kind: Kind,
    /// Whether every entry needs it.
    pub required: bool,
    /// What it means, one or two sentences.
    pub doc: &'static str,
}

/// The keys of a table, in parts that tables share.
pub type Keys = &'static [&'static [Key]];

/// What may stand at a key.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Text.
    Text,
    /// `true` or `false`.
    Flag,
    /// A whole number from 1 to [`MOST_COUNTED`].
    Count,
    /// A number.
    Number,
    /// A duration: `2m30s`.
    Duration,
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words.
    Words(&'static [&'static str]),
    /// Some texts.
    Texts,
    /// Some HTTP statuses: whole numbers from 100 to 599.
    Statuses,
    /// A command: an array of program and arguments, or with `shell = true` one text.
    Command,
    /// A table of own names with texts: `vars`.
    TextMap,
    /// A table of own names with arrays of texts: `people`.
    TextsMap,
    /// A table.
    Table(Keys),
    /// An array of tables.
    Tables(Keys),
    /// A table of named tables: `[environment.NAME]`.
    Named(Keys),
}

impl Kind {
    /// What is allowed, in words, for messages.
    pub fn allowed(self) -> String {
        match self {
            Kind::Text => "text in quotes".to_owned(),
            Kind::Flag => "true or false".to_owned(),
            Kind::Count => format!("a whole number from 1 to {MOST_COUNTED}"),
            Kind::Number => "a number".to_owned(),
            Kind::Duration => super::duration::ALLOWED.to_owned(),
            Kind::Word(words) => words.join(", "),
            Kind::Words(words) => format!("an array of {}", words.join(", ")),
            Kind::Texts => "an array of texts".to_owned(),
            Kind::Statuses => "an array of whole numbers from 100 to 599".to_owned(),
            Kind::Command => {
                "an array of program and arguments, or with `shell = true` one text for the shell".to_owned()
            }
            Kind::TextMap => "a table of names with texts".to_owned(),
            Kind::TextsMap => "a table of names with arrays of texts".to_owned(),
            Kind::Table(_) => "a table".to_owned(),
            Kind::Tables(_) => "an array of tables".to_owned(),
            Kind::Named(_) => "a table of named tables".to_owned(),
        }
    }
}

const fn key(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: false, doc }
}

const fn must(name: &'static str, kind: Kind, doc: &'static str) -> Key {
    Key { name, kind, required: true, doc }
}

/// All keys of a table.
pub fn all(keys: Keys) -> impl Iterator<Item = &'static Key> {
    keys.iter().flat_map(|part| part.iter())
}

/// The key of that name.
pub fn find(keys: Keys, name: &str) -> Option<&'static Key> {
    all(keys).find(|key| key.name == name)
}

/// The largest number that a count may be; more questions than this are no measurement that a person waits for.
pub const MOST_COUNTED: u32 = 1000;

/// The release types.
pub const TYPES: &[&str] = &["hotfix", "patch", "minor", "major"];
/// The lists.
pub const LISTS: &[&str] =
    &["pre-release", "pre-deployment", "deployment", "verification", "communication", "rollback", "post-rollback"];
/// The purposes of notices.
pub const PURPOSES: &[&str] = &["window", "completion", "rollback", "incident"];
/// The effect classes.
pub const CLASSES: &[&str] = &["check", "reversible", "irreversible", "notify"];
/// What a person's word on an item can want on record.
pub const WANTS: &[&str] = &["incident", "root cause"];
/// What follows when a step failed for good.
pub const FAILURES: &[&str] = &["ask", "stop", "continue", "rollback"];
/// The groups of the pre-release checklist, in order.
pub const GROUPS: &[&str] = &["Release Manager Tasks", "DevOps Tasks", "Environment Readiness", "Sign-offs"];
/// What an automatic item can look at; the words in capitals stand for a name.
pub const FACTS: &[&str] = &[
    "git",
    "changelog",
    "versions",
    "notes",
    "upgrade",
    "deployed ENVIRONMENT",
    "verified ENVIRONMENT",
    "rehearsed",
    "sheet",
    "sign-off ROLE",
    "trigger ID",
    "release-log",
];

/// The top of the file.
pub const FILE: Keys = &[&[
    key("project", Kind::Table(PROJECT), "The project as a whole."),
    key(
        "people",
        Kind::TextsMap,
        "Who holds which role: role to people, as git knows them. A person may have several roles. Roles are release manager, devops, developer, qa, security, product owner, and those that gates and items name.",
    ),
    key("version", Kind::Table(&[VERSION]), "Where the version is written."),
    key("changelog", Kind::Table(CHANGELOG), "The changelog; without it CHANGELOG.md, where there is one."),
    key("release_log", Kind::Table(RELEASE_LOG), "The file that completing a release appends one line to."),
    key("notes", Kind::Table(NOTES), "The release notes."),
    key(
        "environment",
        Kind::Named(ENVIRONMENT),
        "Where runs go, in the order in which a release passes through them. staging and production exist unless removed; an environment called production is always the last.",
    ),
    key(
        "gate",
        Kind::Tables(GATE),
        "A condition that must hold before production. The id of a default gate changes that gate.",
    ),
    key("item", Kind::Tables(ITEM), "An entry of a list. The id of a default item changes that item."),
    key("deploy", Kind::Table(&[DEPLOY]), "The deployment."),
    key("probe", Kind::Tables(PROBE), "A measured signal."),
    key(
        "trigger",
        Kind::Tables(TRIGGER),
        "What proposes a rollback. The id of a default trigger changes that trigger.",
    ),
    key("stakeholder", Kind::Tables(STAKEHOLDER), "Who must be told."),
    key("rehearsal", Kind::Table(REHEARSAL), "The rehearsal of the rollback."),
    key("artifact", Kind::Tables(ARTIFACT), "What must be there before a release is complete: each is looked for."),
    key("metrics", Kind::Table(METRICS), "The targets that the metrics are held against."),
    key("incident", Kind::Table(INCIDENT), "How often people hear about an incident."),
    key("plan", Kind::Table(PLAN), "How this file and the default plan go together."),
]];

const PROJECT: Keys = &[&[
    key("name", Kind::Text, "The project's name; without it the directory's."),
    key("tag", Kind::Text, "How a version becomes a tag: a text with `{version}` in it. Default \"v{version}\"."),
]];

const VERSION: &[Key] = &[key(
    "file",
    Kind::Tables(VERSION_FILE),
    "A file that holds the version. Naming one replaces those found by themselves.",
)];

const VERSION_FILE: Keys = &[&[
    must(
        "path",
        Kind::Text,
        "Path inside the repository. Files of Cargo, npm, Python, Maven, Gradle, .NET, Helm, Composer, Mix, pub, Ruby, CMake and Meson, and files called VERSION, are known by name; members and lock files follow from them.",
    ),
    key("name", Kind::Text, "What messages call it; without it the directory it stands in: \"backend says v1.2.0\"."),
    key("pattern", Kind::Text, "Regular expression with a group `version`; for files of other names."),
    key("matches", Kind::Count, "How many places the pattern must find; without it, at least one."),
]];

const CHANGELOG: Keys = &[&[
    key("path", Kind::Text, "Path inside the repository."),
    key(
        "fragments",
        Kind::Text,
        "The directory of entries that wait in files of their own (towncrier, changesets, changie); without it the usual ones are looked at.",
    ),
    key(
        "exclude",
        Kind::Texts,
        "Which changes need no entry, one rule each: `paths docs/ *.md` (touches nothing else), `author NAME`, `title WORDS`, `type docs ci`, `trailer Changelog: none`, or `#123`. A star means anything. They are counted and shown, never hidden.",
    ),
]];

const RELEASE_LOG: Keys = &[&[must("path", Kind::Text, "Path inside the repository, or an absolute one.")]];

const NOTES: Keys = &[&[
    key(
        "template",
        Kind::Text,
        "Path inside the repository of a template (Jinja) that replaces the form of the notes. It gets project, version, base, tag, date, and the lists summary, features, improvements, fixes, breaking, known, upgrade.",
    ),
    key(
        "upgrade",
        Kind::Text,
        "Path inside the repository of the upgrade guide; without it UPGRADING.md and its like, where there is one.",
    ),
]];

const ENVIRONMENT: Keys = &[&[
    key("vars", Kind::TextMap, "Variables that its steps and probes get. No secrets: they are part of the plan."),
    key(
        "env_file",
        Kind::Text,
        "A file of NAME=VALUE lines, read whenever a step or probe starts and never part of the plan. Relative to the project; may lie outside of it.",
    ),
    key(
        "danger",
        Kind::Word(&["confirm", "typed"]),
        "What starting a run asks for: one confirmation, or the word VERSION@ENVIRONMENT typed. The last environment is always typed.",
    ),
    key(
        "remove",
        Kind::Flag,
        "Takes this environment out. What the default plan reads there becomes an item for a person.",
    ),
]];

const GATE: Keys = &[&[
    must("id", Kind::Text, "Its stable id: lower case letters, digits, `-`, `_`, `.`."),
    key("title", Kind::Text, "As shown."),
    key("role", Kind::Text, "Whose word it needs."),
    key("check", Kind::Command, "Decides it: exit 0 passed, anything else failed."),
    key("shell", Kind::Flag, "Allows commands of this entry to be one text, given to `sh -c`."),
    key("types", Kind::Words(TYPES), "The release types it applies to; empty or without it, all."),
    key("breaking", Kind::Flag, "Applies only to breaking changes and major versions."),
    key("remove", Kind::Flag, "Takes the default gate of this id out."),
]];

const ITEM: Keys = &[
    ITEM_ID,
    &[
        key("list", Kind::Word(LISTS), "The list it stands in. A new item needs it."),
        key("group", Kind::Word(GROUPS), "The heading in the pre-release list; without it, by role."),
        key(
            "auto",
            Kind::Text,
            "Done by a fact: git, changelog, versions, notes, upgrade, deployed ENVIRONMENT, verified ENVIRONMENT, rehearsed, sheet, sign-off ROLE, trigger ID, release-log.",
        ),
        key("probe", Kind::Text, "Done when this probe answers well."),
        key("notice", Kind::Word(PURPOSES), "Done by telling the stakeholders of this."),
    ],
    ENTRY,
    STEP,
];

const DEPLOY: &[Key] = &[key(
    "step",
    Kind::Tables(DEPLOY_STEP),
    "An entry of the deployment list, in the order written. The id of a default step replaces it; default steps not named here stay as items for a person.",
)];

const DEPLOY_STEP: Keys = &[ITEM_ID, ENTRY, STEP];

const ITEM_ID: &[Key] = &[must("id", Kind::Text, "Its stable id: lower case letters, digits, `-`, `_`, `.`.")];

const ENTRY: &[Key] = &[
    key("title", Kind::Text, "As shown. A new entry needs it."),
    key("role", Kind::Text, "Whose job it is."),
    key("expect", Kind::Text, "The state that a person should observe before calling it done."),
    key(
        "wants",
        Kind::Word(WANTS),
        "What must be on record before a person may call it done: the incident (severity judged, what users felt, since when, until when) or its root cause. Skipping it with a reason stays possible.",
    ),
    key("types", Kind::Words(TYPES), "The release types it applies to; empty or without it, all."),
    key("environments", Kind::Texts, "The environments it applies to; empty or without it, all."),
    key("breaking", Kind::Flag, "Applies only to breaking changes and major versions."),
    key("manual", Kind::Flag, "Done by a person, whatever the default plan does by itself."),
    key("before", Kind::Text, "Places it before the item of this id in the same list."),
    key("after", Kind::Text, "Places it after the item of this id in the same list."),
    key("remove", Kind::Flag, "Takes the default item of this id out."),
];

const STEP: &[Key] = &[
    key("run", Kind::Command, "What runs, in the project directory."),
    key("shell", Kind::Flag, "Allows commands of this entry to be one text, given to `sh -c`."),
    key(
        "class",
        Kind::Word(CLASSES),
        "What it does to the world. Without it: reversible with an `undo`; else irreversible in the deployment and rollback lists, notify in communication and after a rollback, check elsewhere.",
    ),
    key("undo", Kind::Command, "What takes it back; reversible steps need it."),
    key(
        "undo_when",
        Kind::Word(&["started", "done"]),
        "Whether an attempt that merely started is undone (the default), or only one that is done.",
    ),
    key("safe_if", Kind::Command, "Exit 0 says that undoing is safe."),
    key(
        "asks_safe",
        Kind::Flag,
        "A person must say that undoing is safe, unless `safe_if` does. Default for migrations.",
    ),
    key("check", Kind::Command, "Is it already applied? Reads only; exit 0 yes, 1 no, anything else cannot tell."),
    key(
        "cancel",
        Kind::Command,
        "Ends what an attempt left running elsewhere. Run first in a rollback when the step was stopped, lost, or left something running.",
    ),
    key(
        "retries",
        Kind::Count,
        "How often it, or its undo, is run again by itself after it failed. Without it, never.",
    ),
    key(
        "backoff",
        Kind::Duration,
        "The wait before the first of these; each next one is twice as long. Default \"5s\".",
    ),
    key(
        "on_failure",
        Kind::Word(FAILURES),
        "What follows when it failed and is not run again: a person is asked (the default), the run stops, it goes on, or what was started is rolled back.",
    ),
    key(
        "tty",
        Kind::Flag,
        "Gives it a pseudo-terminal: lines can be typed into it from the cockpit and by `relco attempt type`. What is typed is not logged.",
    ),
    key("timeout", Kind::Duration, "Asks after this long: wait, stop it, or roll back."),
    key(
        "on_timeout",
        Kind::Word(&["ask", "stop"]),
        "What happens then: a person is asked (the default), or it is stopped.",
    ),
    key("silence", Kind::Duration, "Asks the same after this long without output."),
    key("rerun", Kind::Word(&["ask", "safe"]), "Whether running it again needs a person's word (the default)."),
    key("fulfils", Kind::Text, "The rollback item that its undo replaces."),
    key("roll_forward", Kind::Text, "What to do where it cannot be undone."),
];

const PROBE: Keys = &[&[
    must("id", Kind::Text, "Its stable id: lower case letters, digits, `-`, `_`, `.`."),
    key(
        "url",
        Kind::Text,
        "Asked by GET; `${NAME}` is filled from the environment's variables. Well is a status of 200 to 399.",
    ),
    key("command", Kind::Command, "Asked instead of an address: exit 0 well, 1 bad, anything else cannot judge."),
    key("shell", Kind::Flag, "Allows the command to be one text, given to `sh -c`."),
    key("interval", Kind::Duration, "Time between two questions. Default \"1s\"."),
    key("timeout", Kind::Duration, "How long one question may take before it counts as failed. Default \"5s\"."),
    key("samples", Kind::Count, "How many questions an item that asks this probe takes. Default 5."),
    key("status", Kind::Statuses, "Statuses that are well; without it 200 to 399."),
    key("body", Kind::Text, "Text that a good answer must hold."),
    key(
        "ca_file",
        Kind::Text,
        "A file of certificates in PEM form that are trusted for https, instead of the public ones. Relative to the project.",
    ),
    key(
        "reuse",
        Kind::Flag,
        "Keeps the connection between two questions; by default each makes its own, as a new visitor does.",
    ),
    key(
        "number",
        Kind::Flag,
        "The command prints a number as its last line with exit 0: that is measured, not the time it took.",
    ),
    key("unit", Kind::Text, "What that number is counted in, as shown."),
]];

const TRIGGER: Keys = &[&[
    must("id", Kind::Text, "Its stable id: lower case letters, digits, `-`, `_`, `.`."),
    key("title", Kind::Text, "As shown."),
    key("probe", Kind::Text, "The probe that measures it; without one it is declared by a person."),
    key(
        "ratio",
        Kind::Number,
        "Slow is above this multiple of the median before the deployment; without it and `above`, only failing counts.",
    ),
    key("above", Kind::Number, "Slow is above this value, whatever was usual."),
    key(
        "control",
        Kind::Text,
        "A probe of something that is not deployed: while it does not answer well either, nothing is judged.",
    ),
    key(
        "after",
        Kind::Text,
        "The deployment step after whose end it is judged; without it the last one that changes something.",
    ),
    key("auto", Kind::Flag, "Rolls back by itself when it fires. By default it pauses the run and asks."),
    key("dry_run", Kind::Flag, "Judges and records what it would have done, and does nothing else."),
    key("rule", Kind::Table(RULE), "The parameters of the judgement; docs/triggers.md says where each comes from."),
    key("remove", Kind::Flag, "Takes the default trigger of this id out."),
]];

const RULE: Keys = &[&[
    key("baseline", Kind::Count, "Good probes before the deployment that make the baseline. Default 300."),
    key("baseline_least", Kind::Count, "With fewer good ones slowness cannot be judged. Default 100."),
    key("skip", Kind::Count, "Probes after the deployment that are passed over: the cold start. Default 30."),
    key("block", Kind::Count, "Probes whose median is judged together. Default 5."),
    key("slow_share", Kind::Number, "Share of slow blocks that means trouble. Default 0.5."),
    key("usual_least", Kind::Number, "Least share of slow blocks that is taken for usual. Default 0.15."),
    key("usual_most", Kind::Number, "A baseline with a larger share is too noisy. Default 0.35."),
    key("false_alarm", Kind::Number, "How often a healthy release may be called slow. Default 0.001."),
    key("miss", Kind::Number, "How often a slow one may be called healthy. Default 0.01."),
    key("down", Kind::Count, "Failed probes in a row that fire at once. Default 5."),
    key("most", Kind::Count, "Probes without a verdict after which it cannot judge. Default 600."),
    key(
        "noise",
        Kind::Number,
        "How near the test may come to firing on the baseline itself, as a share. Default 0.75.",
    ),
    key("waves", Kind::Number, "How much neighbouring blocks of the baseline may be alike. Default 0.4."),
    key("quiet", Kind::Number, "Share of slow blocks up to which waves do no harm. Default 0.05."),
]];

const ARTIFACT: Keys = &[&[
    must("id", Kind::Text, "Its stable id: lower case letters, digits, `-`, `_`, `.`."),
    key("title", Kind::Text, "As shown; without it the id."),
    key(
        "url",
        Kind::Text,
        "Asked by GET; `${NAME}` is filled from RELCO_VERSION, RELCO_TAG and the last environment's variables. There is a status of 200 to 399.",
    ),
    key("command", Kind::Command, "Asked instead of an address: exit 0 there, anything else missing."),
    key("shell", Kind::Flag, "Allows the command to be one text, given to `sh -c`."),
    key("timeout", Kind::Duration, "How long looking may take. Default \"30s\"."),
]];

const STAKEHOLDER: Keys = &[&[
    must("name", Kind::Text, "As shown."),
    key("notify", Kind::Table(NOTIFY), "How; without it a person tells them."),
    key("purposes", Kind::Words(PURPOSES), "About what; empty or without it, everything."),
]];

const NOTIFY: Keys = &[&[
    key("command", Kind::Command, "Gets the text on standard input."),
    key("shell", Kind::Flag, "Allows the command to be one text, given to `sh -c`."),
    key(
        "webhook_env",
        Kind::Text,
        "The variable that holds the address to post to. The address is a secret; only its name stands here.",
    ),
]];

const REHEARSAL: Keys = &[&[key(
    "valid_for",
    Kind::Duration,
    "How long a rehearsal counts as evidence; any change of the plan ends it at once. Default \"30d\".",
)]];

const METRICS: Keys = &[&[
    key("success_above", Kind::Number, "Deployment success rate, above this many per cent. Default 95."),
    key("deploy_below", Kind::Duration, "Time to deploy, below this. Default \"30m\"."),
    key("rollback_below", Kind::Number, "Rollback frequency, below this many per cent. Default 5."),
    key("downtime_below", Kind::Duration, "Downtime per release, below this. Default \"5m\"."),
]];

const INCIDENT: Keys = &[&[
    key("first_update", Kind::Duration, "The first message, this long after it was declared. Default \"5m\"."),
    key("critical_every", Kind::Duration, "Then one every so often, while it is critical. Default \"20m\"."),
    key("high_every", Kind::Duration, "While it is high. Default \"30m\"."),
    key("medium_every", Kind::Duration, "While it is medium. Default \"1h\"."),
]];

const PLAN: Keys = &[&[
    key("defaults", Kind::Flag, "Whether the default plan lies below this file. Default true."),
    key("remove", Kind::Texts, "Ids of default gates, items and triggers that this project does not have."),
]];

#[cfg(test)]
mod example;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::plan::{List, OnFailure, Purpose};
    use crate::domain::release_type::ReleaseType;

    #[test]
    fn the_words_are_those_of_the_domain() {
        assert_eq!(TYPES, ReleaseType::ALL.iter().map(|kind| kind.name()).collect::<Vec<_>>());
        assert_eq!(LISTS, List::ALL.map(List::name));
        assert_eq!(PURPOSES, Purpose::ALL.map(Purpose::name));
        assert_eq!(FAILURES, OnFailure::ALL.map(OnFailure::name));
        assert_eq!(WANTS, crate::domain::plan::Wants::ALL.iter().map(|one| one.name()).collect::<Vec<_>>());
    }

    #[test]
    fn every_key_stands_once_and_is_explained() {
        fn walk(keys: Keys, place: &str) {
            let mut seen = Vec::new();
            for key in all(keys) {
                assert!(!seen.contains(&key.name), "{place}.{} twice", key.name);
                seen.push(key.name);
                assert!(key.doc.ends_with('.'), "{place}.{}: {}", key.name, key.doc);
                if let Kind::Table(keys) | Kind::Tables(keys) | Kind::Named(keys) = key.kind {
                    walk(keys, &format!("{place}.{}", key.name));
                }
            }
        }
        walk(FILE, "");
    }
}
