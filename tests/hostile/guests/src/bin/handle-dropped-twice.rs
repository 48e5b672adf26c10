//! Gives the same handle back twice.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let first = secret("signing")?;
        // SAFETY: There is none. That the host stands it is what the test is about.
        #[expect(unsafe_code, reason = "safe code cannot hold a handle twice")]
        let second = unsafe { secrets::Secret::from_handle(first.handle()) };
        drop(first);
        drop(second);
        Ok(saw("both dropped"))
    }
);
