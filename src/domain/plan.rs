//! The plan: what a release requires, as data.
//!
//! A plan is built from the embedded defaults and the project's file, and frozen with its hash at the candidate.
//! Nothing here reads a file or knows how a plan is written down; `config` builds it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

mod step;

use super::id::{EnvName, GateId, ItemId, ProbeId, Role, TriggerId};
use super::incident::cadence::Cadence;
use super::ledger::Exclusion;
use super::named::named;
use super::release_type::ReleaseType;
use super::trigger::rule::{Rule, Threshold};

pub use step::{BACKOFF, EffectClass, OnFailure, Step, UndoWhen};

/// How long a rehearsal counts, unless the plan says otherwise: what was tried a month ago is hearsay.
pub const REHEARSAL_VALID: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// Everything that a release of this project requires.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// The project's name, as shown.
    pub project: String,
    /// How a version becomes a tag: `v{version}`.
    pub tag: String,
    /// Who holds which role. A person may hold several.
    pub people: BTreeMap<Role, Vec<String>>,
    /// Where the version is written.
    pub version_files: Vec<VersionFile>,
    /// The changelog's path inside the repository, if there is one.
    pub changelog: Option<String>,
    /// The directory of entries that wait in files of their own; none looks for a usual one.
    pub fragments: Option<String>,
    /// Which changes need no entry.
    pub exclusions: Vec<Exclusion>,
    /// The file that `release complete` appends one line to, if configured. Inside the repository or absolute.
    pub release_log: Option<String>,
    /// The template of the release notes; none is the default form.
    pub notes_template: Option<String>,
    /// The upgrade guide; none is looked for by its usual names.
    pub upgrade_guide: Option<String>,
    /// Where runs go, in the order in which a release passes through them; the last is production.
    pub environments: Vec<Environment>,
    /// The gates, in order.
    pub gates: Vec<Gate>,
    /// The items of all lists, in order within each list.
    pub items: Vec<Item>,
    /// Measured signals.
    pub probes: Vec<Probe>,
    /// What proposes rollback.
    pub triggers: Vec<Trigger>,
    /// Who must be told.
    pub stakeholders: Vec<Stakeholder>,
    /// How long a rehearsal of the rollback is taken for evidence.
    pub rehearsal_valid: Duration,
    /// What must be there before a release is complete.
    pub artifacts: Vec<Artifact>,
    /// The metrics' targets.
    pub targets: Targets,
    /// How often people hear about an incident.
    pub cadence: Cadence,
}

/// A place where the version is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionFile {
    /// What a mismatch calls it: `backend`.
    pub name: String,
    /// Path inside the repository.
    pub path: String,
    /// A pattern with a group `version`; `None` for a kind that is known by its name.
    pub pattern: Option<String>,
    /// How many places the pattern must find; without it, at least one.
    pub matches: Option<u32>,
}

/// An environment: where a run goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Its name.
    pub name: EnvName,
    /// How much a person must do before anything there changes.
    pub danger: Danger,
    /// Variables that its steps get.
    pub vars: BTreeMap<String, String>,
    /// A file of `NAME=VALUE` lines, read when a step or probe starts and never part of the plan.
    /// Relative to the project; may lie outside of it.
    pub env_file: Option<String>,
}

/// What an environment asks before a run starts in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Danger {
    /// One confirmation.
    Confirm,
    /// The word `VERSION@ENV`, typed.
    Typed,
}

/// A condition that must hold before production.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// Its id.
    pub id: GateId,
    /// As shown: `Gate 8: QA`.
    pub title: String,
    /// Whose word it needs.
    pub role: Role,
    /// A command that decides it: exit 0 passed, else failed.
    pub check: Option<CommandSpec>,
    /// Where it applies.
    pub when: When,
}

/// The lists of a release, in the order in which they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// What must hold before production may start; once per release.
    PreRelease,
    /// What comes before the first step; per run.
    PreDeployment,
    /// The steps of the deployment itself; per run.
    Deployment,
    /// What proves that the new version works; per run.
    Verification,
    /// Who is told afterwards; per run.
    Communication,
    /// What a rollback does beside undoing steps; per rollback run.
    Rollback,
    /// What follows a rollback; per rollback run.
    PostRollback,
}

