//! Real components over real HTTP to the simulator: every operation that a provider offers, and every error that it documents.

mod documented_errors;
mod found_again;
mod full_stock;
mod lost_answers;
mod operations;
mod paging;
mod refusals;
