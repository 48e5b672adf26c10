//! Offers thousands of operations, each behind thousands of methods.

use stockbridge_hostile_guests::*;

guest!(
    operations = || {
        let methods = vec!["m".repeat(10); 1_000];
        let offered = |number| OperationSupport {
            methods: methods.clone(),
            ..OperationSupport::blind(&format!("o{number}"), "m")
        };
        (0..200).map(offered).collect()
    }
);
