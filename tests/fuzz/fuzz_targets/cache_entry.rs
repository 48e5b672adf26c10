#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::CACHE_ENTRY`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::CACHE_ENTRY);
