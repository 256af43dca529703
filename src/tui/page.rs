//! Further views: reading pages over the whole screen, by the names that the session knows them by. What they say is
//! `session::page`'s; what their keys do is `cockpit::news`'s. Enter at [`Page::name`].

/// A further view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Which changes need no entry.
    Rules,
    /// The version matrix.
    Versions,
    /// Findings by role.
    Feedback,
    /// The four metrics.
    Metrics,
    /// The alignment sheet.
    Sheet,
    /// The incident report.
    Incident,
    /// What whoever takes an incident over must know.
    Brief,
    /// Releases on record.
    History,
    /// Stakeholders and notices.
    Notices,
    /// The whole record.
    Report,
    /// What a deployment would run.
    Plan,
    /// The commands of a rollback, where nothing can be recorded.
    ByHand,
    /// What trusting would allow.
    Trust,
    /// The release notes, for the editor.
    Notes,
}

impl Page {
    /// The page's name for the session.
    pub fn name(self) -> &'static str {
        match self {
            Page::Rules => "rules",
            Page::Versions => "versions",
            Page::Feedback => "feedback",
            Page::Metrics => "metrics",
            Page::Sheet => "sheet",
            Page::Incident => "incident",
            Page::Brief => "brief",
            Page::History => "history",
            Page::Notices => "notices",
            Page::Report => "report",
            Page::Plan => "plan",
            Page::ByHand => "by hand",
            Page::Trust => "trust",
            Page::Notes => "notes",
        }
    }
}
