//! The cockpit's words about an incident: which question follows which, and what the answers ask for.
//!
//! Few keys each, and nothing is required but what makes no sense without. Nothing here judges. Enter at
//! [`Cockpit::incident_act`]; answers come in at [`Cockpit::incident_line`] and [`Cockpit::incident_chosen`].

use jiff::Timestamp;

use crate::action::ActionId as Id;
use crate::domain::command::{Command, ToldImpact};
use crate::domain::followup::FollowUpState;
use crate::domain::incident::{
    Decision, Extent, Incident, IncidentRole, IncidentText, Milestone, Severity, Status, cadence,
};
use crate::domain::occurred::{self, Occurred};
use crate::domain::plan::{Channel, Purpose};
use crate::domain::release::Note;
use crate::domain::situation::Situation;
use crate::domain::time::Precision;
use crate::tui::overlay::choice::Entry;
use crate::tui::worker::{Ask, Page};

use super::Cockpit;
use super::acts::{entries, initials};
use super::decision::decided;
use super::dialogs::{About, Carried};
use super::logs::LogOf;

/// How many of the last notes are offered for a correction.
const NOTES: usize = 9;
/// What stands in a line that asks for a time that was.
const WHEN: &str = "now, -7m, 14:05, yesterday 23:58, or unknown";

/// What a question about an incident is for.
#[derive(Debug, Clone, PartialEq)]
pub enum Asked {
    /// How bad.
    Severity,
    /// Where it stands.
    Status,
    /// Which decision.
    Decision,
    /// Why it was decided, and for how long.
    DecisionReason(Decision),
    /// Who objects to it, and why.
    Objection,
    /// What is looked at when its time is over.
    DecisionNext(Decision, Option<String>, Timestamp),
    /// What about the impact.
    Impact,
    /// When a moment of its clock was.
    ImpactTime(Milestone),
    /// How much.
    ImpactExtent,
    /// Since when it is that much.
    ImpactSince(Extent),
    /// What is affected.
    ImpactAffected,
    /// Root cause or prevention.
    Write,
    /// Which hat.
    Role,
    /// Whose head.
    RolePerson(IncidentRole),
    /// What people are told.
    Update,
    /// Until when a message is put off, and why.
    Snooze,
    /// Which note is corrected.
    Notes(Vec<u64>),
    /// What it says now, and when it happened.
    NoteText(u64),
    /// Why.
    NoteReason(u64, Box<Corrected>),
    /// Which follow-up.
    FollowUps(Vec<String>),
    /// What about it.
    FollowUp(String),
    /// Who does it, and until when.
    FollowUpOwner(String),
    /// Why nobody does it.
    FollowUpDrop(String),
    /// Several lines that were pasted.
    Lines,
}

/// What a note is corrected to.
#[derive(Debug, Clone, PartialEq)]
pub struct Corrected {
    text: Option<String>,
    told: Option<Occurred>,
}

/// What the impact's menu asks for, in its order.
const IMPACT: [(&str, Option<Milestone>); 7] = [
    ("since when", Some(Milestone::Started)),
    ("until when", Some(Milestone::Ended)),
    ("how much", None),
    ("what is affected", None),
    ("when it was noticed", Some(Milestone::Detected)),
    ("when it got better", Some(Milestone::Mitigated)),
    ("when it was declared", Some(Milestone::Declared)),
];

