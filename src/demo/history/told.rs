//! The history itself: the entries of harbor's main branch, the oldest first.
//!
//! Data alone. A change names its text as it stands in the file; the test in the parent module holds the end of the
//! story against the embedded files. Enter at [`ENTRIES`].

use super::{Change, Entry, How, Person};
use Change::{Add, Section, Turn};

/// The version that the history begins with.
pub(super) const FIRST_VERSION: &str = "1.2.1";

/// The release manager, who also merges.
pub(super) const ANA: Person = Person { name: "Ana Ferreira", email: "ana@example.com" };
const DEVIN: Person = Person { name: "Devin Walsh", email: "devin@example.com" };
const LI: Person = Person { name: "Li Chen", email: "li@example.com" };
const KIM: Person = Person { name: "Kim Aalto", email: "kim@example.com" };
const DEV: Person = Person { name: "Dev Patel", email: "dev@example.com" };

const BACKEND: &str = "backend/Cargo.toml";
const FRONTEND: &str = "frontend/package.json";
const MAIN_RS: &str = "backend/src/main.rs";
const FEES: &str = "backend/src/fees.rs";
const BERTHS: &str = "backend/src/berths.rs";
const TIDES: &str = "backend/src/tides.rs";
const ARRIVALS: &str = "backend/src/arrivals.rs";
const APP: &str = "frontend/app.js";
const RELEASES: &str = "docs/releases.md";
const INDEX: &str = "frontend/index.html";

