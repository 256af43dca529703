//! The three forms made of lines with boxes: pre-release checklist, deployment, rollback procedure.
//!
//! Enter at the `render` of each. They show what the state holds; what counts as ready is decided elsewhere.

use jiff::tz::TimeZone;

use super::line::Line;
use super::markdown::inline;
use crate::domain::plan::List;

/// A named fact below a form's heading: `Environment: production`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Lines under a heading of their own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The heading: `DevOps Tasks`.
    pub heading: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// The pre-release checklist of one release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PreReleaseForm {
    /// The version, without `v`.
    pub version: String,
    /// Facts below the heading.
    pub facts: Vec<Fact>,
    /// The gates.
    pub gates: Vec<Line>,
    /// The groups of items, sign-offs among them.
    pub groups: Vec<Group>,
}

impl PreReleaseForm {
    /// The groups of the default plan, in order.
    pub const GROUPS: [&str; 4] = ["Release Manager Tasks", "DevOps Tasks", "Environment Readiness", "Sign-offs"];

    /// The form as Markdown, times in `zone`.
    pub fn render(&self, zone: &TimeZone) -> String {
        let mut form = Form::new("Pre-Release Checklist", &self.version, &self.facts);
        form.section("Gates Status", &self.gates, Bullet::Dash, zone);
        for group in &self.groups {
            form.section(&inline(&group.heading), &group.lines, Bullet::Dash, zone);
        }
        form.0
    }
}

/// One deployment run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeploymentForm {
    /// The version, without `v`.
    pub version: String,
    /// Facts below the heading: environment, run, from and to, times, outcome.
    pub facts: Vec<Fact>,
    /// Before the first step.
    pub pre_deployment: Vec<Line>,
    /// The steps.
    pub steps: Vec<Line>,
    /// What proves that it works.
    pub verification: Vec<Line>,
    /// Who is told.
    pub communication: Vec<Line>,
}

impl DeploymentForm {
    /// The form as Markdown, times in `zone`.
    pub fn render(&self, zone: &TimeZone) -> String {
        let mut form = Form::new("Deployment", &self.version, &self.facts);
        form.section(List::PreDeployment.title(), &self.pre_deployment, Bullet::Number, zone);
        form.section(List::Deployment.title(), &self.steps, Bullet::Number, zone);
        form.section(List::Verification.title(), &self.verification, Bullet::Number, zone);
        form.section(List::Communication.title(), &self.communication, Bullet::Number, zone);
        form.0
    }
}

/// One rollback run, or the procedure as it would run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RollbackForm {
    /// The version that is rolled back, without `v`.
    pub version: String,
    /// Facts below the heading.
    pub facts: Vec<Fact>,
    /// The triggers, ticked where they fired.
    pub triggers: Vec<Line>,
    /// The steps, in the order in which they run.
    pub steps: Vec<Line>,
    /// What follows.
    pub post_rollback: Vec<Line>,
}

