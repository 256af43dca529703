//! Versions as Python's tools compare them: `3.2.0.dev` is `3.2.0.dev0`, `1.0rc1` is `1.0.0-rc.1`.
//!
//! Pure. PEP 440 is the source of the forms; what it does not understand is equal to nothing. Enter at [`same`].

use crate::domain::pattern::pattern;

pattern!(
    FORM,
    r"(?i)^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<pre>alpha|a|beta|b|preview|pre|c|rc)[-_.]?(?<pre_number>\d+)?)?(?:-(?<bare_post>\d+)|[-_.]?(?<post>post|rev|r)[-_.]?(?<post_number>\d+)?)?(?:[-_.]?(?<dev>dev)[-_.]?(?<dev_number>\d+)?)?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$"
);

/// Whether both texts are the same version of PEP 440.
#[must_use]
pub(super) fn same(one: &str, other: &str) -> bool {
    canonical(one).is_some_and(|one| canonical(other) == Some(one))
}

/// The one way to write it: `1!2.3rc1.post2.dev4+local`; none for what is no such version.
fn canonical(text: &str) -> Option<String> {
    let found = FORM.captures(text)?;
    let part = |name: &str| found.name(name).map(|part| part.as_str());
    // A number that is left out is 0, and zeros in front of one are nothing.
    let number = |name: &str| {
        let digits = part(name).unwrap_or("0").trim_start_matches('0');
        if digits.is_empty() { "0".to_owned() } else { digits.to_owned() }
    };
    let mut release: Vec<String> = part("release")?
        .split('.')
        .map(|part| part.trim_start_matches('0'))
        .map(|part| if part.is_empty() { "0".to_owned() } else { part.to_owned() })
        .collect();
    while release.len() > 1 && release.last().is_some_and(|last| last == "0") {
        release.pop();
    }
    let mut canonical = format!("{}!{}", number("epoch"), release.join("."));
    if let Some(pre) = part("pre") {
        let word = match pre.to_ascii_lowercase().as_str() {
            "a" | "alpha" => "a",
            "b" | "beta" => "b",
            _ => "rc",
        };
        canonical.push_str(&format!("{word}{}", number("pre_number")));
    }
    if part("bare_post").is_some() {
        canonical.push_str(&format!(".post{}", number("bare_post")));
    } else if part("post").is_some() {
        canonical.push_str(&format!(".post{}", number("post_number")));
    }
    if part("dev").is_some() {
        canonical.push_str(&format!(".dev{}", number("dev_number")));
    }
    if let Some(local) = part("local") {
        canonical.push_str(&format!("+{}", local.to_ascii_lowercase().replace(['-', '_'], ".")));
    }
    Some(canonical)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_takes_for_one_version_is_one() {
        for (one, other) in [
            ("3.2.0.dev", "3.2.0.dev0"),
            ("1.0rc1", "1.0.0rc1"),
            ("1.0rc1", "1.0.0-rc.1"),
            ("1.0", "1.0.0"),
            ("v1.2.0-alpha.3", "1.2a3"),
            ("1.0.post1", "1.0-1"),
            ("1.0-r4", "1.0.post4"),
            ("1.0+Ubuntu-1", "1.0+ubuntu.1"),
            ("0!1.0", "1"),
            ("2024.01.05", "2024.1.5"),
        ] {
            assert!(same(one, other), "{one} {other}");
        }
        for (one, other) in [
            ("1.0", "1.0rc1"),
            ("3.2.0.dev", "3.2.0"),
            ("1.0a1", "1.0b1"),
            ("1.0", "1!1.0"),
            ("1.0.1", "1.0.10"),
            ("next", "next"),
        ] {
            assert!(!same(one, other), "{one} {other}");
        }
    }
}