impl Cockpit {
    /// Asks what an action about an incident needs to know.
    pub(super) fn incident_act(&mut self, id: Id) {
        let ask = |asked| About::Incident(asked);
        match id {
            Id::IncidentOpen => self.open_incident(),
            Id::IncidentNote => self.ask_line(
                About::Note,
                "Note",
                "what happened; -7m, 14:05 or yesterday 23:58 in front says when; TODO @who makes a follow-up",
                "write",
                Some("write what happened"),
            ),
            Id::IncidentCorrect | Id::IncidentRemove => self.ask_note(),
            Id::IncidentPin => self.pin_line(),
            Id::IncidentSeverity => {
                // What nobody judged is no word that would have to be confirmed.
                let said = self.incident().filter(|one| one.judged).map(|one| one.severity);
                self.ask_one_of(
                    Asked::Severity,
                    "Severity",
                    Severity::ALL.iter().map(|one| (one.name(), said == Some(*one))),
                );
            }
            Id::IncidentStatus => {
                let said = self.incident().map(|one| one.status);
                self.ask_one_of(
                    Asked::Status,
                    "Status",
                    Status::ALL.iter().map(|one| (one.name(), said == Some(*one))),
                );
            }
            Id::IncidentImpact => self.ask_impact(),
            Id::IncidentDecide => self.ask_decision(),
            Id::IncidentRole | Id::IncidentAccept => self.ask_role(),
            Id::IncidentBrief => self.show(Page::Brief),
            Id::IncidentUpdate => self.ask_update(),
            Id::IncidentSnooze => self.ask_line(
                ask(Asked::Snooze),
                "Put the next message off",
                "until when, and why: 15m nothing new yet, or 14:30",
                "put off",
                Some("until when"),
            ),
            Id::IncidentWrite => {
                let list = initials(IncidentText::ALL.iter().map(|one| (one.name(), "")));
                self.ask_choice(ask(Asked::Write), "Write", list);
            }
            Id::IncidentClose => self.act(Command::CloseIncident { incident: None }),
            Id::FollowUpList | Id::FollowUpAssign | Id::FollowUpDone | Id::FollowUpDrop => self.ask_followups(),
            _ => self.show(Page::Incident),
        }
    }

    /// The incident that is meant: the open one, else the last.
    pub(super) fn incident(&self) -> Option<&Incident> {
        let snapshot = self.snapshot()?;
        let of_release = snapshot.release.as_ref().map(|release| release.incidents.as_slice()).unwrap_or_default();
        let all = || of_release.iter().chain(&snapshot.project.incidents);
        all()
            .rev()
            .find(|one| one.is_open())
            .or_else(|| of_release.last())
            .or_else(|| snapshot.project.incidents.last())
    }

