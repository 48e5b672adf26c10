//! `stockbridge embed`: puts signature vectors, and a version for people, into a component that does what they say.

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

/// Writes the component with its vectors. Where they differ from what it sends, nothing is written.
pub(crate) async fn run(asked: &EmbedArguments, json: bool) -> Result<Exit, Failure> {
    let failed = |cause| Failure::new(ACTION, cause);
    let on = |path: &Path, reason| failed(Cause::File { file: path.display().to_string(), reason });
    let vectors = bounded::text(&asked.vectors).map_err(|reason| on(&asked.vectors, reason))?;
    let component = gate::embedded(asked.component.clone(), &vectors, asked.version.as_deref())
        .await
        .map_err(|error| failed(Cause::Library(error)))?;
    write(&asked.output, &component).map_err(|reason| on(&asked.output, reason))?;
    let shown = if json {
        output::json(&Embedded { component: asked.output.display().to_string(), size: component.len() })
    } else {
        output::lines(&format!("{}: {} bytes, with its signature vectors", asked.output.display(), component.len()))
    };
    shown.map_err(|error| failed(Cause::Output(error)))?;
    Ok(Exit::Done)
}

/// Under another name first: a host that reads the file meanwhile finds the old one or the new one, whole.
fn write(output: &Path, component: &[u8]) -> io::Result<()> {
    let mut draft = output.as_os_str().to_owned();
    draft.push(".new");
    fs::write(&draft, component)?;
    fs::rename(&draft, output)
}

/// What was written, as a program reads it.
#[derive(Serialize)]
struct Embedded {
    component: String,
    size: usize,
}
