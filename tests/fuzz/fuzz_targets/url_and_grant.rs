#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::URL_AND_GRANT`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::URL_AND_GRANT);
