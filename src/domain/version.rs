//! Versions and release types: what comes next, what a version means, and which one is refused.
//!
//! Pure. It never reads a tag or a file: the base and the tagged versions are handed in. Enter at [`plan`], which
//! turns what a captain asked for ("minor", "1.3.0") into a version and a type, or into a refusal that names the
//! right one.
//!
//! The rules that semantic versioning leaves open are settled here:
//!
//! - **First release** (no base): `minor` gives 0.1.0, `major` gives 1.0.0; there is nothing to patch, so `patch` and
//!   `hotfix` are refused. A version named outright counts as minor: full testing, and nothing to migrate from.
//! - **0.x**: the type follows the number that moved, as everywhere (0.3.1 to 0.4.0 is minor, 1.0.0 is major), but a
//!   minor may break there, and so may a patch of 0.0.x: see [`may_break`].
//! - **Pre-releases** (`1.3.0-rc.1`) are asked for by their whole version, never by a type. They have the type of the
//!   version that they lead to, are compared with the same base, and must rise within it: rc.2 after rc.1.
//! - **Hotfix** is the same step as patch and must be asked for by name, because it shortens the list.
//! - **Build metadata** (`1.3.0+5`) does not order versions, so it cannot name a release.
//! - Leaving a number out (1.2.4 to 1.4.0) is allowed and said: [`Planned::note`].

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};

use super::release_type::ReleaseType;

/// What a captain asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The next release of this type.
    Type(ReleaseType),
    /// This very version, perhaps with the type said too ("1.2.5 as a hotfix").
    Version(Version, Option<ReleaseType>),
}

impl FromStr for Asked {
    type Err = VersionRefusal;

    /// Reads `minor`, `1.3.0` or `v1.3.0`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        if let Some(kind) = ReleaseType::from_name(&text.to_ascii_lowercase()) {
            return Ok(Self::Type(kind));
        }
        let bare = text.strip_prefix(['v', 'V']).unwrap_or(text);
        match Version::parse(bare) {
            Ok(version) => Ok(Self::Version(version, None)),
            Err(_) => Err(VersionRefusal::NotAVersion {
                text: text.to_owned(),
                right: super::tag::parse_lenient(bare).map(|lenient| lenient.to_string()),
            }),
        }
    }
}

/// A version that may be released, with what it means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// The version on its way out.
    pub version: Version,
    /// Its type, which decides the plan.
    pub kind: ReleaseType,
    /// The release it is compared with; none for the first.
    pub base: Option<Version>,
    /// Something worth knowing that is no reason to refuse, such as a number left out.
    pub note: Option<String>,
}

/// Why a version or type cannot be released; [`fmt::Display`] names the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VersionRefusal {
    /// The text is neither a type nor a version; `right` is the version it nearly is.
    NotAVersion {
        /// What was typed.
        text: String,
        /// The same, written in full, where that can be told.
        right: Option<String>,
    },
    /// The version carries build metadata, which does not order releases.
    BuildMetadata {
        /// What was asked for.
        version: Version,
        /// The same without the metadata.
        right: Version,
    },
    /// The version is lower than the release it would follow.
    LowerThanBase {
        /// What was asked for.
        version: Version,
        /// What it must be above.
        base: Version,
    },
    /// The version has a tag already.
    AlreadyTagged {
        /// What was asked for.
        version: Version,
        /// The next one that is free.
        right: Version,
    },
    /// A pre-release that does not rise above one that is tagged, or whose final release is out.
    PrereleaseBehind {
        /// What was asked for.
        version: Version,
        /// The tagged version that it would have to follow.
        tagged: Version,
        /// The next one that is free.
        right: Version,
    },
    /// A patch or hotfix was asked for, and nothing was ever released.
    NothingToPatch {
        /// The type that was asked for.
        kind: ReleaseType,
    },
    /// The version and the type that was named with it disagree.
    OtherType {
        /// What was asked for.
        version: Version,
        /// The type that was named.
        named: ReleaseType,
        /// The type that the version has over this base.
        kind: ReleaseType,
        /// The release it is compared with.
        base: Version,
        /// The version that the named type gives.
        right: Version,
    },
}

