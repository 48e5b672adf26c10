//! The claims about the swap, each checked in every order of its threads' steps.

#[path = "../../../../host/src/session/swap/mod.rs"]
mod swap;
mod sync;

use loom::sync::atomic::{AtomicBool, AtomicUsize};
use loom::thread;
use swap::{InCall, Limits, Slot, Trial, Verdict, Version};
use sync::{Arc, Ordering};

/// A version that records whether it was freed.
struct Connector {
    number: u32,
    freed: Arc<AtomicBool>,
}

impl Drop for Connector {
    fn drop(&mut self) {
        self.freed.store(true, Ordering::SeqCst);
    }
}

fn connector(number: u32) -> (Arc<Connector>, Arc<AtomicBool>) {
    let freed = Arc::new(AtomicBool::new(false));
    (Arc::new(Connector { number, freed: freed.clone() }), freed)
}

fn one_fault() -> Arc<Trial> {
    Arc::new(Trial::new(Limits { faults: 1, percent: 1 }))
}

/// A slot whose second version is on probation, with the first as fallback.
fn on_probation(trial: &Arc<Trial>) -> Arc<Slot<Connector>> {
    Arc::new(Slot::new(Version::on_probation(connector(2).0, trial.clone(), connector(1).0)))
}

/// Another thread, in which a call fails, if one can start. It returns the serving version afterwards.
fn failing(slot: &Arc<Slot<Connector>>) -> thread::JoinHandle<()> {
    let slot = slot.clone();
    thread::spawn(move || {
        if let Some(call) = slot.begin() {
            call.ended(true);
        }
        slot.current();
    })
}

fn serves(slot: &Slot<Connector>) -> u32 {
    slot.current().unwrap().value().number
}

#[test]
fn a_call_stays_on_its_version_which_is_freed_when_the_last_call_on_it_ends() {
    loom::model(|| {
        let (first, first_freed) = connector(1);
        let slot = Arc::new(Slot::new(Version::proven(first)));
        let calling = {
            let slot = slot.clone();
            thread::spawn(move || {
                let call: InCall<Connector> = slot.begin().unwrap();
                let number = call.value().number;
                thread::yield_now();
                assert!(!call.value().freed.load(Ordering::SeqCst));
                assert_eq!(call.value().number, number);
                assert!(call.ended(false).is_none());
            })
        };
        slot.put(Some(Version::proven(connector(2).0)));
        assert_eq!(serves(&slot), 2);
        calling.join().unwrap();
        assert!(first_freed.load(Ordering::SeqCst));
    });
}

#[test]
fn after_a_swap_every_call_that_begins_is_on_the_new_version() {
    loom::model(|| {
        let slot = Arc::new(Slot::new(Version::proven(connector(1).0)));
        let swapped = Arc::new(AtomicBool::new(false));
        let swapping = {
            let (slot, swapped) = (slot.clone(), swapped.clone());
            thread::spawn(move || {
                slot.put(Some(Version::proven(connector(2).0)));
                swapped.store(true, Ordering::SeqCst);
            })
        };
        let was_swapped = swapped.load(Ordering::SeqCst);
        let call = slot.begin().unwrap();
        assert!(!was_swapped || call.value().number == 2);
        swapping.join().unwrap();
    });
}

