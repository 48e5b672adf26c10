//! Declares a secret under the name of a setting.

use stockbridge_hostile_guests::*;

guest!(describe = || Descriptor { settings: vec![Setting::with_default("signing", "", "")], ..descriptor() });
