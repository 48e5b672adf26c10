//! Finds many byte strings in one pass over a text, however they and the text are made (Aho and Corasick's automaton).
//!
//! What it keeps is a bounded multiple of the strings' size, and is wiped when it goes.

use zeroize::Zeroizing;

/// The state in which nothing of any string was seen.
const ROOT: u32 = 0;
/// No edge: a state's number and a byte take 40 bits.
const FREE: u64 = u64::MAX;

/// The strings, as an automaton: a state is what of them ends at a place of the text.
pub(super) struct Automaton {
    edges: Edges,
    /// For each state the longest shorter one that ends where it ends.
    shorter: Zeroizing<Vec<u32>>,
    /// For each state how long the longest string is that ends there; 0 where none does.
    ends: Zeroizing<Vec<u32>>,
}

impl Automaton {
    /// One for these strings.
    pub(super) fn of(strings: &[Zeroizing<Vec<u8>>]) -> Automaton {
        let most = strings.iter().map(|string| string.len()).sum::<usize>() + 1;
        let mut edges = Edges::with_room(most);
        // With room for all: a vector that grows leaves copies behind.
        let (mut ends, mut before) =
            (Zeroizing::new(Vec::with_capacity(most)), Zeroizing::new(Vec::with_capacity(most)));
        ends.push(0);
        before.push((ROOT, 0_u8));
        // The states by the length of what was seen, since a state's shorter one is found by those of fewer bytes.
        let mut by_length: Vec<Vec<u32>> = Vec::new();
        for string in strings {
            let mut state = ROOT;
            for (place, byte) in string.iter().enumerate() {
                state = edges.get(state, *byte).unwrap_or_else(|| {
                    let next = number(before.len());
                    edges.insert(state, *byte, next);
                    before.push((state, *byte));
                    ends.push(0);
                    if by_length.len() <= place {
                        by_length.push(Vec::new());
                    }
                    if let Some(states) = by_length.get_mut(place) {
                        states.push(next);
                    }
                    next
                });
            }
            set(&mut ends, state, number(string.len()));
        }
        let shorter = Zeroizing::new(vec![ROOT; before.len()]);
        let mut this = Automaton { edges, shorter, ends };
        for state in by_length.into_iter().skip(1).flatten() {
            let (parent, byte) = before.get(state as usize).copied().unwrap_or_default();
            let shorter = this.next(at(&this.shorter, parent), byte);
            set(&mut this.shorter, state, shorter);
            if at(&this.ends, state) == 0 {
                let end = at(&this.ends, shorter);
                set(&mut this.ends, state, end);
            }
        }
        this
    }

    /// Tells where strings stand from a place on, by the longest that ends at each place.
    pub(super) fn each(&self, bytes: &[u8], from: usize, mut tell: impl FnMut(usize, usize)) {
        let mut state = ROOT;
        for (place, byte) in bytes.iter().enumerate().skip(from) {
            state = self.next(state, *byte);
            let length = at(&self.ends, state) as usize;
            if length > 0 {
                tell(place + 1 - length, place + 1);
            }
        }
    }

    /// The state after one more byte.
    fn next(&self, mut state: u32, byte: u8) -> u32 {
        loop {
            match self.edges.get(state, byte) {
                Some(next) => return next,
                None if state == ROOT => return ROOT,
                None => state = at(&self.shorter, state),
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

/// A configuration has no secrets of four billion bytes.
fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Where each state goes by each byte: a table with open addresses, at most half full.
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

    /// Where an edge is, or would be; and whether it is there.
    fn place(&self, state: u32, byte: u8) -> (usize, bool) {
        let key = key_of(state, byte);
        // The upper half of a product with an odd number is spread well.
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
