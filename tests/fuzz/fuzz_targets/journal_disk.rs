#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::JOURNAL_DISK`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::JOURNAL_DISK);
