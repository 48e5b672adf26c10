//! `stockbridge inspect`: a component's description, its imports and exports, and what an operator has to configure for it.

use std::path::Path;

use serde::Serialize;
use stockbridge::{Inspection, SecretNeed, Setting};

use crate::arguments::InspectArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output::{self, Facts};

const ACTION: &str = "the inspection";

/// Loads a component and shows it. Nothing is granted to it.
pub(crate) async fn run(arguments: &InspectArguments, json: bool) -> Result<Exit, Failure> {
    let inspection = stockbridge::inspect(arguments.component.clone())
        .await
        .map_err(|error| Failure::new(ACTION, Cause::Library(error)))?;
    let shown = if json {
        output::json(&Inspected { component: arguments.component.display().to_string(), inspection: &inspection })
    } else {
        output::lines(&text(&arguments.component, &inspection))
    };
    shown.map_err(|error| Failure::new(ACTION, Cause::Output(error)))?;
    Ok(Exit::Done)
}

/// A component, as JSON.
#[derive(Serialize)]
struct Inspected<'a> {
    component: String,
    #[serde(flatten)]
    inspection: &'a Inspection,
}

/// A component, as text.
fn text(path: &Path, inspection: &Inspection) -> String {
    let descriptor = &inspection.descriptor;
    let mut facts = Facts::new(format!("{}: {}", descriptor.provider, descriptor.title));
    facts.add("file", path.display());
    facts.add("version", inspection.version.as_deref().unwrap_or("not given"));
    facts.add("size", format!("{} bytes", inspection.size));
    facts.add("sha256", inspection.digest);
    let vectors = match inspection.vectors {
        0 => "none: whether it signs correctly is unknown before its first call".to_owned(),
        vectors => format!("{vectors}, all passed"),
    };
    facts.add("vectors", vectors);
    facts.add_all("imports", &inspection.imports, Clone::clone);
    facts.add_all("exports", &inspection.exports, Clone::clone);
    facts.add_all("origins", &descriptor.origins, Clone::clone);
    let limit = descriptor.requests_per_minute;
    let limit = limit.map_or_else(|| "none documented".to_owned(), |limit| format!("{limit} requests a minute"));
    facts.add("rate limit", limit);
    facts.add_all("settings", &descriptor.settings, setting);
    facts.add_all("secrets", &descriptor.secrets, secret);
    facts.add_all("application", &descriptor.application, Clone::clone);
    facts.text()
}

fn setting(setting: &Setting) -> String {
    let need = match (&setting.default, setting.required) {
        (Some(default), _) => format!("default `{default}`"),
        (None, true) => "required".to_owned(),
        (None, false) => "optional".to_owned(),
    };
    format!("{} ({need}): {}", setting.name, setting.description)
}

fn secret(secret: &SecretNeed) -> String {
    let need = if secret.required { "required" } else { "optional" };
    let need = if secret.captured { "captured from an answer" } else { need };
    let place = if secret.sent { "sent to the provider" } else { "for signing only, never sent" };
    format!("{} ({need}; {place}): {}", secret.name, secret.description)
}
