//! `stockbridge embed`: puts signature vectors, and a version for people, into a component that passes the vectors.

use std::fs;
use std::io;
use std::path::Path;

use serde::Serialize;
use stockbridge::gate;

use crate::arguments::EmbedArguments;
use crate::bounded;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output;

const ACTION: &str = "the embedding";

/// Writes the component with its vectors. Where its requests differ from them, nothing is written.
pub(crate) async fn run(arguments: &EmbedArguments, json: bool) -> Result<Exit, Failure> {
    let failed = |cause| Failure::new(ACTION, cause);
    let on = |path: &Path, reason| failed(Cause::File { file: path.display().to_string(), reason });
    let vectors = bounded::text(&arguments.vectors).map_err(|reason| on(&arguments.vectors, reason))?;
    let component = gate::embedded(arguments.component.clone(), &vectors, arguments.version.as_deref())
        .await
        .map_err(|error| failed(Cause::Library(error)))?;
    write(&arguments.output, &component).map_err(|reason| on(&arguments.output, reason))?;
    let shown = if json {
        output::json(&Embedded { component: arguments.output.display().to_string(), size: component.len() })
    } else {
        output::lines(&format!("{}: {} bytes, with its signature vectors", arguments.output.display(), component.len()))
    };
    shown.map_err(|error| failed(Cause::Output(error)))?;
    Ok(Exit::Done)
}

/// Writes under another name first: a host that reads the file meanwhile finds either the old one or the new one, whole.
fn write(output: &Path, component: &[u8]) -> io::Result<()> {
    let mut draft = output.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, component)?;
    fs::rename(&draft, output)
}

/// The written component, as JSON.
#[derive(Serialize)]
struct Embedded {
    component: String,
    size: usize,
}
