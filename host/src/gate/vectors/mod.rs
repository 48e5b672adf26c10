//! That a component does what its signature vectors say. `run` runs them, `recording` is what they run against, and
//! `difference` tells where a request parts from the one that should have come out.

mod difference;
mod recording;
mod run;

use std::sync::Arc;
use std::time::Duration;

use crate::connector::vectors::read;
use crate::connector::{Check, Connector, ReportBuilder};
use crate::error::VectorProblem;
use crate::sandbox::Sandbox;

/// How long all of them may take.
const TIME: Duration = Duration::from_secs(2);

/// That the connector sends what the vectors in its section say.
pub(super) async fn checked(
    sandbox: &Arc<Sandbox>,
    connector: &Arc<Connector>,
    section: Option<&[u8]>,
    wanted: bool,
    steps: &mut ReportBuilder,
) -> Result<(), VectorProblem> {
    match section {
        None if wanted => Err(VectorProblem::Missing),
        None => {
            steps.not_asked(Check::Vectors, "it ships none");
            Ok(())
        }
        Some(section) => {
            let vectors = read(section)?;
            run::all(sandbox, &connector.apart(sandbox).await, &vectors).await?;
            steps.ok(Check::Vectors, counted(vectors.len()));
            Ok(())
        }
    }
}

fn counted(vectors: usize) -> String {
    if vectors == 1 { "1 vector".to_owned() } else { format!("{vectors} vectors") }
}
