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
            guests.extend(guests_of(&entry?.path())?);
        }
    }
    guests.sort();
    let list: String = guests.iter().map(|guest| format!("        $each!({guest});\n")).collect();
    let text = format!("macro_rules! foreach_guest {{\n    ($each:ident) => {{\n{list}    }};\n}}\n");
    fs::write(PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("hostile_guests.rs"), text)
}

/// The guests of a file: the one of its name, or one for each export that it is written for. `xtask/src/hostile.rs` makes them.
fn guests_of(file: &Path) -> io::Result<Vec<String>> {
    let name = file.file_stem().and_then(|name| name.to_str()).unwrap_or_default().replace('-', "_");
    let text = fs::read_to_string(file)?;
    let exports = text.lines().find_map(|line| line.strip_prefix(";; In each of: "));
    Ok(match exports {
        Some(exports) => exports.split(' ').map(|export| format!("{name}_{export}")).collect(),
        None => vec![name],
    })
}