    /// Asks for one of relco's own words: each by its letter, the one that holds marked and selected.
    fn ask_one_of(&mut self, asked: Asked, title: &str, words: impl Iterator<Item = (&'static str, bool)>) {
        let words: Vec<(&str, bool)> = words.collect();
        let now = words.iter().position(|(_, holds)| *holds);
        let list = initials(words.iter().map(|(name, holds)| (*name, if *holds { "as it stands" } else { "" })));
        self.ask_choice_at(About::Incident(asked), title, list, now.unwrap_or(0));
    }

    /// What an incident needs next on its way to its end: its status, then its paperwork.
    pub(super) fn ask_incident_on(&mut self) {
        let resolved = self.incident().is_none_or(|one| one.status == Status::Resolved);
        self.incident_act(if resolved { Id::IncidentClose } else { Id::IncidentStatus });
    }

    fn open_incident(&mut self) {
        if self.incident().is_some_and(Incident::is_open) {
            return self.show(Page::Incident);
        }
        let log_tail = self.log_tail();
        self.act(Command::OpenIncident { what: None, severity: None, log_tail });
    }

    fn ask_impact(&mut self) {
        let zone = self.zone();
        let said = |milestone: Option<Milestone>| {
            let at = milestone.and_then(|milestone| self.incident()?.moment(milestone));
            at.map(|at| crate::domain::time::date_and_time(at, &zone)).unwrap_or_default()
        };
        let notes: Vec<String> = IMPACT.iter().map(|(_, milestone)| said(*milestone)).collect();
        let list = initials(IMPACT.iter().zip(&notes).map(|((title, _), note)| (*title, note.as_str())));
        self.ask_choice(About::Incident(Asked::Impact), "Impact", list);
    }

    fn ask_role(&mut self) {
        let Some(incident) = self.incident() else { return self.say("there is no incident: Ctrl-X i opens one") };
        let notes: Vec<String> = IncidentRole::ALL
            .iter()
            .map(|role| {
                let offered = incident.offered(*role).map(|who| format!(", offered to {who}")).unwrap_or_default();
                format!("{}{offered}", incident.holder(*role).unwrap_or("nobody"))
            })
            .collect();
        let list = initials(IncidentRole::ALL.iter().zip(&notes).map(|(role, note)| (role.name(), note.as_str())));
        self.ask_choice(About::Incident(Asked::Role), "Who", list);
    }

    /// What people are told, begun with what is known.
    fn ask_update(&mut self) {
        let text = self.snapshot().zip(self.incident()).map(|(snapshot, incident)| {
            let sit = snapshot.situation(self.now.wall);
            let next = cadence::next(incident, &sit.plan.cadence, sit.now);
            cadence::prefilled_update(&sit, incident, next)
        });
        let Some(text) = text else { return self.say("there is no incident: Ctrl-X i opens one") };
        let words = "what people are told; it is sent after one more question";
        let about = About::Incident(Asked::Update);
        self.ask_line_with(about, "Tell how it stands", words, "go on", Some("say how it stands"), &text);
    }

    fn ask_note(&mut self) {
        let zone = self.zone();
        let notes: Vec<(u64, String)> = (self.notes().into_iter().rev())
            .filter_map(|note| {
                let at = crate::domain::time::clock(note.occurred, &zone);
                Some((note.seq, format!("{at}  {}", crate::domain::text::fit(note.text.as_ref()?, 80))))
            })
            .take(NOTES)
            .collect();
        if notes.is_empty() {
            return self.say("there is no note: n writes one");
        }
        let list = entries(notes.iter().map(|(_, text)| (text.as_str(), "")));
        let about = About::Incident(Asked::Notes(notes.iter().map(|(seq, _)| *seq).collect()));
        self.ask_choice(about, "Correct which note", list);
    }

    fn notes(&self) -> Vec<Note> {
        let Some(snapshot) = self.snapshot() else { return Vec::new() };
        let of = snapshot.release.as_ref().map_or(&snapshot.project.notes_taken, |release| &release.notes_taken);
        of.values().cloned().collect()
    }

    fn ask_followups(&mut self) {
        let open: Vec<(String, String)> = self
            .snapshot()
            .map(|one| {
                one.project.followups.iter().filter(|one| one.is_open()).map(|one| (one.id.clone(), one.words()))
            })
            .map(Iterator::collect)
            .unwrap_or_default();
        if open.is_empty() {
            return self.say("nothing is left to be done: TODO in a note makes a follow-up");
        }
        let list = entries(open.iter().map(|(_, words)| (words.as_str(), "")));
        let about = About::Incident(Asked::FollowUps(open.into_iter().map(|(id, _)| id).collect()));
        self.ask_choice(about, "Left to be done", list);
    }

    /// Takes a line that was asked for.
    pub(super) fn incident_line(&mut self, asked: Asked, text: &str) {
        match self.answer(asked, text.trim()) {
            Ok(Some(command)) => {
                let then_roll_back = matches!(&command, Command::Decide { decision: Decision::RollBack, .. });
                self.dialog = None;
                self.act(command);
                if then_roll_back {
                    // The word is typed there, as always.
                    self.ask_rollback();
                }
            }
            Ok(None) => {}
            Err(why) => self.refuse_line(&why),
        }
    }

    /// What an answer asks for; nothing where another question follows.
    fn answer(&mut self, asked: Asked, text: &str) -> Result<Option<Command>, String> {
        let said = Some(text.to_owned()).filter(|text| !text.is_empty());
        Ok(Some(match asked {
            Asked::DecisionReason(decision) => match self.in_front(text) {
                Some((until, why)) => {
                    let why = Some(why.to_owned()).filter(|why| !why.is_empty());
                    let about = About::Incident(Asked::DecisionNext(decision, why, until));
                    self.ask_line(about, "Look again", "what is looked at then (may be empty)", "decide", None);
                    return Ok(None);
                }
                None => decided(decision, said, None, None),
            },
            Asked::Objection => self.objection(text),
            Asked::DecisionNext(decision, reason, until) => decided(decision, reason, Some(until), said),
            Asked::ImpactTime(milestone) if text.eq_ignore_ascii_case("unknown") => {
                impact(ToldImpact { unknown: vec![milestone], ..ToldImpact::default() })
            }
            Asked::ImpactTime(milestone) => {
                let told = self.told(text)?;
                let precision = (told.precision == Precision::About).then_some(Precision::About);
                let mut said = ToldImpact { precision, ..ToldImpact::default() };
                *said.time(milestone) = Some(told.at);
                impact(said)
            }
            Asked::ImpactSince(extent) => {
                let since = if text.is_empty() { None } else { Some(self.told(text)?.at) };
                impact(ToldImpact { extent: Some(extent), since, ..ToldImpact::default() })
            }
            Asked::ImpactAffected => impact(ToldImpact { affected: said, ..ToldImpact::default() }),
            Asked::RolePerson(role) => {
                let offered = self.incident().and_then(|incident| incident.offered(role)) == Some(text);
                match offered {
                    true => Command::AcceptRole { role },
                    false => Command::SetIncidentRole { role, person: said },
                }
            }
            Asked::Update => {
                self.confirm_update(text);
                return Ok(None);
            }
            Asked::Snooze => {
                let (until, reason) = self.in_front(text).ok_or("say until when: 15m, or 14:30")?;
                Command::SnoozeUpdate { until, reason: Some(reason.to_owned()).filter(|one| !one.is_empty()) }
            }
            Asked::NoteText(seq) => {
                self.correct(seq, text)?;
                return Ok(None);
            }
            Asked::NoteReason(note, corrected) => Command::CorrectNote {
                note,
                remove: corrected.text.is_none(),
                text: corrected.text,
                occurred: corrected.told.map(|told| told.at),
                precision: corrected.told.map(|told| told.precision),
                reason: text.to_owned(),
            },
            Asked::FollowUpOwner(id) => {
                let asked = crate::domain::followup::todos(&format!("TODO @{} x", text.trim_start_matches('@')));
                let todo = asked.into_iter().next();
                let (owner, due) = todo.map(|todo| (todo.owner, todo.due)).unwrap_or_default();
                Command::SetFollowUp { followup: id, owner, due, state: None, reason: None }
            }
            Asked::FollowUpDrop(followup) => {
                let state = Some(FollowUpState::WontDo);
                Command::SetFollowUp { followup, owner: None, due: None, state, reason: said }
            }
            _ => return Ok(None),
        }))
    }

    /// A time to come in front of a text, and the rest.
    fn in_front<'t>(&self, text: &'t str) -> Option<(Timestamp, &'t str)> {
        let (first, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        let timed = first.starts_with(|c: char| c.is_ascii_digit());
        let at = timed.then(|| occurred::coming(first, self.now.wall, &self.zone()).ok()).flatten()?;
        Some((at, rest.trim()))
    }

    /// Asks why a note is corrected; an empty one is removed.
    fn correct(&mut self, seq: u64, text: &str) -> Result<(), String> {
        let note = self.notes().into_iter().find(|note| note.seq == seq).ok_or("the note is gone")?;
        let zone = self.zone();
        let (told, rest) = occurred::leading(text, self.now.wall, &zone).map_err(|error| error.to_string())?;
        // What stands there already is no correction.
        let moved = told.filter(|told| told.at.as_second() != note.occurred.as_second());
        let rest = rest.trim().to_owned();
        let removed = rest.is_empty();
        if !removed && moved.is_none() && Some(&rest) == note.text.as_ref() {
            return Err("nothing is changed: Esc goes back".to_owned());
        }
        let corrected = Box::new(Corrected { text: (!removed).then_some(rest), told: moved });
        let title = if removed { "Remove the note" } else { "Correct the note" };
        let about = About::Incident(Asked::NoteReason(seq, corrected));
        self.ask_line(about, title, "why; what it said stays in the record", "record", Some("say why"));
        Ok(())
    }

    fn confirm_update(&mut self, text: &str) {
        let who: Vec<String> = self
            .snapshot()
            .map(|one| {
                let told = one.plan.stakeholders.iter();
                let told = told.filter(|one| one.purposes.is_empty() || one.purposes.contains(&Purpose::Incident));
                told.map(|one| match &one.channel {
                    Channel::Command(command) => format!("{}: {}", one.name, command.words()),
                    Channel::Webhook { variable } => format!("{}: webhook of {variable}", one.name),
                    Channel::ByHand => format!("{}: by hand", one.name),
                })
                .collect()
            })
            .unwrap_or_default();
        let command = Command::TellUpdate { text: Some(text.to_owned()), next: None, send: true };
        let words = vec![text.to_owned()];
        self.ask_confirm(Carried::Act(command), "Tell how it stands", "tell them", words, who);
    }

    /// Takes what was chosen from a few.
    pub(super) fn incident_chosen(&mut self, asked: Asked, at: usize) {
        let ask = |asked| About::Incident(asked);
        match asked {
            Asked::Severity => {
                if let Some(severity) = Severity::ALL.get(at) {
                    self.act(Command::SetSeverity { incident: None, severity: *severity });
                }
            }
            Asked::Status => {
                if let Some(status) = Status::ALL.get(at) {
                    self.act(Command::SetStatus { incident: None, status: *status, note: None });
                }
            }
            Asked::Decision => self.decision_chosen(at),
            Asked::Impact => match IMPACT.get(at) {
                Some((title, Some(milestone))) => {
                    let title = match milestone {
                        Milestone::Started => "Users feel it since",
                        Milestone::Ended => "Users felt it until",
                        _ => title,
                    };
                    self.ask_line(ask(Asked::ImpactTime(*milestone)), title, WHEN, "record", None);
                }
                Some(("how much", _)) => {
                    let list = vec![
                        Entry::new('f', "full", "it does not work"),
                        Entry::new('d', "degraded", "it works badly, or for some"),
                    ];
                    self.ask_choice(ask(Asked::ImpactExtent), "How much of the service", list);
                }
                _ => {
                    let words = "in a few words";
                    self.ask_line(ask(Asked::ImpactAffected), "What is affected", words, "record", Some("say what"));
                }
            },
            Asked::ImpactExtent => {
                let Some(extent) = Extent::ALL.get(at) else { return };
                let before = self.incident().and_then(|incident| incident.impact.present_extent());
                // It may have changed, or have been said wrongly: only a second word needs its time.
                if before.is_none_or(|before| before == *extent) {
                    return self.act(impact(ToldImpact { extent: Some(*extent), ..ToldImpact::default() }));
                }
                let words = "since when; empty is all along";
                self.ask_line(ask(Asked::ImpactSince(*extent)), extent.name(), words, "record", None);
            }
            Asked::Write => {
                if let Some(field) = IncidentText::ALL.get(at) {
                    self.ask_incident_text(*field);
                }
            }
            Asked::Role => {
                if let Some(role) = IncidentRole::ALL.get(at) {
                    let offered = self.incident().and_then(|incident| incident.offered(*role)).map(str::to_owned);
                    let me = self.snapshot().map(|one| one.by.clone());
                    let words = "who; empty puts it down; who was offered accepts with Enter";
                    let text = offered.or(me).unwrap_or_default();
                    self.ask_line_with(ask(Asked::RolePerson(*role)), role.name(), words, "record", None, &text);
                }
            }
            Asked::Notes(seqs) => {
                let note = seqs.get(at).and_then(|seq| self.notes().into_iter().find(|note| note.seq == *seq));
                let Some(note) = note else { return };
                let text = format!("{} {}", self.written(note.occurred), note.text.unwrap_or_default());
                let words = "what happened, with its time; empty removes the note";
                self.ask_line_with(ask(Asked::NoteText(note.seq)), "Correct the note", words, "go on", None, &text);
            }
            Asked::FollowUps(ids) => {
                if let Some(id) = ids.get(at) {
                    let list = vec![
                        Entry::new('d', "done", ""),
                        Entry::new('a', "assign", "who, and until when"),
                        Entry::new('w', "won't do", "with a reason"),
                    ];
                    self.ask_choice(ask(Asked::FollowUp(id.clone())), id, list);
                }
            }
            Asked::FollowUp(id) => match at {
                0 => {
                    let state = Some(FollowUpState::Done);
                    self.act(Command::SetFollowUp { followup: id, owner: None, due: None, state, reason: None });
                }
                1 => {
                    let words = "who, and until when: li by 2026-12-01";
                    let about = ask(Asked::FollowUpOwner(id));
                    self.ask_line(about, "Who does it", words, "record", Some("say who"));
                }
                _ => {
                    let about = ask(Asked::FollowUpDrop(id));
                    self.ask_line(about, "Nobody will do it", "why", "record", Some("say why"));
                }
            },
            _ => {}
        }
    }

    /// A moment as the beginning of a note has it.
    fn written(&self, at: Timestamp) -> String {
        let zone = self.zone();
        let today = self.now.wall.to_zoned(zone.clone()).date();
        let then = at.to_zoned(zone);
        let form = if then.date() == today { "%H:%M:%S" } else { "%Y-%m-%d %H:%M:%S" };
        then.strftime(form).to_string()
    }

    fn told(&self, text: &str) -> Result<Occurred, String> {
        if text.is_empty() || text.eq_ignore_ascii_case("now") {
            return Ok(Occurred { at: self.now.wall, precision: Precision::Exact });
        }
        match occurred::leading(text, self.now.wall, &self.zone()) {
            Ok((Some(told), "")) => Ok(told),
            Ok(_) => Err(format!("say when: {WHEN}")),
            Err(error) => Err(error.to_string()),
        }
    }

    fn ask_incident_text(&mut self, field: IncidentText) {
        let (draft, written) = match field {
            IncidentText::RootCause => ("root-cause", self.incident().and_then(|one| one.root_cause.clone())),
            IncidentText::Prevention => ("prevention", self.incident().and_then(|one| one.prevention.clone())),
        };
        let text = self.drafts.get(draft).cloned().or(written).unwrap_or_default();
        self.ask_text(About::WriteText(field), field.name(), "write", &text);
    }

    /// Several lines that were pasted into a note: each with a time in front becomes an entry.
    pub(super) fn ask_lines(&mut self, text: &str) {
        self.ask_text(
            About::Incident(Asked::Lines),
            "Notes: a time in front of a line begins an entry",
            "write them",
            text,
        );
    }

    /// Takes the lines; a time that cannot be meant is said, with its line, and nothing is written.
    pub(super) fn lines_given(&mut self, text: &str) {
        match occurred::lines(text, self.now.wall, &self.zone()) {
            Ok(notes) if notes.is_empty() => self.refuse_line("write what happened"),
            Ok(notes) => {
                self.dialog = None;
                self.act(Command::NoteLines { notes });
                self.keep_draft("note", String::new());
            }
            Err((line, error)) => self.refuse_line(&format!("line {line}: {error}")),
        }
    }

    /// Writes the log line under the cursor on the timeline, as evidence.
    pub(super) fn pin_line(&mut self) {
        let line = self.log.current_line().map(|line| line.number);
        match (self.log_of.clone(), line) {
            (Some(LogOf::Attempt(attempt)), Some(line)) => self.carry(Ask::Pin(attempt, line)),
            (Some(LogOf::Check { .. }), _) => self.say("what a check said is kept until it runs again: write a note"),
            _ => self.say("no line to pin: 3 goes to the log"),
        }
    }

    /// What an incident wants of somebody now: a message that is due, a decision whose time is over.
    pub(super) fn incident_calls(&self) -> Option<String> {
        let snapshot = self.snapshot()?;
        let incident = self.incident().filter(|one| one.is_live())?;
        let sit: Situation<'_> = snapshot.situation(self.now.wall);
        if incident.overdue_decision(sit.now).is_some() {
            return Some(format!("{}: look at the decision again", incident.id));
        }
        let due = cadence::due(incident, &sit.plan.cadence)?;
        (due <= sit.now).then(|| format!("{}: people want to hear how it stands, Ctrl-X u", incident.id))
    }
}

fn impact(said: ToldImpact) -> Command {
    Command::SetImpact { incident: None, said: Box::new(said) }
}
