//! Sends a write in `operations`.

use stockbridge_hostile_guests::*;

guest!(
    operations = || match sent(write(&url())) {
        Ok(_) => vec![OperationSupport::blind("query", "sent")],
        Err(error) => vec![OperationSupport::blind("query", &error.message)],
    }
);
