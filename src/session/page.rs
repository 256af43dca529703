//! Pages: what the cockpit's further views show, as Markdown. The command line prints the same facts in its own form.

use super::{ActError, Session, plans};
use crate::config::trust::Allowed;
use crate::domain::account;
use crate::domain::decide::rollback::target;
use crate::domain::forms::{cell, inline, render_metrics};
use crate::domain::plan::{Channel, Plan, Purpose};
use crate::domain::readiness::feedback;
use crate::domain::refusal::Refusal;
use crate::domain::run::{Act, Run, Slot};
use crate::domain::sequence;
use crate::domain::time::date_and_time;

impl Session {
    /// The text of a page.
    ///
    /// # Errors
    /// When what it shows cannot be read, or there is nothing to show.
    pub fn open_page(&mut self, name: &str) -> Result<String, ActError> {
        if name == "versions" {
            self.look_for_strays();
        }
        self.page(name)
    }

    /// The same of what was observed already.
    ///
    /// # Errors
    /// As [`Session::open_page`].
    pub fn page(&self, name: &str) -> Result<String, ActError> {
        Ok(match name {
            "rules" => self.rules_page(),
            "versions" => self.versions_page(),
            "feedback" => self.feedback_page(),
            "metrics" => render_metrics(&self.metrics(), &self.zone),
            "sheet" => self.sheet_page()?,
            "incident" => self.incident_report(None)?,
            "brief" => self.incident_brief(None)?,
            "history" => self.history_page(),
            "notices" => self.notices_page()?,
            "report" => self.report(),
            "plan" => self.plan_page(),
            "trust" => self.trust_page(),
            "notes" => self.notes_text()?,
            other => return Err(ActError::System(format!("there is no page {other}"))),
        })
    }

    fn rules_page(&self) -> String {
        let mut text = "### By themselves\n- dependency updates, by a bot or by title\n- changes to CI or tests alone, and to the changelog alone\n- changes that touch nothing of the package, where the changelog is one package's\n- the release's own work, and what was taken back\n".to_owned();
        let groups =
            [("In relco.toml", &self.plan().exclusions), ("By a person's word", &self.project.state.exclusions)];
        for (title, rules) in groups {
            text.push_str(&format!("\n### {title}\n"));
            if rules.is_empty() {
                text.push_str("None.\n");
            }
            for one in rules {
                let reason = if one.reason.is_empty() { String::new() } else { format!(": {}", inline(&one.reason)) };
                text.push_str(&format!("- **{}**{reason}\n", inline(&one.rule.to_string())));
            }
        }
        text.push_str(
            "\nWhat they set apart is counted and shown, and a line in the changelog goes before every rule.\n",
        );
        text
    }

    fn versions_page(&self) -> String {
        let matrix = self.version_places();
        let mut text = String::new();
        if let Ok(Some(half_done)) = self.half_done_versions() {
            text.push_str(&format!(
                "**{}**\n\n`f` writes the rest, `r` takes it back.\n\n",
                cell(&half_done.to_string())
            ));
        }
        match &matrix.expected {
            Some(version) => text.push_str(&format!("Expected everywhere: **{version}**\n\n")),
            None => text.push_str("No release is open: places are compared with each other.\n\n"),
        }
        text.push_str("| Place | File | Line | Found | |\n|---|---|---|---|---|\n");
        for row in &matrix.rows {
            let (line, found) = match &row.place {
                Ok(place) if place.line == 0 => (String::new(), place.found.clone()),
                Ok(place) => (place.line.to_string(), place.found.clone()),
                Err(why) => (String::new(), why.clone()),
            };
            let mark = if row.ok { "ok" } else { "**differs**" };
            text.push_str(&format!(
                "| {} | {} | {line} | {} | {mark} |\n",
                cell(&row.name),
                cell(&row.path),
                cell(&found)
            ));
        }
        if matrix.rows.is_empty() {
            text.push_str("\nNo version file is configured: [[version.file]] in relco.toml names them.\n");
        }
        if self.checked_rev().is_some() {
            text.push_str(
                "\nRead at the candidate; what you write now counts once it is committed and the candidate set.\n",
            );
        }
        self.strays_of(&matrix, &mut text);
        text
    }

