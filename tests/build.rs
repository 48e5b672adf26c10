//! Lists the hostile guests, so that a guest without a test does not compile: see `hostile/main.rs`.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let hostile = Path::new("hostile");
    let mut guests = Vec::new();
    for folder in ["guests/src/bin", "wat"] {
        let folder = hostile.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        for entry in fs::read_dir(folder)? {
            guests.extend(entry?.path().file_stem().and_then(|name| name.to_str()).map(|name| name.replace('-', "_")));
        }
    }
    guests.sort();
    let list: String = guests.iter().map(|guest| format!("        $each!({guest});\n")).collect();
    let text = format!("macro_rules! foreach_guest {{\n    ($each:ident) => {{\n{list}    }};\n}}\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("hostile_guests.rs"), text)
}
