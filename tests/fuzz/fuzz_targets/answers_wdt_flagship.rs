#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::ANSWERS_WDT_FLAGSHIP`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::ANSWERS_WDT_FLAGSHIP);
