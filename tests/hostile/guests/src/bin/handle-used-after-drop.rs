//! Signs with a secret that it has given back.

use stockbridge_hostile_guests::*;

guest!(
    query = |_| {
        let first = secret("signing")?;
        // SAFETY: There is none. That the host stands it is what the test is about.
        #[expect(unsafe_code, reason = "safe code cannot hold a handle twice")]
        let second = unsafe { secrets::Secret::from_handle(first.handle()) };
        drop(first);
        let part = secrets::Part::Secret((&second, Encoding::Plain));
        Ok(saw(hex::lower(&secrets::digest(Algorithm::Md5, &[part]).map_err(refused)?)))
    }
);
