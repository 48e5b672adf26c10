#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::ENCODED_SECRET`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::ENCODED_SECRET);