impl List {
    /// Every list, in order.
    pub const ALL: [List; 7] = [
        List::PreRelease,
        List::PreDeployment,
        List::Deployment,
        List::Verification,
        List::Communication,
        List::Rollback,
        List::PostRollback,
    ];

    /// The list's name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            List::PreRelease => "pre-release",
            List::PreDeployment => "pre-deployment",
            List::Deployment => "deployment",
            List::Verification => "verification",
            List::Communication => "communication",
            List::Rollback => "rollback",
            List::PostRollback => "post-rollback",
        }
    }

    /// The list's title.
    pub fn title(self) -> &'static str {
        match self {
            List::PreRelease => "Pre-Release Checklist",
            List::PreDeployment => "Pre-Deployment",
            List::Deployment => "Deployment Steps",
            List::Verification => "Post-Deployment Verification",
            List::Communication => "Communication",
            List::Rollback => "Rollback Steps",
            List::PostRollback => "Post-Rollback",
        }
    }

    /// The list of that name.
    pub fn from_name(name: &str) -> Option<List> {
        List::ALL.into_iter().find(|list| list.name() == name)
    }
}

/// An entry of a list. One model serves all lists.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Stable id, unique in the plan.
    pub id: ItemId,
    /// The list it stands in.
    pub list: List,
    /// The heading under which the pre-release checklist shows it: `DevOps Tasks`. Empty elsewhere.
    pub group: String,
    /// As shown.
    pub title: String,
    /// Whose job it is.
    pub role: Role,
    /// How it gets done.
    pub kind: ItemKind,
    /// Where it applies.
    pub when: When,
    /// The state that a person should observe, when one is declared.
    pub expect: Option<String>,
    /// What must be written before a person may call it done.
    pub wants: Option<Wants>,
}

named! {
    /// What must stand in the record before an item is done.
    Wants {
        /// The incident: how bad, what users felt, since when and until when.
        Incident = "incident",
        /// Why it happened.
        RootCause = "root cause",
    }
}

/// How an item gets done.
#[derive(Debug, Clone, PartialEq)]
pub enum ItemKind {
    /// By a person, recorded.
    Manual,
    /// By a fact that relco reads or has recorded; never ticked by hand, only waived.
    Automatic(Check),
    /// By running a command: a step.
    Command(Box<Step>),
    /// By asking a probe a few times: done when it answers well.
    Probe(ProbeId),
    /// By telling the stakeholders.
    Notice(Purpose),
}

/// What an automatic item looks at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Check {
    /// Candidate set, tracked files clean.
    Git,
    /// Every merged pull request stands in the version's section.
    Changelog,
    /// All configured places hold the version.
    Versions,
    /// Release notes written and no placeholder left.
    Notes,
    /// Breaking changes have their upgrade section, and the notes lead to it.
    Upgrade,
    /// An environment's run of the candidate succeeded up to its last step.
    Deployed(EnvName),
    /// An environment's verification of the candidate is done.
    Verified(EnvName),
    /// A rollback of this plan was rehearsed.
    Rehearsed,
    /// The alignment sheet is agreed by both roles.
    Sheet,
    /// A role has signed off.
    SignOff(Role),
    /// A measured trigger does not fire.
    Trigger(TriggerId),
    /// The release log has this release's line; done by completing.
    ReleaseLog,
}

/// A command of the project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandSpec {
    /// Program and arguments; with `shell` one text for `sh -c`.
    pub argv: Vec<String>,
    /// Whether `argv` is one text for the shell.
    pub shell: bool,
}

impl CommandSpec {
    /// What is executed: the arguments themselves, or `sh -c TEXT`.
    pub fn exec_argv(&self) -> Vec<String> {
        if self.shell { vec!["sh".to_owned(), "-c".to_owned(), self.argv.join(" ")] } else { self.argv.clone() }
    }

    /// The command as a person would type it: words quoted for a POSIX shell where they need it.
    pub fn words(&self) -> String {
        if self.shell {
            return self.argv.join(" ");
        }
        let quoted: Vec<String> = self.argv.iter().map(|word| quote_word(word)).collect();
        quoted.join(" ")
    }
}

