//! The release-devops alignment sheet: what both sides provide and the plan they agreed on.
//!
//! An agreement is bound to the sheet's content: any later change voids it. Sequence and rollback trigger are
//! computed from the plan, so they cannot drift from what will run.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::id::Role;
use super::named::named;
use super::plan::{List, Plan};

named! {
    /// The fields that people fill in.
    SheetField {
        /// Release manager provides: when it should go out.
        TimingPreference = "timing preference",
        /// DevOps provides: when it can.
        WindowAvailability = "window availability",
        /// DevOps provides: how the infrastructure is.
        InfrastructureStatus = "infrastructure status",
        /// DevOps provides: whether the pipeline is ready.
        PipelineReadiness = "pipeline readiness",
        /// DevOps provides: what watches it.
        MonitoringSetup = "monitoring setup",
        /// Agreed: the deployment window with its zone.
        DeployTime = "deploy time",
        /// Agreed: who notifies whom.
        Communication = "communication",
    }
}

impl SheetField {
    /// The word that a command line uses: `deploy-time`.
    pub fn slug(self) -> String {
        self.name().replace(' ', "-")
    }

    /// The field of that word.
    pub fn from_slug(slug: &str) -> Option<Self> {
        SheetField::ALL.iter().copied().find(|field| field.slug() == slug)
    }
}

/// A role's agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Who spoke.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// The content it is bound to.
    pub digest: String,
}

/// The sheet as its events left it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sheet {
    /// What was filled in.
    pub fields: BTreeMap<SheetField, String>,
    /// Who agreed to which content.
    pub agreements: BTreeMap<Role, Agreement>,
}

impl Sheet {
    /// The roles whose agreement it needs.
    pub const ROLES: [&'static str; 2] = [Role::RELEASE_MANAGER, Role::DEVOPS];

    /// A field's text.
    pub fn get(&self, field: SheetField) -> Option<&str> {
        self.fields.get(&field).map(String::as_str).filter(|text| !text.trim().is_empty())
    }

    /// The content that an agreement is bound to: every field, the sequence and the triggers.
    pub fn content(&self, version: &str, plan: &Plan) -> String {
        let mut content = format!("version {version}\n");
        for (field, value) in &self.fields {
            content.push_str(&format!("{field}: {value}\n"));
        }
        content.push_str(&format!("sequence: {}\n", sequence(plan)));
        content.push_str(&format!("rollback trigger: {}\n", triggers(plan)));
        content
    }

    /// SHA-256 of [`Sheet::content`], in hex.
    pub fn digest(&self, version: &str, plan: &Plan) -> String {
        super::digest::sha256_hex(self.content(version, plan).as_bytes())
    }

    /// The roles that have not agreed to the present content.
    pub fn missing_agreements(&self, version: &str, plan: &Plan) -> Vec<Role> {
        let digest = self.digest(version, plan);
        Sheet::ROLES
            .into_iter()
            .map(Role::from)
            .filter(|role| self.agreements.get(role).is_none_or(|agreement| agreement.digest != digest))
            .collect()
    }
}

/// The deployment sequence of the plan: `Run database migrations → Deploy backend services → …`.
pub fn sequence(plan: &Plan) -> String {
    plan.list(List::Deployment).map(|item| item.title.as_str()).collect::<Vec<_>>().join(" → ")
}

/// The rollback triggers of the plan: `Critical functionality broken; …`.
pub fn triggers(plan: &Plan) -> String {
    plan.triggers.iter().map(|trigger| trigger.title.as_str()).collect::<Vec<_>>().join("; ")
}
