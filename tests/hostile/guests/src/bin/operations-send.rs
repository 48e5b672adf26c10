//! Sends a request that only reads in `operations`.

use stockbridge_hostile_guests::*;

guest!(
    operations = || match sent(request(&url())) {
        Ok(_) => vec![OperationSupport::blind("query", "sent")],
        Err(error) => vec![OperationSupport::blind("query", &error.message)],
    }
);