impl fmt::Display for VersionRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAVersion { text, right: Some(right) } => {
                write!(f, "\"{text}\" is not a whole version: write {right}")
            }
            Self::NotAVersion { text, right: None } => {
                write!(f, "\"{text}\" is neither a version like 1.3.0 nor one of hotfix, patch, minor, major")
            }
            Self::BuildMetadata { version, right } => {
                write!(f, "{version} has build metadata, which names no release of its own: write {right}")
            }
            Self::LowerThanBase { version, base } => {
                let next = |kind| bump(base, kind);
                write!(
                    f,
                    "{version} is not above its base {base}: next is {} (patch), {} (minor) or {} (major)",
                    next(ReleaseType::Patch),
                    next(ReleaseType::Minor),
                    next(ReleaseType::Major)
                )
            }
            Self::AlreadyTagged { version, right } => write!(f, "{version} is already tagged: the next is {right}"),
            Self::PrereleaseBehind { version, tagged, right } => {
                write!(f, "{version} does not follow {tagged}, which is tagged: the next is {right}")
            }
            Self::NothingToPatch { kind } => {
                write!(f, "nothing was released yet, so there is nothing for a {kind}: the first is 0.1.0 or 1.0.0")
            }
            Self::OtherType { version, named, kind, base, right } => {
                write!(f, "{version} is a {kind} release of {base}, not a {named}: the {named} is {right}")
            }
        }
    }
}

impl std::error::Error for VersionRefusal {}

/// The version that follows `base` by one step of this type; build metadata is dropped.
///
/// A base that is itself a pre-release leads to its own final version where that is already a step of this type
/// (1.3.0-rc.1 by minor is 1.3.0), as npm and cargo-release have it.
#[must_use]
pub fn bump(base: &Version, kind: ReleaseType) -> Version {
    let pre = !base.pre.is_empty();
    match kind {
        ReleaseType::Hotfix | ReleaseType::Patch if pre => core(base),
        ReleaseType::Minor if pre && base.patch == 0 => core(base),
        ReleaseType::Major if pre && base.minor == 0 && base.patch == 0 => core(base),
        ReleaseType::Hotfix | ReleaseType::Patch => Version::new(base.major, base.minor, base.patch.saturating_add(1)),
        ReleaseType::Minor => Version::new(base.major, base.minor.saturating_add(1), 0),
        ReleaseType::Major => Version::new(base.major.saturating_add(1), 0, 0),
    }
}

/// The version without pre-release and build metadata.
#[must_use]
pub fn core(version: &Version) -> Version {
    Version::new(version.major, version.minor, version.patch)
}

/// What an explicit version means over its base: the highest number that moved. Never hotfix, which must be named.
#[must_use]
pub fn kind_of(base: Option<&Version>, version: &Version) -> ReleaseType {
    match base {
        None => ReleaseType::Minor,
        Some(base) if version.major != base.major => ReleaseType::Major,
        Some(base) if version.minor != base.minor => ReleaseType::Minor,
        Some(_) => ReleaseType::Patch,
    }
}

/// Whether a release of this type may break its users without breaking semantic versioning (item 4 of the
/// specification leaves 0.x free; the narrower rule is Cargo's: the leftmost number that is not zero).
#[must_use]
pub fn may_break(base: Option<&Version>, kind: ReleaseType) -> bool {
    match base {
        None => true,
        Some(base) if base.major > 0 => kind == ReleaseType::Major,
        Some(base) if base.minor > 0 => matches!(kind, ReleaseType::Minor | ReleaseType::Major),
        Some(_) => true,
    }
}

/// Turns what was asked for into a version and a type.
///
/// `base` is the release that this one follows on its own line (for a hotfix perhaps an older tag); `tagged` holds
/// every version that has a tag, pre-releases included, in any order.
///
/// # Errors
/// A refusal that names the right version.
pub fn plan(asked: &Asked, base: Option<&Version>, tagged: &[Version]) -> Result<Planned, VersionRefusal> {
    match asked {
        Asked::Type(kind) => plan_type(*kind, base, tagged),
        Asked::Version(version, named) => plan_version(version, *named, base, tagged),
    }
}

/// What could be released next: each type that is possible here, with its version.
#[must_use]
pub fn offers(base: Option<&Version>, tagged: &[Version]) -> Vec<(ReleaseType, Version)> {
    let version = |kind| Some((kind, plan_type(kind, base, tagged).ok()?.version));
    [ReleaseType::Minor, ReleaseType::Patch, ReleaseType::Major, ReleaseType::Hotfix]
        .into_iter()
        .filter_map(version)
        .collect()
}

/// `minor 1.3.0, patch 1.2.5, major 2.0.0, hotfix 1.2.5, or a version`.
#[must_use]
pub fn offer_words(base: Option<&Version>, tagged: &[Version]) -> String {
    let mut words: Vec<String> =
        offers(base, tagged).iter().map(|(kind, version)| format!("{kind} {version}")).collect();
    words.push("or a version".to_owned());
    words.join(", ")
}

