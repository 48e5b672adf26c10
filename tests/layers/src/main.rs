//! Prints how a crate's modules use each other: `cargo run -p stockbridge-layers -- host/src/lib.rs`, and each use with `all` behind it.

use std::path::PathBuf;

use anyhow::{Context, Result};
use stockbridge_layers::{Uses, circles};

fn main() -> Result<()> {
    let root = std::env::args_os().nth(1).context("name the crate's lib.rs or main.rs")?;
    let uses = Uses::read(&PathBuf::from(root))?;
    let arrows = uses.between_rooms(&[]);
    let circles_of_rooms = circles(&arrows);
    let in_circles = |(from, to): &&(String, String)| {
        circles_of_rooms.iter().any(|circle| circle.contains(from) && circle.contains(to))
    };
    let rooms = uses.modules.iter().filter(|path| path.len() == 1).count();
    println!("{rooms} rooms, {} arrows, {} of them in circles", arrows.len(), arrows.iter().filter(in_circles).count());
    for (parent, circle) in uses.circles() {
        let parent = if parent.is_empty() { "the root".to_owned() } else { parent.join("::") };
        println!("circle of {} under {parent}: {}", circle.len(), circle.join(", "));
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
