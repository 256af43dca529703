//! Where an item stands: its list, its group, and its place among its neighbours.
//!
//! Declared deployment steps keep the order in which they are written; default steps between them stand before the
//! declared step that follows them in the default plan, and behind all when none does. So a step that a project adds
//! behind its last deployment still comes before "Clear caches". Enter at [`weave`] and [`place`].

use super::error::Fault;
use super::file::Item;
use super::read::Findings;
use super::schema::{GROUPS, LISTS};
use crate::domain::id::Role;
use crate::domain::plan::List;

/// Gives an item the role and group that follow from where it stands, when it names none. `group` is that of the
/// neighbour it was placed at.
pub fn settle(item: &mut Item, group: Option<String>) {
    let list = item.list.as_deref().and_then(List::from_name);
    let role = item.role.get_or_insert_with(|| {
        match list {
            Some(List::PreRelease | List::Communication) | None => Role::RELEASE_MANAGER,
            Some(List::Verification) => Role::QA,
            Some(List::PreDeployment | List::Deployment | List::Rollback | List::PostRollback) => Role::DEVOPS,
        }
        .to_owned()
    });
    if list == Some(List::PreRelease) && item.group.is_none() {
        let by_role = match super::build::role_name(role).as_str() {
            Role::RELEASE_MANAGER | Role::DEVELOPER => "Release Manager Tasks",
            Role::DEVOPS => "DevOps Tasks",
            _ => "Environment Readiness",
        };
        item.group = Some(group.unwrap_or_else(|| by_role.to_owned()));
    }
}

/// Puts declared deployment steps among the default items, replacing those of the same id.
pub fn weave(items: Vec<Item>, declared: Vec<Item>) -> Vec<Item> {
    let (deployment, mut others): (Vec<Item>, Vec<Item>) =
        items.into_iter().partition(|item| item.list.as_deref() == Some(List::Deployment.name()));
    let mut woven = declared;
    let mut waiting: Vec<Item> = Vec::new();
    for item in deployment {
        match woven.iter().position(|step| step.id == item.id) {
            Some(at) => {
                woven.splice(at..at, waiting.drain(..));
            }
            None => waiting.push(item),
        }
    }
    woven.append(&mut waiting);
    others.append(&mut woven);
    others
}

/// Moves an item to the neighbour that it names.
pub fn place(items: &mut Vec<Item>, id: &str, findings: &mut Findings) {
    let Some(from) = items.iter().position(|item| item.id == id) else { return };
    let item = items.remove(from);
    let (key, neighbour, behind) = match (&item.before, &item.after) {
        (Some(_), Some(_)) => {
            let why = "`before` and `after` cannot both hold; name one".to_owned();
            findings.report(&item.at, Fault::Contradiction { place: item.place(), why });
            items.insert(from, item);
            return;
        }
        (Some(before), None) => ("before", before.clone(), 0),
        (None, after) => ("after", after.clone().unwrap_or_default(), 1),
    };
    let there = items.iter().position(|one| one.id == neighbour && one.list == item.list);
    if there.is_none() {
        let what = format!("item of the {} list", item.list.as_deref().unwrap_or("same"));
        let same_list = items.iter().filter(|one| one.list == item.list).map(|one| one.id.as_str());
        findings.report_key(&item.at, key, Fault::unknown_name(&what, &neighbour, same_list));
    }
    items.insert(there.map_or(from, |there| there + behind), item);
}

/// All items by list, and the pre-release items by group; within these their order stays.
pub fn by_list(mut items: Vec<Item>) -> Vec<Item> {
    let index = |words: &[&str], word: &Option<String>| {
        let word = word.as_deref().unwrap_or_default();
        words.iter().position(|one| *one == word).unwrap_or(words.len())
    };
    items.sort_by_key(|item| (index(LISTS, &item.list), index(GROUPS, &item.group)));
    for item in &mut items {
        (item.before, item.after) = (None, None);
    }
    items
}
