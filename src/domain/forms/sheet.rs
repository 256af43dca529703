//! The alignment sheet between release manager and DevOps as Markdown.
//!
//! Enter at [`SheetForm::render`]. What an agreement is bound to is decided in the domain's sheet, not by this text.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::line::said;
use super::markdown::inline;

/// A role's agreement to the sheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreed {
    /// The role.
    pub role: String,
    /// Who spoke, and when; none while the role has not agreed to the present content.
    pub by: Option<(String, Timestamp)>,
}

/// The sheet's fields; one that is not filled in shows what belongs there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SheetForm {
    /// Release manager: the version.
    pub version: Option<String>,
    /// Release manager: how the changelog is.
    pub changelog: Option<String>,
    /// Release manager: how the release notes are.
    pub notes: Option<String>,
    /// Release manager: when it should go out.
    pub timing: Option<String>,
    /// DevOps: when it can.
    pub availability: Option<String>,
    /// DevOps: how the infrastructure is.
    pub infrastructure: Option<String>,
    /// DevOps: whether the pipeline is ready.
    pub pipeline: Option<String>,
    /// DevOps: what watches it.
    pub monitoring: Option<String>,
    /// Agreed: the window with its zone.
    pub deploy_time: Option<String>,
    /// Agreed: the steps in order.
    pub sequence: Option<String>,
    /// Agreed: what proposes rollback.
    pub trigger: Option<String>,
    /// Agreed: who tells whom.
    pub communication: Option<String>,
    /// Who has agreed.
    pub agreed: Vec<Agreed>,
}

impl SheetForm {
    /// The form as Markdown, times in `zone`.
    pub fn render(&self, zone: &TimeZone) -> String {
        let sections = [
            (
                "Release Manager Provides",
                [
                    ("Version number", &self.version, "[X.Y.Z]"),
                    ("Changelog", &self.changelog, "[Not provided yet]"),
                    ("Release notes", &self.notes, "[Not provided yet]"),
                    ("Deployment timing preferences", &self.timing, "[Not provided yet]"),
                ],
            ),
            (
                "DevOps Provides",
                [
                    ("Deployment window availability", &self.availability, "[Not provided yet]"),
                    ("Infrastructure status", &self.infrastructure, "[Not provided yet]"),
                    ("Pipeline readiness", &self.pipeline, "[Not provided yet]"),
                    ("Monitoring setup", &self.monitoring, "[Not provided yet]"),
                ],
            ),
            (
                "Agreed Plan",
                [
                    ("Deploy time", &self.deploy_time, "[Time]"),
                    ("Deploy sequence", &self.sequence, "[Backend → Frontend → etc.]"),
                    ("Rollback trigger", &self.trigger, "[Criteria]"),
                    ("Communication", &self.communication, "[Who notifies whom]"),
                ],
            ),
        ];
        let mut text = "## Release-DevOps Sync\n".to_owned();
        for (heading, fields) in sections {
            text.push_str(&format!("\n### {heading}\n"));
            for (name, value, placeholder) in fields {
                let filled = value.as_deref().map(inline).filter(|value| !value.is_empty());
                text.push_str(&format!("- {name}: {}\n", filled.as_deref().unwrap_or(placeholder)));
            }
        }
        for agreed in &self.agreed {
            let who = match &agreed.by {
                Some((by, at)) => said(Some(by), Some(*at), None, zone),
                None => " - not yet".to_owned(),
            };
            let ticked = if agreed.by.is_some() { 'x' } else { ' ' };
            text.push_str(&format!("- [{ticked}] Agreed by {}{who}\n", inline(&agreed.role)));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_sheet_shows_what_belongs_where() {
        insta::assert_snapshot!(SheetForm::default().render(&TimeZone::UTC), @r"
        ## Release-DevOps Sync

        ### Release Manager Provides
        - Version number: [X.Y.Z]
        - Changelog: [Not provided yet]
        - Release notes: [Not provided yet]
        - Deployment timing preferences: [Not provided yet]

        ### DevOps Provides
        - Deployment window availability: [Not provided yet]
        - Infrastructure status: [Not provided yet]
        - Pipeline readiness: [Not provided yet]
        - Monitoring setup: [Not provided yet]

        ### Agreed Plan
        - Deploy time: [Time]
        - Deploy sequence: [Backend → Frontend → etc.]
        - Rollback trigger: [Criteria]
        - Communication: [Who notifies whom]
        ");
    }

    #[test]
    fn a_sheet_that_one_side_agreed_to() {
        let some = |text: &str| Some(text.to_owned());
        let sheet = SheetForm {
            version: some("1.3.0"),
            changelog: some("12 entries, 0 missing"),
            notes: some("written"),
            timing: some("afternoon,\nnot Friday"),
            availability: some("Monday 13:00-17:00"),
            infrastructure: some("green"),
            pipeline: some("green"),
            monitoring: some("  "),
            deploy_time: some("2026-11-23 14:00-16:00 Europe/Berlin"),
            sequence: some("Run database migrations → Deploy backend services → Deploy frontend"),
            trigger: some("Performance severely degraded (>2x response time)"),
            communication: some("ana tells support"),
            agreed: vec![
                Agreed {
                    role: "release manager".into(),
                    by: Some(("ana".into(), "2026-11-22T13:20:00Z".parse().unwrap())),
                },
                Agreed { role: "devops".into(), by: None },
            ],
        };
        insta::assert_snapshot!(sheet.render(&TimeZone::UTC), @r"
        ## Release-DevOps Sync

        ### Release Manager Provides
        - Version number: 1.3.0
        - Changelog: 12 entries, 0 missing
        - Release notes: written
        - Deployment timing preferences: afternoon, not Friday

        ### DevOps Provides
        - Deployment window availability: Monday 13:00-17:00
        - Infrastructure status: green
        - Pipeline readiness: green
        - Monitoring setup: [Not provided yet]

        ### Agreed Plan
        - Deploy time: 2026-11-23 14:00-16:00 Europe/Berlin
        - Deploy sequence: Run database migrations → Deploy backend services → Deploy frontend
        - Rollback trigger: Performance severely degraded (>2x response time)
        - Communication: ana tells support
        - [x] Agreed by release manager (ana, 2026-11-22 13:20 UTC)
        - [ ] Agreed by devops - not yet
        ");
    }
}