impl RollbackForm {
    /// The form as Markdown, times in `zone`.
    pub fn render(&self, zone: &TimeZone) -> String {
        let mut form = Form::new("Rollback Procedure", &self.version, &self.facts);
        form.section("Triggers for Rollback", &self.triggers, Bullet::Dash, zone);
        form.section(List::Rollback.title(), &self.steps, Bullet::Number, zone);
        form.section(List::PostRollback.title(), &self.post_rollback, Bullet::Number, zone);
        form.0
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Bullet {
    Dash,
    Number,
}

struct Form(String);

impl Form {
    fn new(title: &str, version: &str, facts: &[Fact]) -> Self {
        let mut text = format!("## {title}: v{}\n", inline(version));
        if !facts.is_empty() {
            text.push('\n');
        }
        for fact in facts {
            text.push_str(&format!("- {}: {}\n", inline(&fact.name), inline(&fact.value)));
        }
        Self(text)
    }

    fn section(&mut self, heading: &str, lines: &[Line], bullet: Bullet, zone: &TimeZone) {
        self.0.push_str(&format!("\n### {heading}\n"));
        if lines.is_empty() {
            self.0.push_str("None.\n");
        }
        for (line, number) in lines.iter().zip(1..) {
            let bullet = if bullet == Bullet::Dash { "-".to_owned() } else { format!("{number}.") };
            self.0.push_str(&format!("{bullet} {}\n", line.render(zone)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Mark;
    use super::*;
    use crate::domain::item::{GateVerdict, ItemState};

    fn lines(titles: &[&str]) -> Vec<Line> {
        titles.iter().map(|&title| Line::open(title)).collect()
    }

    fn fact(name: &str, value: &str) -> Fact {
        Fact { name: name.into(), value: value.into() }
    }

    fn gate(title: &str, verdict: GateVerdict) -> Line {
        Line { mark: Mark::Gate(verdict), ..Line::open(title) }
    }

    fn set(title: &str, state: ItemState, by: &str, at: &str, grounds: &str) -> Line {
        Line {
            title: title.into(),
            mark: Mark::Item(state),
            by: Some(by.into()),
            at: Some(format!("2026-11-22T{at}:00Z").parse().unwrap()),
            grounds: Some(grounds.into()).filter(|g: &String| !g.is_empty()),
        }
    }

    #[test]
    fn an_untouched_pre_release_checklist() {
        let [manager, devops, environment, sign_offs] = PreReleaseForm::GROUPS;
        let group = |heading: &str, titles: &[&str]| Group { heading: heading.into(), lines: lines(titles) };
        let form = PreReleaseForm {
            version: "1.3.0".into(),
            facts: Vec::new(),
            gates: vec![
                gate("Gate 8: QA", GateVerdict::Passed),
                gate("Gate 9: Business Acceptance", GateVerdict::Passed),
                gate("Gate 10: Security", GateVerdict::Open),
            ],
            groups: vec![
                group(
                    manager,
                    &[
                        "Version bumped in all files",
                        "Changelog updated",
                        "Release notes drafted",
                        "Migration guide (if breaking changes)",
                    ],
                ),
                group(
                    devops,
                    &[
                        "CI/CD pipeline green",
                        "Deployment scripts tested",
                        "Rollback procedure documented",
                        "Monitoring alerts configured",
                    ],
                ),
                group(
                    environment,
                    &[
                        "Staging deployment successful",
                        "Staging smoke tests passed",
                        "Production credentials verified",
                        "Database migrations ready",
                    ],
                ),
                group(sign_offs, &["QA sign-off", "Security sign-off", "Product Owner approval"]),
            ],
        };
        insta::assert_snapshot!(form.render(&TimeZone::UTC), @r"
        ## Pre-Release Checklist: v1.3.0

        ### Gates Status
        - [x] Gate 8: QA - PASSED
        - [x] Gate 9: Business Acceptance - PASSED
        - [ ] Gate 10: Security - OPEN

        ### Release Manager Tasks
        - [ ] Version bumped in all files
        - [ ] Changelog updated
        - [ ] Release notes drafted
        - [ ] Migration guide (if breaking changes)

        ### DevOps Tasks
        - [ ] CI/CD pipeline green
        - [ ] Deployment scripts tested
        - [ ] Rollback procedure documented
        - [ ] Monitoring alerts configured

        ### Environment Readiness
        - [ ] Staging deployment successful
        - [ ] Staging smoke tests passed
        - [ ] Production credentials verified
        - [ ] Database migrations ready

        ### Sign-offs
        - [ ] QA sign-off
        - [ ] Security sign-off
        - [ ] Product Owner approval
        ");
    }

    #[test]
    fn a_deployment_with_every_state() {
        let form = DeploymentForm {
            version: "1.3.0".into(),
            facts: vec![fact("Environment", "production"), fact("From", "1.2.4"), fact("Outcome", "failed <here>")],
            pre_deployment: vec![
                set("Notify stakeholders of deployment window", ItemState::Done, "ana", "13:50", "3 told"),
                set(
                    "Verify staging matches production config",
                    ItemState::Waived,
                    "li",
                    "13:52",
                    "no\nstaging | today",
                ),
                set("Take database backup", ItemState::Skipped, "ana", "13:55", "made at noon"),
                set("Verify rollback procedure is ready", ItemState::Done, "ana", "13:56", ""),
            ],
            steps: vec![
                set("Run database migrations", ItemState::Done, "relco", "14:09", "exit 0 in 0:38"),
                set("Deploy backend services", ItemState::Unknown, "relco", "14:11", "outcome unknown"),
                set("Deploy frontend", ItemState::Failed, "relco", "14:11", "exit 1"),
                Line { mark: Mark::Item(ItemState::Doing), ..Line::open("Clear caches") },
                Line::open("Warm up services"),
            ],
            verification: vec![Line {
                mark: Mark::Item(ItemState::NotApplicable),
                grounds: Some("hotfix: only for minor, major".into()),
                ..Line::open("Key user flows working")
            }],
            communication: Vec::new(),
        };
        insta::assert_snapshot!(form.render(&TimeZone::UTC), @r"
        ## Deployment: v1.3.0

        - Environment: production
        - From: 1.2.4
        - Outcome: failed \<here>

        ### Pre-Deployment
        1. [x] Notify stakeholders of deployment window (ana, 2026-11-22 13:50 UTC; 3 told)
        2. [ ] Verify staging matches production config - waived (li, 2026-11-22 13:52 UTC; no staging | today)
        3. [ ] Take database backup - skipped (ana, 2026-11-22 13:55 UTC; made at noon)
        4. [x] Verify rollback procedure is ready (ana, 2026-11-22 13:56 UTC)

        ### Deployment Steps
        1. [x] Run database migrations (relco, 2026-11-22 14:09 UTC; exit 0 in 0:38)
        2. [ ] Deploy backend services - unknown (relco, 2026-11-22 14:11 UTC; outcome unknown)
        3. [ ] Deploy frontend - failed (relco, 2026-11-22 14:11 UTC; exit 1)
        4. [ ] Clear caches - doing
        5. [ ] Warm up services

        ### Post-Deployment Verification
        1. [ ] Key user flows working - not applicable (hotfix: only for minor, major)

        ### Communication
        None.
        ");
    }

    #[test]
    fn a_rollback_with_the_trigger_that_fired() {
        let form = RollbackForm {
            version: "1.3.0".into(),
            facts: vec![fact("Back to", "1.2.4")],
            triggers: vec![
                Line { mark: Mark::Trigger(false), ..Line::open("Critical functionality broken") },
                Line { mark: Mark::Trigger(false), ..Line::open("Data corruption detected") },
                Line { mark: Mark::Trigger(false), ..Line::open("Security vulnerability exposed") },
                Line {
                    mark: Mark::Trigger(true),
                    ..set(
                        "Performance severely degraded (>2x response time)",
                        ItemState::Open,
                        "relco",
                        "14:12",
                        "median of 9 probes 312 ms, 3.1x the 101 ms before the deployment",
                    )
                },
            ],
            steps: vec![
                set("Switch traffic to previous version", ItemState::Done, "relco", "14:13", "exit 0 in 0:02"),
                set("Revert database migrations (if safe)", ItemState::Done, "relco", "14:14", "safe: exit 0"),
                Line::open("Clear caches"),
                Line::open("Verify previous version working"),
            ],
            post_rollback: lines(&[
                "Notify stakeholders",
                "Document incident",
                "Root cause analysis",
                "Plan fix for re-release",
            ]),
        };
        insta::assert_snapshot!(form.render(&TimeZone::UTC), @r"
        ## Rollback Procedure: v1.3.0

        - Back to: 1.2.4

        ### Triggers for Rollback
        - [ ] Critical functionality broken
        - [ ] Data corruption detected
        - [ ] Security vulnerability exposed
        - [x] Performance severely degraded (>2x response time) - fired (relco, 2026-11-22 14:12 UTC; median of 9 probes 312 ms, 3.1x the 101 ms before the deployment)

        ### Rollback Steps
        1. [x] Switch traffic to previous version (relco, 2026-11-22 14:13 UTC; exit 0 in 0:02)
        2. [x] Revert database migrations (if safe) (relco, 2026-11-22 14:14 UTC; safe: exit 0)
        3. [ ] Clear caches
        4. [ ] Verify previous version working

        ### Post-Rollback
        1. [ ] Notify stakeholders
        2. [ ] Document incident
        3. [ ] Root cause analysis
        4. [ ] Plan fix for re-release
        ");
    }
}
