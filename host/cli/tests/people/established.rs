//! Refusal texts of a provider, as an operator establishes them: from a write that needs a person to the line in the
//! configuration that recognises the next one.

use stockbridge_simulator::{Fault, Simulator};
use stockbridge_tests::simulator;
use tokio::runtime::Runtime;

use crate::scene::{CommandResult, Scene};

/// A provider's text that no page documents.
const WORDS: &str = "商品daj1不在可调拨范围(17)";

fn ordered(scene: &Scene, simulator: &Simulator, reference: &str, words: &str) -> CommandResult {
    simulator.inject(Fault::flagship(100, words));
    let order = format!(
        r#"{{"reference": "{reference}", "from-warehouse": "daj-wms-wdt", "to-warehouse": "lz-002", "stage": "approved",
            "lines": [{{"sku": "daj1", "quantity": "1"}}]}}"#
    );
    scene.write("order.json", &order);
    scene.run(&["transfer", "wms", "order.json"])
}

fn settled(scene: &Scene, write: &str) -> CommandResult {
    scene.run(&["journal", "settle", write, "--not-applied", "--note", "looked", "--by", "ana"])
}

#[test]
fn settling_prints_the_line_by_which_the_next_refusal_is_known() {
    let scene = Scene::new("blind");
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator());
    scene.at_the_flagship(&simulator, "");
    assert_eq!(ordered(&scene, &simulator, "move-1", WORDS).code, 5);
    let result = settled(&scene, "1");
    assert_eq!(result.code, 0, "{result:?}");
    let line = result.error.lines().map(str::trim).find(|line| line.starts_with("refusals = ")).unwrap();
    assert_eq!(line, r#"refusals = [{ operation = "transfer", code = "100", text = "商品*不在可调拨范围(*)" }]"#);
    scene.at_the_flagship(&simulator, line);
    // Another item and another number: the same refusal.
    let refused = ordered(&scene, &simulator, "move-2", "商品lz-7不在可调拨范围(4)");
    assert_eq!(refused.code, 3, "{refused:?}");
    // The same order under its reference is sent again, for it was not applied.
    let made = scene.run(&["transfer", "wms", "order.json"]);
    assert_eq!(made.code, 0, "{made:?}");
    // A text with more in it is a different one.
    for (reference, words) in
        [("move-3", "商品lz-7不在可调拨范围(4), 其余已生成"), ("move-4", "系统异常: 商品lz-7不在可调拨范围(4)")]
    {
        assert_eq!(ordered(&scene, &simulator, reference, words).code, 5, "{words}");
    }
}

#[test]
fn no_line_is_printed_for_words_that_leave_a_doubt() {
    let scene = Scene::new("blind");
    let runtime = Runtime::new().unwrap();
    let simulator = runtime.block_on(simulator());
    scene.at_the_flagship(&simulator, "");
    for (write, words) in ["系统异常", "外部单号重复", "部分商品不在可调拨范围", ""].into_iter().enumerate()
    {
        assert_eq!(ordered(&scene, &simulator, &format!("move-{write}"), words).code, 5, "{words}");
        let result = settled(&scene, &(write + 1).to_string());
        assert_eq!((result.code, result.error.contains("refusals = ")), (0, false), "{words}: {result:?}");
    }
}