/// Quotes one word for a POSIX shell, only where that is needed.
pub fn quote_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// Where an item or a gate applies. Empty lists mean everywhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct When {
    /// Release types.
    pub types: Vec<ReleaseType>,
    /// Environments; only asked for items that live per run.
    pub environments: Vec<EnvName>,
    /// Only when the range holds a breaking change, or the version is a major one.
    pub breaking: bool,
}

impl When {
    /// Why it does not apply to this release, or `None` when it does.
    pub fn excludes(&self, kind: ReleaseType, breaking: bool, env: Option<&EnvName>) -> Option<String> {
        if !self.types.is_empty() && !self.types.contains(&kind) {
            let types: Vec<&str> = self.types.iter().map(|kind| kind.name()).collect();
            return Some(format!("{kind}: only for {}", types.join(", ")));
        }
        if self.breaking && !breaking && kind != ReleaseType::Major {
            return Some(format!("{kind}: no breaking change"));
        }
        match env {
            Some(env) if !self.environments.is_empty() && !self.environments.contains(env) => {
                let names: Vec<&str> = self.environments.iter().map(EnvName::as_str).collect();
                Some(format!("{env}: only in {}", names.join(", ")))
            }
            _ => None,
        }
    }
}

/// A measured signal.
#[derive(Debug, Clone, PartialEq)]
pub struct Probe {
    /// Its id.
    pub id: ProbeId,
    /// What is asked.
    pub source: ProbeSource,
    /// Time between two questions.
    pub interval: Duration,
    /// How long one question may take before it counts as failed.
    pub timeout: Duration,
    /// How many questions an item that asks it takes.
    pub samples: usize,
    /// Statuses that are well; empty for 200 to 399.
    pub status: Vec<u16>,
    /// Text that a good answer must hold.
    pub body: Option<String>,
    /// Certificates that are trusted for https, as a path relative to the project; the public ones without it.
    pub ca_file: Option<String>,
    /// Keeps the connection between two questions.
    pub reuse: bool,
    /// A command's last line is the number that is measured, instead of the time it took.
    pub number: bool,
    /// What that number is counted in.
    pub unit: Option<String>,
}

/// Something that a release must bring into the world: a package, an image, an address that answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// As shown.
    pub title: String,
    /// How it is looked for; its id is the artifact's.
    pub probe: Probe,
}

/// What a probe asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeSource {
    /// A GET; `${NAME}` is filled from the environment's variables. Well is a status of 200 to 399.
    Http(String),
    /// A command: exit 0 well, 1 bad, else cannot judge.
    Command(CommandSpec),
}

/// A condition that proposes rollback.
#[derive(Debug, Clone, PartialEq)]
pub struct Trigger {
    /// Its id.
    pub id: TriggerId,
    /// As shown.
    pub title: String,
    /// The probe that measures it; `None` is declared by a person only.
    pub probe: Option<ProbeId>,
    /// A probe of something that is not deployed: while it does not answer well either, nothing is judged.
    pub control: Option<ProbeId>,
    /// The deployment step after whose end it is judged; `None` for the last one that changes something.
    pub after: Option<ItemId>,
    /// Rolls back by itself when it fires.
    pub auto: bool,
    /// Judges and records, and never proposes.
    pub dry_run: bool,
    /// How it judges.
    pub rule: Rule,
}

impl Trigger {
    /// One that judges as the defaults say.
    pub fn new(id: impl Into<TriggerId>, title: impl Into<String>, probe: Option<ProbeId>) -> Self {
        Self {
            id: id.into(),
            title: title.into(),
            probe,
            control: None,
            after: None,
            auto: false,
            dry_run: false,
            rule: Rule::default(),
        }
    }

    /// The multiple of what was usual above which it is slow, where it judges by one.
    pub fn ratio(&self) -> Option<f64> {
        match self.rule.threshold {
            Threshold::Ratio(ratio) => Some(ratio),
            Threshold::Above(_) | Threshold::Failing => None,
        }
    }
}

/// What a notice is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// The deployment window.
    Window,
    /// The deployment is complete.
    Completion,
    /// It was rolled back.
    Rollback,
    /// An incident: opened, changed, resolved.
    Incident,
}