#[test]
fn of_calls_that_fail_at_once_one_decides_and_the_slot_is_put_back() {
    loom::model(|| {
        let trial = one_fault();
        let slot = on_probation(&trial);
        let decided = Arc::new(AtomicUsize::new(0));
        let callers: Vec<_> = (0..2)
            .map(|_| {
                let (slot, decided) = (slot.clone(), decided.clone());
                thread::spawn(move || {
                    let call = slot.begin().unwrap();
                    let faulty = call.value().number == 2;
                    if call.ended(faulty).is_some() {
                        decided.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        callers.into_iter().for_each(|caller| caller.join().unwrap());
        assert_eq!(decided.load(Ordering::SeqCst), 1);
        assert_eq!(serves(&slot), 1);
    });
}

#[test]
fn no_call_begins_on_a_version_after_its_trial_has_failed() {
    loom::model(|| {
        let trial = one_fault();
        let slots = [on_probation(&trial), on_probation(&trial)];
        let failed = Arc::new(AtomicBool::new(false));
        let failing = {
            let (slot, failed) = (slots[0].clone(), failed.clone());
            thread::spawn(move || {
                slot.begin().unwrap().ended(true);
                failed.store(true, Ordering::SeqCst);
            })
        };
        // Also in another account of the same rollout, which has not been used since.
        let had_failed = failed.load(Ordering::SeqCst);
        let call = slots[1].begin().unwrap();
        assert!(!had_failed || call.value().number == 1);
        failing.join().unwrap();
        assert_eq!(slots.map(|slot| serves(&slot)), [1, 1]);
    });
}

#[test]
fn putting_back_never_takes_the_place_of_what_was_put_later() {
    loom::model(|| {
        let trial = one_fault();
        let slot = on_probation(&trial);
        let failing = failing(&slot);
        slot.put(Some(Version::proven(connector(3).0)));
        assert_eq!(serves(&slot), 3);
        failing.join().unwrap();
        assert_eq!(serves(&slot), 3);
    });
}

#[test]
fn a_closed_slot_stays_closed_whatever_is_decided_meanwhile() {
    loom::model(|| {
        let trial = one_fault();
        let slot = on_probation(&trial);
        let failing = failing(&slot);
        slot.put(None);
        assert!(slot.begin().is_none());
        failing.join().unwrap();
        assert!(slot.current().is_none());
    });
}

#[test]
fn a_probation_that_ends_as_it_fails_has_one_verdict_and_what_is_not_needed_is_freed() {
    loom::model(|| {
        let trial = one_fault();
        let ((old, old_freed), (new, new_freed)) = (connector(1), connector(2));
        let slot = Arc::new(Slot::new(Version::on_probation(new, trial.clone(), old)));
        let failing = {
            let slot = slot.clone();
            thread::spawn(move || slot.begin().unwrap().ended(true).is_some())
        };
        let passed = trial.pass();
        let failed = failing.join().unwrap();
        assert!(passed != failed);
        let verdict = if passed { Verdict::Passed } else { Verdict::Failed };
        assert!(trial.verdict() == verdict);
        assert_eq!(serves(&slot), if passed { 2 } else { 1 });
        assert!(slot.current().unwrap().probation().is_none());
        assert_eq!(old_freed.load(Ordering::SeqCst), passed);
        assert_eq!(new_freed.load(Ordering::SeqCst), failed);
    });
}

#[test]
fn a_version_that_is_held_on_to_serves_until_it_is_let_go_and_nothing_is_held_against_a_later_one() {
    loom::model(|| {
        let trial = one_fault();
        let (first, first_freed) = connector(1);
        let slot = Arc::new(Slot::new(Version::proven(first)));
        let held = slot.begin().unwrap();
        let swapping = {
            let (slot, trial) = (slot.clone(), trial.clone());
            thread::spawn(move || slot.put(Some(Version::on_probation(connector(2).0, trial, connector(3).0))))
        };
        assert!(held.clone().ended(true).is_none());
        swapping.join().unwrap();
        assert!(!first_freed.load(Ordering::SeqCst));
        drop(held);
        assert!(first_freed.load(Ordering::SeqCst));
        assert_eq!((serves(&slot), trial.verdict() == Verdict::Open), (2, true));
    });
}

#[test]
fn a_version_that_is_held_on_to_is_put_back_for_what_it_does_then_unless_its_trial_is_over() {
    loom::model(|| {
        let trial = one_fault();
        let slot = on_probation(&trial);
        let held = slot.begin().unwrap();
        let passing = {
            let trial = trial.clone();
            thread::spawn(move || trial.pass())
        };
        let failed = held.clone().ended(true).is_some();
        assert!(passing.join().unwrap() != failed);
        assert_eq!((serves(&slot), held.value().number), (if failed { 1 } else { 2 }, 2));
    });
}
