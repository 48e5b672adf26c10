#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::JOURNAL_RECORDS`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::JOURNAL_RECORDS);