impl Purpose {
    /// Every purpose.
    pub const ALL: [Purpose; 4] = [Purpose::Window, Purpose::Completion, Purpose::Rollback, Purpose::Incident];

    /// The purpose's name in configuration and machine output.
    pub fn name(self) -> &'static str {
        match self {
            Purpose::Window => "window",
            Purpose::Completion => "completion",
            Purpose::Rollback => "rollback",
            Purpose::Incident => "incident",
        }
    }

    /// The purpose of that name.
    pub fn from_name(name: &str) -> Option<Purpose> {
        Purpose::ALL.into_iter().find(|purpose| purpose.name() == name)
    }
}

/// Somebody who must be told.
#[derive(Debug, Clone, PartialEq)]
pub struct Stakeholder {
    /// As shown.
    pub name: String,
    /// How.
    pub channel: Channel,
    /// About what; empty means everything.
    pub purposes: Vec<Purpose>,
}

/// How a stakeholder is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Channel {
    /// A command that gets the text on standard input.
    Command(CommandSpec),
    /// A POST to the address in this environment variable. The address is a secret.
    Webhook {
        /// The variable's name.
        variable: String,
    },
    /// By a person.
    ByHand,
}

/// What the metrics are held against. Rates in per cent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Targets {
    /// Deployment success rate, above this many per cent.
    pub success_above: f64,
    /// Time to deploy, below this.
    pub deploy_below: Duration,
    /// Rollback frequency, below this many per cent.
    pub rollback_below: f64,
    /// Downtime per release, below this.
    pub downtime_below: Duration,
}

impl Default for Targets {
    /// The usual targets.
    fn default() -> Self {
        Self {
            success_above: 95.0,
            deploy_below: Duration::from_secs(30 * 60),
            rollback_below: 5.0,
            downtime_below: Duration::from_secs(5 * 60),
        }
    }
}

impl Plan {
    /// The items of one list, in order.
    pub fn list(&self, list: List) -> impl Iterator<Item = &Item> {
        self.items.iter().filter(move |item| item.list == list)
    }

    /// The item of that id.
    pub fn item(&self, id: &ItemId) -> Option<&Item> {
        self.items.iter().find(|item| item.id == *id)
    }

    /// The gate of that id.
    pub fn gate(&self, id: &GateId) -> Option<&Gate> {
        self.gates.iter().find(|gate| gate.id == *id)
    }

    /// The environment of that name.
    pub fn environment(&self, name: &EnvName) -> Option<&Environment> {
        self.environments.iter().find(|env| env.name == *name)
    }

    /// The last environment: what users meet.
    pub fn production(&self) -> Option<&Environment> {
        self.environments.last()
    }

    /// Whether this environment is the one that users meet.
    pub fn is_production(&self, name: &EnvName) -> bool {
        self.production().is_some_and(|env| env.name == *name)
    }

    /// The trigger of that id.
    pub fn trigger(&self, id: &TriggerId) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.id == *id)
    }

    /// The probe of that id.
    pub fn probe(&self, id: &ProbeId) -> Option<&Probe> {
        self.probes.iter().find(|probe| probe.id == *id)
    }

    /// The tag of a version: the pattern with the version put in.
    pub fn tag_of(&self, version: &semver::Version) -> String {
        self.tag.replace("{version}", &version.to_string())
    }

    /// Every role that has people or something to do.
    pub fn roles(&self) -> BTreeSet<Role> {
        let of_gates = self.gates.iter().map(|gate| &gate.role);
        let signs = |item: &'_ Item| match &item.kind {
            ItemKind::Automatic(Check::SignOff(role)) => Some(role.clone()),
            _ => None,
        };
        let mut roles: BTreeSet<Role> = self.items.iter().filter_map(signs).collect();
        roles.extend(self.people.keys().chain(of_gates).chain(self.items.iter().map(|item| &item.role)).cloned());
        roles
    }

    /// Whether this person stands in the role's list. `true` when the role has no list.
    pub fn holds_role(&self, role: &Role, person: &str) -> bool {
        self.people.get(role).is_none_or(|people| people.iter().any(|one| one == person))
    }
}