/// Every entry of the main branch.
pub(super) const ENTRIES: &[Entry] = &[
    Entry {
        at: "2026-01-08T08:10:00Z",
        who: DEV,
        how: How::Direct {
            title: "Move harbor here from the old tree",
            body: "Berths, arrivals, tides and fees as they run since the spring, and the\nscripts that bring a version out and back.",
            changes: &[],
            tag: Some("v1.2.1"),
        },
    },
    Entry {
        at: "2026-01-13T13:40:00Z",
        who: DEV,
        how: How::Merge {
            number: 97,
            branch: "dev/refuse-long-ships",
            title: "Refuse a berth that is shorter than the ship",
            commits: &[(
                "Refuse a ship that is longer than the berth",
                &[Turn(
                    BERTHS,
                    "        if self.ship.is_some() {\n",
                    "        if ship.length_m > self.length_m {\n            return Err(Refused::TooLong);\n        }\n        if self.ship.is_some() {\n",
                )],
            )],
        },
    },
    release(
        "2026-01-15T09:30:00Z",
        "Release 1.2.2",
        "v1.2.2",
        &[
            Section("1.2.2"),
            Turn(
                RELEASES,
                "the latest last.\n\n",
                "the latest last.\n\n- 1.2.2, 2026-01-15: berths that are too short are refused\n",
            ),
            Turn(BACKEND, "version = \"1.2.1\"", "version = \"1.2.2\""),
            Turn(FRONTEND, "\"version\": \"1.2.1\"", "\"version\": \"1.2.2\""),
        ],
    ),
    Entry {
        at: "2026-01-20T15:05:00Z",
        who: DEV,
        how: How::Merge {
            number: 102,
            branch: "dev/tide-datum",
            title: "Use the station's own datum for tide heights",
            commits: &[(
                "Tides: the table's datum is the station's",
                &[Turn(TIDES, "above chart datum", "above the station's own datum")],
            )],
        },
    },
    release(
        "2026-01-22T09:20:00Z",
        "Release 1.2.3",
        "v1.2.3",
        &[
            Section("1.2.3"),
            Turn(RELEASES, "refused\n", "refused\n- 1.2.3, 2026-01-22: tide heights\n"),
            Turn(BACKEND, "version = \"1.2.2\"", "version = \"1.2.3\""),
            Turn(FRONTEND, "\"version\": \"1.2.2\"", "\"version\": \"1.2.3\""),
        ],
    ),
    Entry {
        at: "2026-01-29T10:45:00Z",
        who: DEV,
        how: How::Merge {
            number: 106,
            branch: "dev/half-cents",
            title: "Round half a cent to the even side",
            commits: &[(
                "Fees: round half cents to even",
                &[Turn(FEES, "Equal => whole + 1,", "Equal => whole + whole % 2,")],
            )],
        },
    },
    Entry {
        at: "2026-02-03T16:30:00Z",
        who: KIM,
        how: How::Squash {
            number: 108,
            title: "Escape names of ships in the arrivals list",
            body: "An agent may write anything as a ship's name, markup included.",
            changes: &[Turn(
                ARRIVALS,
                "    name.to_owned()\n",
                "    name.replace('&', \"&amp;\").replace('<', \"&lt;\").replace('>', \"&gt;\")\n",
            )],
        },
    },
    release(
        "2026-02-05T09:15:00Z",
        "Release 1.2.4",
        "v1.2.4",
        &[
            Section("1.2.4"),
            Turn(RELEASES, "heights\n", "heights\n- 1.2.4, 2026-02-05: bills, and names of ships\n"),
            Turn(BACKEND, "version = \"1.2.3\"", "version = \"1.2.4\""),
            Turn(FRONTEND, "\"version\": \"1.2.3\"", "\"version\": \"1.2.4\""),
        ],
    ),
    Entry {
        at: "2026-02-10T14:00:00Z",
        who: DEV,
        how: How::Merge {
            number: 110,
            branch: "dev/drag-a-ship",
            title: "Drag a ship to another berth",
            commits: &[
                (
                    "Plan: shift a ship, and leave her where she is when refused",
                    &[Turn(
                        BERTHS,
                        "        self.berths.len()\n    }\n}\n",
                        "        self.berths.len()\n    }\n\n    /// Moves a ship along the quay; she stays where she is when the other berth refuses her.\n    pub fn shift(&mut self, from: usize, to: usize) -> Result<(), Refused> {\n        let Some(ship) = self.berths[from].ship.take() else { return Ok(()) };\n        self.berths[to].moor(ship)\n    }\n}\n",
                    )],
                ),
                (
                    "Page: rows with a ship can be dragged",
                    &[
                        Turn(
                            APP,
                            "// Draws the quay.\n",
                            "// Draws the quay and lets a ship be dragged to another berth.\n",
                        ),
                        Turn(APP, "  line.textContent", "  line.draggable = berth.ship !== null;\n  line.textContent"),
                    ],
                ),
            ],
        },
    },
    Entry {
        at: "2026-02-12T11:20:00Z",
        who: DEVIN,
        how: How::Squash {
            number: 111,
            title: "Keep tide tables for an hour",
            body: "They were read for every question, and change twice a year.",
            changes: &[Turn(
                TIDES,
                "table.\n\n/// The height",
                "table.\n\nuse std::time::Duration;\n\n/// Tables change twice a year; an hour is short enough to notice and long enough to rest.\npub const KEPT: Duration = Duration::from_secs(3600);\n\n/// The height",
            )],
        },
    },
    Entry {
        at: "2026-02-16T09:50:00Z",
        who: DEV,
        how: How::Merge {
            number: 112,
            branch: "dev/pilot-channel",
            title: "Pilot requests carry the radio channel",
            commits: &[(
                "Pilots: the channel on which the ship listens",
                &[Add("backend/src/pilots.rs"), Turn(MAIN_RS, "mod tides;\n", "mod pilots;\nmod tides;\n")],
            )],
        },
    },
    Entry {
        at: "2026-02-18T13:10:00Z",
        who: LI,
        how: How::Merge {
            number: 114,
            branch: "li/arrivals-without-scripts",
            title: "Read the arrivals list without scripts",
            commits: &[(
                "Page: say where the arrivals are when scripts are off",
                &[Turn(
                    INDEX,
                    "  <footer>",
                    "  <noscript><p>The arrivals list works without scripts: <a href=\"arrivals\">arrivals</a>.</p></noscript>\n  <footer>",
                )],
            )],
        },
    },
    Entry {
        at: "2026-02-19T10:05:00Z",
        who: DEV,
        how: How::Squash {
            number: 115,
            title: "Find a berth whatever accents its name has",
            body: "",
            changes: &[Add("backend/src/search.rs"), Turn(MAIN_RS, "mod tides;\n", "mod search;\nmod tides;\n")],
        },
    },
    Entry {
        at: "2026-02-24T15:45:00Z",
        who: DEV,
        how: How::Merge {
            number: 116,
            branch: "dev/soundings",
            title: "Depth of each berth, with the day of the sounding",
            commits: &[
                ("Migration 0007: soundings", &[Add("backend/migrations/0007_berth_depth.sql")]),
                ("The backend needs schema 0007", &[Turn("backend/service.conf", "schema=0006", "schema=0007")]),
            ],
        },
    },
    Entry {
        at: "2026-02-26T12:30:00Z",
        who: DEVIN,
        how: How::Merge {
            number: 117,
            branch: "devin/preview",
            title: "Look at the frontend with made-up ships",
            commits: &[(
                "Preview of the page, numbered 1.2.9 so that nobody takes it for a release",
                &[
                    Add("frontend/preview.js"),
                    Turn(FRONTEND, "\"version\": \"1.2.4\"", "\"version\": \"1.2.9\""),
                    Turn(
                        FRONTEND,
                        "  \"type\": \"module\"\n",
                        "  \"type\": \"module\",\n  \"scripts\": {\n    \"preview\": \"node preview.js\"\n  }\n",
                    ),
                ],
            )],
        },
    },
    Entry {
        at: "2026-03-02T10:15:00Z",
        who: DEV,
        how: How::Merge {
            number: 118,
            branch: "dev/berth-depth",
            title: "Warn when a ship draws more than the berth is deep",
            commits: &[
                (
                    "Berths: too deep is a reason to refuse",
                    &[Turn(
                        BERTHS,
                        "        if self.ship.is_some() {\n",
                        "        if ship.draught_dm > self.depth_dm {\n            return Err(Refused::TooDeep);\n        }\n        if self.ship.is_some() {\n",
                    )],
                ),
                (
                    "Page: a ship that lies too deep is red",
                    &[
                        Turn(
                            APP,
                            "  return line;\n",
                            "  if (berth.ship && berth.draught_dm > berth.depth_dm) line.className = \"too-deep\";\n  return line;\n",
                        ),
                        Turn(
                            "frontend/style.css",
                            "steelblue; }\n",
                            "steelblue; }\n#quay li.too-deep { border-color: firebrick; }\n",
                        ),
                    ],
                ),
            ],
        },
    },
    Entry {
        at: "2026-03-04T09:35:00Z",
        who: DEV,
        how: How::Squash {
            number: 119,
            title: "Show closed parts of the quay in the weekly plan",
            body: "Dredging, cranes and the regatta.",
            changes: &[Add("backend/src/closures.rs"), Turn(MAIN_RS, "mod fees;\n", "mod closures;\nmod fees;\n")],
        },
    },
    Entry {
        at: "2026-03-06T14:20:00Z",
        who: DEV,
        how: How::Merge {
            number: 121,
            branch: "dev/midnight",
            title: "Two stays that meet at midnight collide",
            commits: &[(
                "Arrivals: count hours since the first day, not since midnight",
                &[
                    Turn(ARRIVALS, "in hours since midnight.", "in hours since midnight of the first day."),
                    Turn(ARRIVALS, "share a berth and an hour.", "share a berth and an hour, midnight or not."),
                ],
            )],
        },
    },
    Entry {
        at: "2026-03-09T11:00:00Z",
        who: DEVIN,
        how: How::Merge {
            number: 122,
            branch: "devin/which-part",
            title: "The health check says which part fails",
            commits: &[(
                "Health: one line for each part",
                &[Add("backend/src/health.rs"), Turn(MAIN_RS, "mod pilots;\n", "mod health;\nmod pilots;\n")],
            )],
        },
    },
    Entry {
        at: "2026-03-12T09:00:00Z",
        who: ANA,
        how: How::Direct {
            title: "Prepare 1.3.0",
            body: "The changelog's section, the notes, the version of the backend, the report of\nthe full test run and the stories that Sam accepted.",
            changes: &[
                Section("1.3.0"),
                Turn(BACKEND, "version = \"1.2.4\"", "version = \"1.3.0\""),
                Add("ci/reports/qa-1.3.0.txt"),
                Add("docs/notes-1.3.0.md"),
                Add("docs/stories-1.3.0.txt"),
            ],
            tag: None,
        },
    },
    Entry {
        at: "2026-03-12T16:50:00Z",
        who: DEV,
        how: How::Squash {
            number: 123,
            title: "Charge part of a day by the hour",
            body: "Until now every begun day was a whole day. Nobody pays more than before.",
            changes: &[
                Turn(
                    FEES,
                    "/// Cents for a stay: every begun day counts whole.\n",
                    "/// Cents for a stay: whole days by the day, a part of a day by the hour, never more than a day.\n",
                ),
                Turn(
                    FEES,
                    "    day * hours.div_ceil(24)\n",
                    "    let part = half_even(day * (hours % 24), 24);\n    day * (hours / 24) + part.min(day)\n",
                ),
            ],
        },
    },
];

/// A commit that makes a release.
const fn release(at: &'static str, title: &'static str, tag: &'static str, changes: &'static [Change]) -> Entry {
    Entry { at, who: ANA, how: How::Direct { title, body: "", changes, tag: Some(tag) } }
}
