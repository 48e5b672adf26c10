#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::CONFIGURATION`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::CONFIGURATION);
