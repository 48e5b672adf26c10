//! `stockbridge simulator`: runs the simulator of the providers until it is stopped.

use std::time::Duration;

use stockbridge_simulator::{Options, Simulator, Stock};

use super::signals::Signals;
use crate::arguments::SimulatorArguments;
use crate::exit::Exit;
use crate::failure::{Cause, Failure};
use crate::output;

const ACTION: &str = "the simulator";
/// Timeout for requests in progress after a stop was requested.
const SHUTDOWN: Duration = Duration::from_secs(2);

/// Prints the address once it listens, and stops in good order on an interrupt or a SIGTERM.
pub(crate) async fn run(arguments: &SimulatorArguments) -> Result<Exit, Failure> {
    let failed = |cause| Failure::new(ACTION, cause);
    let stock = arguments.stock.as_deref().map(Stock::from_file).transpose();
    let stock = stock.map_err(|error| failed(Cause::Simulator(error.into())))?;
    let options = Options { stock, ..Options::default() };
    // Signals come first: a reader of the address may stop the simulator at once.
    let mut signals = Signals::listen().map_err(|error| failed(Cause::Runtime(error)))?;
    let simulator =
        Simulator::start(arguments.listen, options).await.map_err(|error| failed(Cause::Simulator(error.into())))?;
    output::lines(&format!("simulator listening on {}", simulator.url()))
        .map_err(|error| failed(Cause::Output(error)))?;
    signals.next().await;
    // A request that does not end concerns only its client.
    let _ = tokio::time::timeout(SHUTDOWN, simulator.stop()).await;
    Ok(Exit::Done)
}
