//! Aho-Corasick automaton: finds many byte strings in one pass over a text, in linear time for any input.
//!
//! Its memory is a bounded multiple of the strings' size, and is wiped on drop.

use zeroize::Zeroizing;

/// The state of the empty prefix.
const ROOT: u32 = 0;
/// No string ends here.
const NONE: u32 = u32::MAX;
/// A free slot. It cannot be a key: a state and a byte have 40 bits.
const FREE: u64 = u64::MAX;

/// Automaton over a set of strings. A state is the longest prefix of any string that ends at the current byte.
pub(super) struct Automaton {
    edges: Edges,
    /// Failure link of each state: the longest proper suffix that is a state too.
    fail: Zeroizing<Vec<u32>>,
    /// Number of the longest string that ends at each state, or [`NONE`].
    longest_match: Zeroizing<Vec<u32>>,
}

impl Automaton {
    /// Builds the automaton of these strings, which are numbered in their order.
    pub(super) fn of<'s>(strings: impl Iterator<Item = &'s [u8]> + Clone) -> Automaton {
        let most = strings.clone().map(<[u8]>::len).sum::<usize>() + 1;
        let mut edges = Edges::with_room(most);
        // Full capacity from the start: growing would leave copies that are not wiped.
        let (mut longest_match, mut parents) =
            (Zeroizing::new(Vec::with_capacity(most)), Zeroizing::new(Vec::with_capacity(most)));
        longest_match.push(NONE);
        parents.push((ROOT, 0_u8));
        // States by depth: a failure link leads to a state of lower depth.
        let mut by_depth: Vec<Vec<u32>> = Vec::new();
        for (string_number, string) in strings.enumerate() {
            let mut state = ROOT;
            for (place, byte) in string.iter().enumerate() {
                state = edges.get(state, *byte).unwrap_or_else(|| {
                    let next = number(parents.len());
                    edges.insert(state, *byte, next);
                    parents.push((state, *byte));
                    longest_match.push(NONE);
                    if by_depth.len() <= place {
                        by_depth.push(Vec::new());
                    }
                    if let Some(states) = by_depth.get_mut(place) {
                        states.push(next);
                    }
                    next
                });
            }
            set(&mut longest_match, state, number(string_number));
        }
        let fail = Zeroizing::new(vec![ROOT; parents.len()]);
        let mut this = Automaton { edges, fail, longest_match };
        for state in by_depth.into_iter().skip(1).flatten() {
            let (parent, byte) = parents.get(state as usize).copied().unwrap_or_default();
            let fail = this.next(at(&this.fail, parent), byte);
            set(&mut this.fail, state, fail);
            if at(&this.longest_match, state) == NONE {
                let end = at(&this.longest_match, fail);
                set(&mut this.longest_match, state, end);
            }
        }
        this
    }

    /// Reports every match from an offset on: the number of the longest string that ends there, and the offset after its end.
    pub(super) fn for_each_match(
        &self,
        bytes: impl Iterator<Item = u8>,
        from: usize,
        mut report: impl FnMut(usize, usize),
    ) {
        let mut state = ROOT;
        for (place, byte) in bytes.enumerate().skip(from) {
            state = self.next(state, byte);
            match at(&self.longest_match, state) {
                NONE => {}
                string => report(string as usize, place + 1),
            }
        }
    }

    /// The state after this byte.
    fn next(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            match self.edges.get(state, byte) {
                Some(next) => return next,
                None if state == ROOT => return ROOT,
                None => state = at(&self.fail, state),
            }
        }
    }
}

fn at(numbers: &[u32], state: u32) -> u32 {
    numbers.get(state as usize).copied().unwrap_or_default()
}

fn set(numbers: &mut [u32], state: u32, number: u32) {
    if let Some(place) = numbers.get_mut(state as usize) {
        *place = number;
    }
}

/// Saturates: a configuration has no secrets of four billion bytes.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Transitions, in an open-addressing hash table that is at most half full.
struct Edges {
    keys: Zeroizing<Vec<u64>>,
    states: Zeroizing<Vec<u32>>,
    mask: usize,
}

impl Edges {
    fn with_room(most: usize) -> Edges {
        let room = (most * 2).next_power_of_two();
        Edges { keys: Zeroizing::new(vec![FREE; room]), states: Zeroizing::new(vec![ROOT; room]), mask: room - 1 }
    }

    fn get(&self, state: u32, byte: u8) -> Option<u32> {
        let (place, found) = self.place(state, byte);
        if found { self.states.get(place).copied() } else { None }
    }

    fn insert(&mut self, state: u32, byte: u8, next: u32) {
        let (place, _) = self.place(state, byte);
        if let (Some(key), Some(kept)) = (self.keys.get_mut(place), self.states.get_mut(place)) {
            (*key, *kept) = (key_of(state, byte), next);
        }
    }

    /// The slot of an edge, and whether the edge exists.
    fn place(&self, state: u32, byte: u8) -> (usize, bool) {
        let key = key_of(state, byte);
        // Fibonacci hashing: the upper half of the product is well spread.
        let mut place = (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32) as usize & self.mask;
        loop {
            match self.keys.get(place).copied() {
                Some(found) if found == key => return (place, true),
                Some(FREE) | None => return (place, false),
                Some(_) => place = (place + 1) & self.mask,
            }
        }
    }
}

fn key_of(state: u32, byte: u8) -> u64 {
    u64::from(state) << 8 | u64::from(byte)
}
