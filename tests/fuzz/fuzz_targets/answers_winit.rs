#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::ANSWERS_WINIT`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::ANSWERS_WINIT);
