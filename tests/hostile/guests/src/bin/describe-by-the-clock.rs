//! Is one thing today and another tomorrow.

use stockbridge_hostile_guests::*;

guest!(describe = || Descriptor { title: clock::now().to_string(), ..descriptor() });
