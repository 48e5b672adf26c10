//! Check of a component against its signature vectors. `run` runs them, `recording` is the transport that they run against, and
//! `difference` describes how a request differs from the expected one.

mod difference;
mod recording;
mod run;

use std::sync::Arc;
use std::time::Duration;

use crate::connector::vectors::read;
use crate::connector::{Check, Connector, ReportBuilder};
use crate::error::VectorProblem;
use crate::sandbox::Sandbox;

/// Time limit for all vectors of a component.
const TIME: Duration = Duration::from_secs(2);

/// Checks that the connector sends what the vectors in its section say.
pub(super) async fn check(
    sandbox: &Arc<Sandbox>,
    connector: &Arc<Connector>,
    section: Option<&[u8]>,
    required: bool,
    steps: &mut ReportBuilder,
) -> Result<(), VectorProblem> {
    match section {
        None if required => Err(VectorProblem::Missing),
        None => {
            steps.not_asked(Check::Vectors, "it ships none");
            Ok(())
        }
        Some(section) => {
            let vectors = read(section)?;
            run::all(sandbox, &connector.apart(sandbox).await, &vectors).await?;
            steps.ok(Check::Vectors, count_text(vectors.len()));
            Ok(())
        }
    }
}

fn count_text(vectors: usize) -> String {
    if vectors == 1 { "1 vector".to_owned() } else { format!("{vectors} vectors") }
}
