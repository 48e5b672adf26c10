//! Signs with a handle that it never got.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        // SAFETY: There is none. That the host stands it is what the test is about.
        #[expect(unsafe_code, reason = "safe code cannot make a handle up")]
        let made_up = unsafe { secrets::Secret::from_handle(12_345) };
        Ok(saw(made_up.name()))
    }
);