    fn strays_of(&self, matrix: &crate::domain::version_files::Matrix, text: &mut String) {
        let strays = self.version_strays(matrix);
        let Some(first) = strays.old.first() else { return };
        let Some(old) = strays.said() else {
            text.push_str(&format!("\nNothing else says {first} any more.\n"));
            return;
        };
        text.push_str(&format!("\n### Still says {old}\n\n| File | Line | Words |\n|---|---|---|\n"));
        for stray in &strays.lines {
            let words = crate::domain::text::fit(stray.text.trim(), 100);
            text.push_str(&format!("| {} | {} | {} |\n", cell(&stray.path), stray.line, cell(&words)));
        }
        if strays.more > 0 {
            text.push_str(&format!("\nAnd {} more.\n", strays.more));
        }
        text.push_str("\n`a` accepts one as it is, `p` makes it a place of the version.\n");
    }

    fn feedback_page(&self) -> String {
        let snapshot = self.snapshot();
        let found = feedback(&snapshot.situation(crate::system::clock::now()));
        if found.is_empty() {
            return "Nothing is found that somebody upstream must act on.\n".to_owned();
        }
        let mut roles: Vec<_> = found.iter().map(|one| one.role.clone()).collect();
        roles.sort();
        roles.dedup();
        let mut text = String::new();
        for role in roles {
            text.push_str(&format!("### {role}\n"));
            for one in found.iter().filter(|one| one.role == role) {
                text.push_str(&format!("- {}: {}\n", one.issue, inline(&one.text)));
            }
            text.push('\n');
        }
        text
    }

    fn sheet_page(&self) -> Result<String, ActError> {
        let snapshot = self.snapshot();
        if snapshot.release.is_none() {
            return Err(Refusal::new("no release is open").into());
        }
        let sit = snapshot.situation(crate::system::clock::now());
        Ok(account::sheet(&sit).render(&self.zone))
    }

    fn history_page(&self) -> String {
        let mut text =
            "| Release | Type | Started | Ended | Captain | Incidents |\n|---|---|---|---|---|---|\n".to_owned();
        for one in self.snapshot().releases.iter().rev() {
            let started = one.started.map(|at| date_and_time(at, &self.zone)).unwrap_or_default();
            let ended = one
                .ended
                .map_or_else(|| "open".to_owned(), |(at, phase)| format!("{phase} {}", date_and_time(at, &self.zone)));
            let ended = ended + &one.after.map(|after| format!(", {after}")).unwrap_or_default();
            let captain = cell(&one.captain);
            text.push_str(&format!(
                "| {} | {} | {started} | {ended} | {captain} | {} |\n",
                one.version, one.kind, one.incidents
            ));
        }
        text.push_str("\n### Debts\n");
        let debts = &self.project.state.debts;
        if debts.iter().all(|debt| debt.paid.is_some()) {
            text.push_str("None is open.\n");
        }
        for debt in debts {
            let mark = if debt.paid.is_some() { "x" } else { " " };
            text.push_str(&format!("- [{mark}] {} ({})\n", inline(&debt.text), debt.role));
        }
        text
    }

    fn notices_page(&self) -> Result<String, ActError> {
        let release = self.release().ok_or_else(|| Refusal::new("no release is open"))?;
        let mut text = "### Stakeholders\n".to_owned();
        for one in &self.plan().stakeholders {
            let how = match &one.channel {
                Channel::Command(command) => command.words(),
                Channel::Webhook { variable } => format!("webhook, its address in {variable}"),
                Channel::ByHand => "by hand".to_owned(),
            };
            let names: Vec<&str> = one.purposes.iter().map(|purpose: &Purpose| purpose.name()).collect();
            let about = if names.is_empty() { "everything".to_owned() } else { names.join(", ") };
            text.push_str(&format!("- **{}**: {} ({about})\n", inline(&one.name), inline(&how)));
        }
        if self.plan().stakeholders.is_empty() {
            text.push_str("None is configured: [[stakeholder]] in relco.toml names them.\n");
        }
        text.push_str("\n### What they were told\n\n| When | Whom | About | State | |\n|---|---|---|---|---|\n");
        for notice in &release.notices {
            let detail = notice.detail.as_deref().unwrap_or_default();
            text.push_str(&format!(
                "| {} | {} | {} | {} | {} |\n",
                date_and_time(notice.at, &self.zone),
                cell(&notice.stakeholder),
                notice.purpose.name(),
                notice.state,
                cell(detail)
            ));
        }
        Ok(text)
    }