fn plan_type(kind: ReleaseType, base: Option<&Version>, tagged: &[Version]) -> Result<Planned, VersionRefusal> {
    let version = match base {
        Some(base) => bump(base, kind),
        None => first(kind)?,
    };
    if is_tagged(&version, tagged) {
        let right = next_free(&version, kind, tagged);
        return Err(VersionRefusal::AlreadyTagged { version, right });
    }
    Ok(Planned { version, kind, base: base.cloned(), note: None })
}

fn plan_version(
    version: &Version,
    named: Option<ReleaseType>,
    base: Option<&Version>,
    tagged: &[Version],
) -> Result<Planned, VersionRefusal> {
    if !version.build.is_empty() {
        let right = Version { build: BuildMetadata::EMPTY, ..version.clone() };
        return Err(VersionRefusal::BuildMetadata { version: version.clone(), right });
    }
    let meant = kind_of(base, version);
    let kind = named.unwrap_or(meant);
    if is_tagged(version, tagged) {
        let right = if version.pre.is_empty() {
            next_free(version, kind, tagged)
        } else {
            next_prerelease(highest_prerelease(version, tagged).unwrap_or(version))
        };
        return Err(VersionRefusal::AlreadyTagged { version: version.clone(), right });
    }
    if let Some(base) = base.filter(|base| version <= base) {
        return Err(VersionRefusal::LowerThanBase { version: version.clone(), base: base.clone() });
    }
    prerelease_rises(version, kind, tagged)?;
    match (base, named) {
        (None, Some(named @ (ReleaseType::Hotfix | ReleaseType::Patch))) => {
            return Err(VersionRefusal::NothingToPatch { kind: named });
        }
        (Some(base), Some(named)) if !same_step(named, meant) => {
            let right = bump(base, named);
            return Err(VersionRefusal::OtherType {
                version: version.clone(),
                named,
                kind: meant,
                base: base.clone(),
                right,
            });
        }
        _ => {}
    }
    let expected = base.map(|base| bump(base, kind)).filter(|expected| core(version) != *expected);
    let note = expected.map(|expected| format!("{version} leaves out {expected}"));
    Ok(Planned { version: version.clone(), kind, base: base.cloned(), note })
}

/// Whether both move the same number; a hotfix and a patch do.
fn same_step(one: ReleaseType, other: ReleaseType) -> bool {
    let step = |kind| if kind == ReleaseType::Hotfix { ReleaseType::Patch } else { kind };
    step(one) == step(other)
}

fn first(kind: ReleaseType) -> Result<Version, VersionRefusal> {
    match kind {
        ReleaseType::Hotfix | ReleaseType::Patch => Err(VersionRefusal::NothingToPatch { kind }),
        ReleaseType::Minor => Ok(Version::new(0, 1, 0)),
        ReleaseType::Major => Ok(Version::new(1, 0, 0)),
    }
}

fn is_tagged(version: &Version, tagged: &[Version]) -> bool {
    tagged.iter().any(|tag| tag.cmp_precedence(version).is_eq())
}

/// The lowest untagged version that is a step of this type above everything tagged on the same line.
fn next_free(version: &Version, kind: ReleaseType, tagged: &[Version]) -> Version {
    let same_line = |tag: &&Version| match kind {
        ReleaseType::Hotfix | ReleaseType::Patch => tag.major == version.major && tag.minor == version.minor,
        ReleaseType::Minor => tag.major == version.major,
        ReleaseType::Major => true,
    };
    let highest = tagged.iter().filter(same_line).filter(|tag| tag.pre.is_empty()).max();
    bump(highest.unwrap_or(version), kind)
}

fn prerelease_rises(version: &Version, kind: ReleaseType, tagged: &[Version]) -> Result<(), VersionRefusal> {
    if version.pre.is_empty() {
        return Ok(());
    }
    let last = core(version);
    if is_tagged(&last, tagged) {
        let right = next_free(&last, kind, tagged);
        return Err(VersionRefusal::PrereleaseBehind { version: version.clone(), tagged: last, right });
    }
    match highest_prerelease(version, tagged) {
        Some(highest) if version < highest => Err(VersionRefusal::PrereleaseBehind {
            version: version.clone(),
            tagged: highest.clone(),
            right: next_prerelease(highest),
        }),
        _ => Ok(()),
    }
}

