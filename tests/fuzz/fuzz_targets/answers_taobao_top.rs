#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::ANSWERS_TAOBAO_TOP`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::ANSWERS_TAOBAO_TOP);