    fn plan_page(&self) -> String {
        let snapshot = self.snapshot();
        let mut text = "### Deployment\n".to_owned();
        push_slots(&mut text, &snapshot.plan, &sequence::deployment(&snapshot.plan));
        text.push_str("\n### Rollback\n");
        match snapshot.plan.production().map(|env| env.name.clone()) {
            Some(env) => {
                // What would be taken back may have been started under another plan.
                let back = snapshot.for_rollback(&env);
                match target(&back.situation(crate::system::clock::now()), &env) {
                    Ok((release, run)) => {
                        push_slots(&mut text, &back.plan, &sequence::rollback(&back.plan, release, run))
                    }
                    Err(refusal) => text.push_str(&format!("{}\n", inline(&refusal.what))),
                }
            }
            None => text.push_str("There is no environment.\n"),
        }
        text.push_str("\n### Rollback triggers\n");
        for trigger in &snapshot.plan.triggers {
            let how = if trigger.probe.is_some() { "measured" } else { "declared by a person" };
            text.push_str(&format!("- {} ({how})\n", inline(&trigger.title)));
        }
        text
    }

    /// The commands of a rollback's slots as a person can paste them, with the variables that they get.
    pub fn commands_by_hand(&self, run: &Run, slots: &[Slot]) -> Vec<String> {
        use crate::domain::plan::{ItemKind, quote_word};
        let Some(release) = self.release() else { return Vec::new() };
        let values = self.run_values(release, run);
        let hash = plans::of_run(run);
        let lost = self.plans.by_hash(hash).err();
        // Better than nothing, and said.
        let lost = lost.map(|why| format!("# {why}: these are the commands of relco.toml as it is now"));
        let mut lines: Vec<String> = lost
            .into_iter()
            .chain(values.iter().map(|(name, value)| format!("export {name}={}", quote_word(value))))
            .collect();
        for slot in slots {
            let Some(item) = self.plan_of(run).item(&slot.item) else { continue };
            lines.push(match (&item.kind, slot.act) {
                (ItemKind::Command(step), act) => {
                    sequence::command_of(step, act).map(|one| one.words()).unwrap_or_default()
                }
                _ => format!("# {}", item.title),
            });
        }
        lines
    }

    fn trust_page(&self) -> String {
        let wanted = self.wants_trust();
        if wanted.is_empty() && self.asks_for_nothing() {
            return "This project configures no command: there is nothing to trust.\n".to_owned();
        }
        let table = |text: &mut String, allows: &[Allowed]| {
            text.push_str("| Line | What | Command |\n|---|---|---|\n");
            for one in allows {
                text.push_str(&format!("| {} | {} | {} |\n", one.line, cell(&one.place), cell(&one.act.words())));
            }
        };
        if wanted.is_empty() {
            let mut text = "Allowed already.\n\n".to_owned();
            table(&mut text, &self.config.loaded.allows);
            text.extend(self.config.closure.iter().map(|hash| format!("\nrelco.toml, SHA-256 {hash}\n")));
            return text;
        }
        let mut text = "Not allowed yet: T allows exactly this text.\n".to_owned();
        for one in wanted {
            if let Some(frozen) = &one.frozen {
                text.push_str(&format!("\nrelco.toml says something else than {frozen}:\n"));
            }
            text.push('\n');
            table(&mut text, &one.allows);
            let what = one.frozen.as_deref().unwrap_or("relco.toml");
            text.push_str(&format!("\n{what}, SHA-256 {}\n", one.hash));
        }
        text
    }

    /// The release notes as they stand: written, else a draft drawn up from commits and changelog.
    ///
    /// # Errors
    /// When no draft can be drawn up.
    pub fn notes_text(&self) -> Result<String, ActError> {
        if let Ok(Some(merged)) = self.merged_notes() {
            return Ok(merged.text);
        }
        match self.written_notes() {
            Some(text) => Ok(text),
            None => self.notes_draft().map_err(|error| ActError::System(error.to_string())),
        }
    }
}

/// The slots of a run with what carries them out under this plan.
fn push_slots(text: &mut String, plan: &Plan, slots: &[Slot]) {
    use crate::domain::plan::ItemKind;
    for slot in slots {
        let Some(item) = plan.item(&slot.item) else { continue };
        let how = match (&item.kind, slot.act) {
            (ItemKind::Command(step), Act::Do) => format!("`{}` ({})", step.run.words(), step.class.name()),
            (ItemKind::Command(step), act) => {
                format!("`{}`", sequence::command_of(step, act).map(|one| one.words()).unwrap_or_default())
            }
            (ItemKind::Manual, _) => "by hand".to_owned(),
            (ItemKind::Probe(probe), _) => format!("asks probe {probe}"),
            (ItemKind::Notice(purpose), _) => format!("tells stakeholders: {}", purpose.name()),
            (ItemKind::Automatic(_), _) => "found out by relco".to_owned(),
        };
        text.push_str(&format!("- **{}** {}: {how}\n", slot.id, inline(&item.title)));
    }
}
