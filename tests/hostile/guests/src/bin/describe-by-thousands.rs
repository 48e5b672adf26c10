//! Declares thousands of settings.

use stockbridge_hostile_guests::*;

guest!(
    describe = || {
        let settings = (0..5_000).map(|number| Setting::with_default(&format!("s{number}"), "", "")).collect();
        Descriptor { settings, ..descriptor() }
    }
);
