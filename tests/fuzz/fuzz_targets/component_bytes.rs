#![cfg_attr(fuzzing, no_main)]
#![doc = "See `stockbridge_fuzz::COMPONENT_BYTES`."]

stockbridge_fuzz::entry!(stockbridge_fuzz::COMPONENT_BYTES);
