//! The canonical ABI: how a value lies in a guest's memory. Written here once more, so that a guest's return values can be
//! made byte by byte and not by way of the bindings that are under test.

/// A piece of a guest's memory from `base` on.
#[derive(Debug)]
pub(crate) struct Memory {
    base: u32,
    bytes: Vec<u8>,
}

impl Memory {
    pub(crate) fn at(base: u32) -> Memory {
        Memory { base, bytes: Vec::new() }
    }

    pub(crate) fn bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Room for a value behind all others: its address.
    pub(crate) fn room(&mut self, size: u32, align: u32) -> u32 {
        let address = aligned(self.base + u32::try_from(self.bytes.len()).unwrap(), align);
        self.bytes.resize((address - self.base + size) as usize, 0);
        address
    }

    /// The value's address.
    pub(crate) fn keep<T: Abi>(&mut self, value: &T) -> u32 {
        let address = self.room(T::SIZE, T::ALIGN);
        value.store(self, address);
        address
    }

    pub(crate) fn put(&mut self, address: u32, bytes: &[u8]) {
        let start = (address - self.base) as usize;
        self.bytes[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// A list's or a text's address and length.
    fn list(&mut self, at: u32, address: u32, length: usize) {
        self.put(at, &address.to_le_bytes());
        self.put(at + 4, &u32::try_from(length).unwrap().to_le_bytes());
    }
}

pub(crate) const fn aligned(at: u32, align: u32) -> u32 {
    at.next_multiple_of(align)
}

const fn larger(one: u32, other: u32) -> u32 {
    if one > other { one } else { other }
}

/// A value of the contract.
pub(crate) trait Abi {
    const SIZE: u32;
    const ALIGN: u32;
    fn store(&self, memory: &mut Memory, at: u32);
}

macro_rules! number {
    ($($number:ty)*) => {
        $(impl Abi for $number {
            const SIZE: u32 = size_of::<$number>() as u32;
            const ALIGN: u32 = Self::SIZE;
            fn store(&self, memory: &mut Memory, at: u32) {
                memory.put(at, &self.to_le_bytes());
            }
        })*
    };
}

number! { u8 u32 u64 i64 }

impl Abi for bool {
    const SIZE: u32 = 1;
    const ALIGN: u32 = 1;
    fn store(&self, memory: &mut Memory, at: u32) {
        memory.put(at, &[u8::from(*self)]);
    }
}

impl Abi for () {
    const SIZE: u32 = 0;
    const ALIGN: u32 = 1;
    fn store(&self, _: &mut Memory, _: u32) {}
}

impl Abi for String {
    const SIZE: u32 = 8;
    const ALIGN: u32 = 4;
    fn store(&self, memory: &mut Memory, at: u32) {
        let address = memory.room(u32::try_from(self.len()).unwrap(), 1);
        memory.put(address, self.as_bytes());
        memory.list(at, address, self.len());
    }
}

impl<T: Abi> Abi for Vec<T> {
    const SIZE: u32 = 8;
    const ALIGN: u32 = 4;
    fn store(&self, memory: &mut Memory, at: u32) {
        let address = memory.room(T::SIZE * u32::try_from(self.len()).unwrap(), T::ALIGN);
        for (item, place) in self.iter().zip((address..).step_by(T::SIZE as usize)) {
            item.store(memory, place);
        }
        memory.list(at, address, self.len());
    }
}

/// What lies behind a variant's case.
pub(crate) const fn payload(align: u32) -> u32 {
    aligned(1, align)
}

/// Stores a variant of fewer than 256 cases whose largest payload has this alignment.
pub(crate) fn case<T: Abi>(memory: &mut Memory, at: u32, case: u8, align: u32, value: &T) {
    memory.put(at, &[case]);
    value.store(memory, at + payload(align));
}

impl<T: Abi> Abi for Option<T> {
    const SIZE: u32 = aligned(payload(T::ALIGN) + T::SIZE, Self::ALIGN);
    const ALIGN: u32 = T::ALIGN;
    fn store(&self, memory: &mut Memory, at: u32) {
        match self {
            None => case(memory, at, 0, Self::ALIGN, &()),
            Some(value) => case(memory, at, 1, Self::ALIGN, value),
        }
    }
}

impl<T: Abi, E: Abi> Abi for Result<T, E> {
    const SIZE: u32 = aligned(payload(Self::ALIGN) + larger(T::SIZE, E::SIZE), Self::ALIGN);
    const ALIGN: u32 = larger(T::ALIGN, E::ALIGN);
    fn store(&self, memory: &mut Memory, at: u32) {
        match self {
            Ok(value) => case(memory, at, 0, Self::ALIGN, value),
            Err(error) => case(memory, at, 1, Self::ALIGN, error),
        }
    }
}

impl<A: Abi, B: Abi> Abi for (A, B) {
    const SIZE: u32 = aligned(aligned(A::SIZE, B::ALIGN) + B::SIZE, Self::ALIGN);
    const ALIGN: u32 = larger(A::ALIGN, B::ALIGN);
    fn store(&self, memory: &mut Memory, at: u32) {
        self.0.store(memory, at);
        self.1.store(memory, at + aligned(A::SIZE, B::ALIGN));
    }
}

/// Records of the contract, their fields in its order.
macro_rules! records {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub(crate) struct $name { $(pub(crate) $field: $type),* }

            impl Abi for $name {
                const SIZE: u32 = {
                    let mut end = 0;
                    $(end = aligned(end, <$type as Abi>::ALIGN) + <$type as Abi>::SIZE;)*
                    aligned(end, Self::ALIGN)
                };
                const ALIGN: u32 = {
                    let mut align = 1;
                    $(align = larger(align, <$type as Abi>::ALIGN);)*
                    align
                };
                fn store(&self, memory: &mut Memory, mut at: u32) {
                    $(
                        at = aligned(at, <$type as Abi>::ALIGN);
                        self.$field.store(memory, at);
                        at += <$type as Abi>::SIZE;
                    )*
                    let _ = at;
                }
            }
        )*
    };
}

