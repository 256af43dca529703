//! `relco sheet …`: what release manager and DevOps provide, and the plan that they agree on.

use serde_json::json;

use super::Context;
use super::args::SheetCommand;
use super::exit::{Ending, Exit, Failure};
use super::output::safe;
use crate::domain::account;
use crate::domain::command::Command as Act;
use crate::domain::forms::moment;
use crate::domain::id::Role;
use crate::domain::sheet::{Sheet, SheetField};

/// Runs a sheet command.
pub fn run(context: &mut Context, command: SheetCommand) -> Ending {
    match command {
        SheetCommand::Show => Ok(show(context)),
        SheetCommand::Set { field, value } => {
            let found = field_named(&field)?;
            let said = format!("{found}: {}", value.trim());
            context.act(&Act::SetSheet { field: found, value }, &said)
        }
        SheetCommand::Agree { role } => {
            let role = Role::new(role.trim().to_lowercase());
            let said = format!("{role} agrees to the sheet");
            context.act(&Act::AgreeSheet { role }, &said)
        }
    }
}

fn field_named(text: &str) -> Result<SheetField, Failure> {
    SheetField::from_slug(&text.trim().to_lowercase().replace([' ', '_'], "-")).ok_or_else(|| {
        let fields: Vec<String> = SheetField::ALL.iter().map(|field| field.slug()).collect();
        Failure::usage(format!("the sheet has no field {text}")).hint(format!("fields: {}", fields.join(", ")))
    })
}

fn show(context: &Context) -> Exit {
    let snapshot = context.session.snapshot();
    let sit = snapshot.situation(crate::system::clock::now());
    let form = account::sheet(&sit);
    let void = account::void_agreements(&sit);
    if context.out.json {
        let empty = Sheet::default();
        let sheet = sit.release.map_or(&empty, |release| &release.sheet);
        let fields: serde_json::Map<String, serde_json::Value> =
            SheetField::ALL.iter().map(|field| (field.slug(), json!(sheet.get(*field)))).collect();
        let agreed = form.agreed.iter().map(|one| (one.role.clone(), json!(one.by.as_ref().map(|(by, _)| by))));
        let void: Vec<_> = void.iter().map(|one| json!({ "role": one.role.as_str(), "by": one.by })).collect();
        context.out.document(&json!({
            "schema": 1,
            "sheet": {
                "fields": fields,
                "sequence": form.sequence,
                "trigger": form.trigger,
                "agreed": agreed.collect::<serde_json::Map<_, _>>(),
                "void": void,
            },
        }));
        return Exit::Done;
    }
    for line in form.render(&snapshot.zone).lines() {
        context.out.line(safe(line));
    }
    for one in &void {
        let when = moment(one.at, &snapshot.zone);
        let line = format!("void: {} agreed for {} ({when}); the sheet changed since", one.by, one.role);
        context.out.line(safe(&line));
    }
    Exit::Done
}
