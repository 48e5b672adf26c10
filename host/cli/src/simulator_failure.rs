//! Failures to start the simulator: its own errors, or that this command was built without it.

#[cfg(feature = "simulator")]
use stockbridge_simulator::{StartError, StockError};

use stockbridge::ErrorClass;

/// Failure to start the simulator.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SimulatorFailure {
    /// It cannot start.
    #[cfg(feature = "simulator")]
    #[error(transparent)]
    Start(#[from] StartError),
    /// Its stock file is invalid.
    #[cfg(feature = "simulator")]
    #[error(transparent)]
    Stock(#[from] StockError),
    /// This command was built without it.
    #[cfg(not(feature = "simulator"))]
    #[error("this command was built without its feature `simulator`; build it with that")]
    Missing,
}

impl SimulatorFailure {
    /// Class of the failure, for a program to act on.
    pub(crate) fn class(&self) -> ErrorClass {
        match self {
            #[cfg(feature = "simulator")]
            SimulatorFailure::Stock(_) | SimulatorFailure::Start(StartError::NotLoopback(_) | StartError::Stock(_)) => {
                ErrorClass::InvalidRequest
            }
            #[cfg(feature = "simulator")]
            SimulatorFailure::Start(_) => ErrorClass::Internal,
            #[cfg(not(feature = "simulator"))]
            SimulatorFailure::Missing => ErrorClass::Unsupported,
        }
    }

    /// A name that stays the same from release to release.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            #[cfg(feature = "simulator")]
            SimulatorFailure::Stock(_) | SimulatorFailure::Start(StartError::Stock(_)) => "simulator.stock",
            #[cfg(feature = "simulator")]
            SimulatorFailure::Start(StartError::NotLoopback(_)) => "simulator.not-loopback",
            #[cfg(feature = "simulator")]
            SimulatorFailure::Start(_) => "simulator.start",
            #[cfg(not(feature = "simulator"))]
            SimulatorFailure::Missing => "simulator.missing",
        }
    }
}
