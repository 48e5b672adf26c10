#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::GUEST_RETURNS`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::GUEST_RETURNS);