fn highest_prerelease<'a>(version: &Version, tagged: &'a [Version]) -> Option<&'a Version> {
    tagged.iter().filter(|tag| core(tag) == core(version) && !tag.pre.is_empty()).max()
}

/// The pre-release after this one: its last number plus one, or `.1` where it has none.
#[must_use]
pub fn next_prerelease(version: &Version) -> Version {
    let text = version.pre.as_str();
    let (head, tail) = text.rsplit_once('.').map_or(("", text), |(head, tail)| (head, tail));
    let next = match tail.parse::<u64>() {
        Ok(number) if head.is_empty() => number.saturating_add(1).to_string(),
        Ok(number) => format!("{head}.{}", number.saturating_add(1)),
        Err(_) => format!("{text}.1"),
    };
    // Appending or raising a number keeps the identifier well formed; if it ever did not, the old one stands.
    let pre = Prerelease::new(&next).unwrap_or_else(|_| version.pre.clone());
    Version { pre, build: BuildMetadata::EMPTY, ..version.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v(text: &str) -> Version {
        Version::parse(text).unwrap()
    }

    fn ask(asked: &str, base: &str, tagged: &[&str]) -> Result<String, String> {
        let tagged: Vec<Version> = tagged.iter().map(|tag| v(tag)).collect();
        let base = (!base.is_empty()).then(|| v(base));
        asked
            .parse::<Asked>()
            .and_then(|asked| plan(&asked, base.as_ref(), &tagged))
            .map(|planned| format!("{} {}", planned.version, planned.kind))
            .map_err(|refusal| refusal.to_string())
    }

    fn ok(text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }

    fn no(text: &str) -> Result<String, String> {
        Err(text.to_owned())
    }

    #[test]
    fn types_move_their_number() {
        assert_eq!(ask("hotfix", "1.2.4", &["1.2.4"]), ok("1.2.5 hotfix"));
        assert_eq!(ask("patch", "1.2.4", &["1.2.4"]), ok("1.2.5 patch"));
        assert_eq!(ask("Minor", "1.2.4", &["1.2.4"]), ok("1.3.0 minor"));
        assert_eq!(ask("major", "1.2.4", &["1.2.4"]), ok("2.0.0 major"));
    }

    #[test]
    fn an_explicit_version_has_the_type_of_the_number_that_moved() {
        assert_eq!(ask("v1.2.5", "1.2.4", &["1.2.4"]), ok("1.2.5 patch"));
        assert_eq!(ask("1.3.0", "1.2.4", &["1.2.4"]), ok("1.3.0 minor"));
        assert_eq!(ask("2.0.0", "1.2.4", &["1.2.4"]), ok("2.0.0 major"));
        assert_eq!(ask("0.4.0", "0.3.1", &["0.3.1"]), ok("0.4.0 minor"));
    }

    #[test]
    fn a_hotfix_starts_from_an_older_tag_beside_a_newer_release() {
        assert_eq!(ask("hotfix", "1.2.4", &["1.2.4", "1.3.0"]), ok("1.2.5 hotfix"));
        assert_eq!(
            ask("hotfix", "1.2.3", &["1.2.3", "1.2.4", "1.2.5", "1.3.0"]),
            no("1.2.4 is already tagged: the next is 1.2.6")
        );
        let asked = Asked::Version(v("1.2.5"), Some(ReleaseType::Hotfix));
        assert_eq!(plan(&asked, Some(&v("1.2.4")), &[]).unwrap().kind, ReleaseType::Hotfix);
        let asked = Asked::Version(v("1.3.0"), Some(ReleaseType::Hotfix));
        assert_eq!(
            plan(&asked, Some(&v("1.2.4")), &[]).unwrap_err().to_string(),
            "1.3.0 is a minor release of 1.2.4, not a hotfix: the hotfix is 1.2.5"
        );
    }

    #[test]
    fn lower_and_tagged_versions_are_refused_with_the_right_one() {
        assert_eq!(
            ask("1.2.3", "1.2.4", &["1.2.4"]),
            no("1.2.3 is not above its base 1.2.4: next is 1.2.5 (patch), 1.3.0 (minor) or 2.0.0 (major)")
        );
        assert_eq!(ask("1.2.4", "1.2.4", &["1.2.4"]), no("1.2.4 is already tagged: the next is 1.2.5"));
        assert_eq!(ask("1.3.0", "1.2.4", &["1.2.4", "1.3.0"]), no("1.3.0 is already tagged: the next is 1.4.0"));
        assert_eq!(ask("minor", "1.2.4", &["1.2.4", "1.3.2"]), ok("1.3.0 minor"));
        assert_eq!(ask("major", "1.2.4", &["1.2.4", "2.0.0"]), no("2.0.0 is already tagged: the next is 3.0.0"));
    }

    #[test]
    fn the_first_release_has_nothing_to_patch_or_migrate() {
        assert_eq!(ask("minor", "", &[]), ok("0.1.0 minor"));
        assert_eq!(ask("major", "", &[]), ok("1.0.0 major"));
        assert_eq!(ask("3.0.0", "", &[]), ok("3.0.0 minor"));
        assert_eq!(
            ask("patch", "", &[]),
            no("nothing was released yet, so there is nothing for a patch: the first is 0.1.0 or 1.0.0")
        );
    }

    #[test]
    fn prereleases_have_the_type_of_their_final_version_and_rise() {
        assert_eq!(ask("1.3.0-rc.1", "1.2.4", &["1.2.4"]), ok("1.3.0-rc.1 minor"));
        assert_eq!(ask("1.3.0-rc.3", "1.2.4", &["1.2.4", "1.3.0-rc.2"]), ok("1.3.0-rc.3 minor"));
        assert_eq!(ask("1.3.0", "1.2.4", &["1.2.4", "1.3.0-rc.2"]), ok("1.3.0 minor"));
        assert_eq!(
            ask("1.3.0-rc.1", "1.2.4", &["1.2.4", "1.3.0-rc.2"]),
            no("1.3.0-rc.1 does not follow 1.3.0-rc.2, which is tagged: the next is 1.3.0-rc.3")
        );
        assert_eq!(
            ask("1.3.0-rc.2", "1.2.4", &["1.3.0-rc.2"]),
            no("1.3.0-rc.2 is already tagged: the next is 1.3.0-rc.3")
        );
        assert_eq!(
            ask("1.3.0-rc.4", "1.2.4", &["1.2.4", "1.3.0"]),
            no("1.3.0-rc.4 does not follow 1.3.0, which is tagged: the next is 1.4.0")
        );
        assert_eq!(ask("minor", "1.3.0-rc.1", &["1.3.0-rc.1"]), ok("1.3.0 minor"));
    }

    #[test]
    fn half_versions_and_metadata_get_the_whole_one() {
        assert_eq!(ask("1.3", "1.2.4", &[]), no("\"1.3\" is not a whole version: write 1.3.0"));
        assert_eq!(
            ask("next", "1.2.4", &[]),
            no("\"next\" is neither a version like 1.3.0 nor one of hotfix, patch, minor, major")
        );
        assert_eq!(
            ask("1.3.0+5", "1.2.4", &[]),
            no("1.3.0+5 has build metadata, which names no release of its own: write 1.3.0")
        );
    }

    #[test]
    fn a_number_left_out_is_said_and_not_refused() {
        let asked = Asked::Version(v("1.4.0"), None);
        let planned = plan(&asked, Some(&v("1.2.4")), &[]).unwrap();
        assert_eq!(planned.note.as_deref(), Some("1.4.0 leaves out 1.3.0"));
    }

    #[test]
    fn what_may_break_before_1_0_follows_the_leftmost_number() {
        assert!(may_break(Some(&v("0.3.1")), ReleaseType::Minor));
        assert!(!may_break(Some(&v("0.3.1")), ReleaseType::Patch));
        assert!(may_break(Some(&v("0.0.3")), ReleaseType::Patch));
        assert!(!may_break(Some(&v("1.2.4")), ReleaseType::Minor));
        assert!(may_break(Some(&v("1.2.4")), ReleaseType::Major));
    }

    #[test]
    fn the_next_prerelease_raises_the_last_number() {
        assert_eq!(next_prerelease(&v("1.0.0-rc.9")), v("1.0.0-rc.10"));
        assert_eq!(next_prerelease(&v("1.0.0-beta")), v("1.0.0-beta.1"));
        assert_eq!(next_prerelease(&v("1.0.0-1")), v("1.0.0-2"));
    }

    #[test]
    fn what_could_come_next_is_offered_with_its_version() {
        let base = v("1.2.4");
        let offered = "minor 1.3.0, patch 1.2.5, major 2.0.0, hotfix 1.2.5, or a version";
        assert_eq!(offer_words(Some(&base), std::slice::from_ref(&base)), offered);
        assert_eq!(offer_words(None, &[]), "minor 0.1.0, major 1.0.0, or a version");
    }
}
