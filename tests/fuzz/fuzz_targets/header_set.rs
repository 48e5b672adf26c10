#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::HEADER_SET`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::HEADER_SET);
