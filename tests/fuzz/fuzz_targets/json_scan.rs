#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::JSON_SCAN`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::JSON_SCAN);
