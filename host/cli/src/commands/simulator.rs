//! `stockbridge simulator`: runs the stand-in for the providers until it is told to stop.

use std::time::Duration;

use stockbridge_simulator::{Options, Simulator, Stock};

use super::signals::Signals;
use crate::arguments::SimulatorArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output;

const ACTION: &str = "the simulator";
/// How long requests that are being answered may still take after the end was asked for.
const LAST_ANSWERS: Duration = Duration::from_secs(2);

/// Says where it listens once it does, and ends in good order on an interrupt or a SIGTERM.
pub(crate) async fn run(asked: &SimulatorArguments) -> Result<Exit, Failure> {
    let failed = |cause| Failure::new(ACTION, cause);
    let stock = asked.stock.as_deref().map(Stock::from_file).transpose();
    let stock = stock.map_err(|error| failed(Cause::Simulator(error.into())))?;
    let options = Options { stock, ..Options::default() };
    // Listening for the end begins first: who reads the address may end the simulator at once.
    let mut signals = Signals::listen().map_err(|error| failed(Cause::Runtime(error)))?;
    let simulator =
        Simulator::start(asked.listen, options).await.map_err(|error| failed(Cause::Simulator(error.into())))?;
    output::lines(&format!("simulator listening on {}", simulator.url()))
        .map_err(|error| failed(Cause::Output(error)))?;
    signals.next().await;
    // A request that does not end is the client's matter.
    let _ = tokio::time::timeout(LAST_ANSWERS, simulator.stop()).await;
    Ok(Exit::Done)
}