/// Variants of the contract, their cases in its order, each with one payload, which may be `()`.
macro_rules! variants {
    ($($(#[$doc:meta])* $name:ident { $($case:ident($type:ty)),* $(,)? })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug)]
            pub(crate) enum $name { $($case($type)),* }

            impl Abi for $name {
                const SIZE: u32 = {
                    let mut size = 0;
                    $(size = larger(size, <$type as Abi>::SIZE);)*
                    aligned(payload(Self::ALIGN) + size, Self::ALIGN)
                };
                const ALIGN: u32 = {
                    let mut align = 1;
                    $(align = larger(align, <$type as Abi>::ALIGN);)*
                    align
                };
                fn store(&self, memory: &mut Memory, at: u32) {
                    let mut index = 0;
                    $(
                        if let $name::$case(value) = self {
                            case(memory, at, index, Self::ALIGN, value);
                        }
                        index += 1;
                    )*
                    let _ = index;
                }
            }
        )*
    };
}

/// The contract's extras.
pub(crate) type Extras = Vec<(String, String)>;

variants! {
    Condition { Sellable(()), Defective(()), Other(String) }
    Part { Bytes(Vec<u8>), Secret((u32, u8)) }
    Effect { Read(()), Write(Option<String>) }
    #[expect(dead_code, reason = "the other cases make the layout")]
    Repetition { Deduplicated(u64), Traceable(u64), Blind(()) }
    WriteFailure { NotApplied(Error), Unknown(Error) }
    Resolution { Applied(Receipt), NotApplied(String), TooEarly(u64), CannotTell(String) }
}

records! {
    Setting { name: String, description: String, required: bool, default: Option<String> }
    SecretNeed { name: String, description: String, required: bool, sent: bool, captured: bool }
    Descriptor {
        provider: String,
        title: String,
        settings: Vec<Setting>,
        secrets: Vec<SecretNeed>,
        application: Vec<String>,
        origins: Vec<String>,
        requests_per_minute: Option<u32>,
    }
    OperationSupport { operation: String, repetition: Repetition, methods: Vec<String> }
    Capture { name: String, pointer: String, lifetime: Option<String> }
    Request {
        method: String,
        url: String,
        query: Vec<Part>,
        headers: Vec<(String, Vec<Part>)>,
        body: Vec<Part>,
        timeout: Option<u64>,
        effect: Effect,
        capture: Vec<Capture>,
    }
    Error {
        class: u8,
        path: Option<String>,
        provider_code: Option<String>,
        provider_message: Option<String>,
        message: String,
        retry_after: Option<u64>,
        limited_method: Option<String>,
        extras: Extras,
    }
    StockDetail {
        position: Option<String>,
        batch: Option<String>,
        expiry: Option<String>,
        quantity: Option<String>,
        extras: Extras,
    }
    StockLevel {
        sku: String,
        warehouse: String,
        condition: Option<Condition>,
        owner: Option<String>,
        on_hand: Option<String>,
        available: Option<String>,
        reserved: Option<String>,
        incoming: Option<String>,
        barcode: Option<String>,
        name: Option<String>,
        changed: Option<i64>,
        details: Vec<StockDetail>,
        raw: String,
    }
    StockPage { levels: Vec<StockLevel>, next: Option<String>, total: Option<u64>, extras: Extras }
    LineFailure { line: u32, provider_code: Option<String>, provider_message: Option<String> }
    Receipt {
        document: Option<String>,
        progress: u8,
        failed: Vec<LineFailure>,
        repeated: Option<bool>,
        extras: Extras,
    }
}
