//! Prints how a crate's modules use each other: `cargo run -p stockbridge-layers -- host/src/lib.rs`, and each use with `all`
//! appended.

use std::path::PathBuf;

use anyhow::{Context, Result};
use stockbridge_layers::{Uses, circles};

fn main() -> Result<()> {
    let root = std::env::args_os().nth(1).context("name the crate's lib.rs or main.rs")?;
    let uses = Uses::read(&PathBuf::from(root))?;
    let arrows = uses.between_children(&[]);
    let top_level_cycles = circles(&arrows);
    let in_cycles = |(from, to): &&(String, String)| {
        top_level_cycles.iter().any(|circle| circle.contains(from) && circle.contains(to))
    };
    let modules = uses.modules.iter().filter(|path| path.len() == 1).count();
    println!(
        "{modules} modules, {} arrows, {} of them in cycles",
        arrows.len(),
        arrows.iter().filter(in_cycles).count()
    );
    for (parent, circle) in uses.circles() {
        let parent = if parent.is_empty() { "the root".to_owned() } else { parent.join("::") };
        println!("cycle of {} under {parent}: {}", circle.len(), circle.join(", "));
    }
    for unresolved in &uses.unresolved {
        println!("{}:{}: cannot follow {}", unresolved.file.display(), unresolved.line, unresolved.path);
    }
    if std::env::args().nth(2).as_deref() == Some("all") {
        for arrow in &uses.arrows {
            println!("{arrow}");
        }
    }
    Ok(())
}
