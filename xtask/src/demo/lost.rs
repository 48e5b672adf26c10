//! Answers that are lost on purpose: the host resolves two of the writes, a person the third.

use anyhow::Result;

use super::stage::{self, Stage};
use super::{UNKNOWN, WAITING};

/// Drops the connection after the write was carried out, each time that the host tries.
const DROPPED: &str = r#""drop": {"at": "answer"}, "after_commit": true}"#;

pub(super) fn answers(stage: &Stage) -> Result<()> {
    stage.say(
        "Taobao drops a second message under the same number, so the host may send it again. Here the answer is lost \
         each time within the call, and the command says what that means:",
    );
    stage.fault(&format!(r#"{{"gateway": "taobao-top", "times": 3, {DROPPED}"#))?;
    let order = stage.order("taobao-discrepancy", "/reference", "1234567892")?;
    stage.ends_with(UNKNOWN, &["occupy", "taobao", "-"], &[], Some(&order))?;
    stage.say(
        "The journal has recorded it, with the next step; any host on this journal determines the outcome by itself:",
    );
    stage.run(&["journal", "--open"])?;
    stage.run(&["journal", "recover"])?;

    stage.say(
        "The flagship edition drops no second transfer, and its look-ups show no number of the caller's. But the transfer has \
         a marker at the end of its remark, and the host finds it by that and by its goods:",
    );
    stage.fault(&format!(r#"{{"gateway": "wdt-flagship", "times": 1, {DROPPED}"#))?;
    let order = stage.order("flagship-transfer", "/reference", "move-lost-1")?;
    stage.ends_with(UNKNOWN, &["transfer", "flagship", "-"], &[], Some(&order))?;
    stage.run(&["journal", "recover"])?;
    stage.say("The same order again sends nothing:");
    stage.ends_with(
        0,
        &["transfer", "flagship", "-"],
        &[],
        Some(&stage::edited(&order, "/reference", "move-lost-1")?),
    )?;

    stage.say(
        "Winit neither drops a second adjustment nor finds the first. Sent again it might be carried out twice, so it is not: a \
         person decides, with the documents that moved its goods.",
    );
    stage.fault(&format!(r#"{{"gateway": "winit", "times": 1, {DROPPED}"#))?;
    let order = stage.order("winit-relabel", "/reference", "relabel-lost-1")?;
    stage.ends_with(UNKNOWN, &["adjust", "winit", "-"], &[], Some(&order))?;
    stage.ends_with(WAITING, &["journal", "recover"], &[], None)?;
    stage.say("The requests and answers, without the secrets:");
    let id = stage.lost_write("relabel-lost-1")?;
    stage.run(&["journal", "show", &id])?;
    stage.say("The person recognises the document by its time and quantity, and settles the write:");
    let settle = ["journal", "settle", &id, "--applied", "--by", "ana", "--note", "seen in Winit's list of movements"];
    stage.run(&settle)
}
