//! Refusals before anything is sent: fields that Winit does not have, and the page's rules between its fields.

use stockbridge_connector::native::{NativeHost, not_applied};
use stockbridge_connector::{
    Adjustment, AdjustmentLine, AdjustmentOrder, Connector, Error, ErrorClass, Packaging, StockQuery, TimeWindow,
};
use stockbridge_winit::Winit;

use super::order::{EXAMPLES, account, change_owner, moved, relabel, relabelled, unpack, unpacked};
use super::query::base_query;

fn refusal(host: &NativeHost, order: AdjustmentOrder) -> Error {
    let error = not_applied(Winit::adjust(host, order).unwrap_err());
    assert!(host.sent().is_empty());
    error
}

#[track_caller]
fn assert_refused(order: AdjustmentOrder, class: ErrorClass, path: &str, message: &str) {
    let error = refusal(&account(NativeHost::without_http()), order);
    assert_eq!((error.class, error.path.as_deref(), error.message.as_str()), (class, Some(path), message));
}

type Change = fn(&mut AdjustmentLine);
type Ordered = fn(Vec<AdjustmentLine>) -> AdjustmentOrder;

/// The line as the order's second one, with a change.
fn second(order: Ordered, line: &AdjustmentLine, change: Change) -> AdjustmentOrder {
    let mut changed = line.clone();
    change(&mut changed);
    order(vec![line.clone(), changed])
}

const SAME: &str = "Winit requires this to be the same on both sides";

#[test]
fn only_boxes_and_suites_are_unpacked_and_only_into_single_items() {
    assert_refused(
        second(unpack, &unpacked(), |line| line.from.packaging = Packaging::Single),
        ErrorClass::InvalidRequest,
        "adjustment.unpack[1].from.packaging",
        "only a box or a suite can be unpacked (OSF61)",
    );
    for packaging in [Packaging::Box, Packaging::Suite] {
        let mut line = unpacked();
        line.to.packaging = packaging;
        assert_refused(
            unpack(vec![line]),
            ErrorClass::InvalidRequest,
            "adjustment.unpack[0].to.packaging",
            "unpacked goods come in as single items (OSF61)",
        );
    }
}

#[test]
fn boxes_and_suites_are_not_unpacked_in_one_order() {
    assert_refused(
        second(unpack, &unpacked(), |line| line.from.packaging = Packaging::Suite),
        ErrorClass::InvalidRequest,
        "adjustment.unpack[1].from.packaging",
        "boxes and suites cannot be unpacked in one order (OSF61)",
    );
}

#[test]
fn the_packaging_stays_the_same_where_nothing_is_unpacked() {
    let change: Change = |line| line.to.packaging = Packaging::Suite;
    assert_refused(
        second(change_owner, &moved(), change),
        ErrorClass::InvalidRequest,
        "adjustment.change-owner[1].to.packaging",
        SAME,
    );
    assert_refused(
        second(relabel, &relabelled(), change),
        ErrorClass::InvalidRequest,
        "adjustment.relabel[1].to.packaging",
        SAME,
    );
}

#[test]
fn the_barcode_stays_the_same_where_it_is_not_what_changes() {
    let changes: [Change; 2] = [|line| line.to.barcode = Some("T00002".into()), |line| line.to.barcode = None];
    for change in changes {
        assert_refused(
            second(unpack, &unpacked(), change),
            ErrorClass::InvalidRequest,
            "adjustment.unpack[1].to.barcode",
            SAME,
        );
        assert_refused(
            second(change_owner, &moved(), change),
            ErrorClass::InvalidRequest,
            "adjustment.change-owner[1].to.barcode",
            SAME,
        );
    }
}

#[test]
fn nothing_but_the_barcode_changes_where_the_barcode_does() {
    let changes: [(Change, &str); 4] = [
        (|line| line.to.sku = "other".into(), "sku"),
        (|line| line.to.specification = Some("red".into()), "specification"),
        (|line| line.to.quantity = "2".into(), "quantity"),
        (|line| line.to.standard_parts = Some(11), "standard-parts"),
    ];
    for (change, field) in changes {
        assert_refused(
            second(relabel, &relabelled(), change),
            ErrorClass::InvalidRequest,
            &format!("adjustment.relabel[1].to.{field}"),
            SAME,
        );
    }
    assert_refused(
        second(relabel, &relabelled(), |line| line.to.barcode = Some("T00001".into())),
        ErrorClass::InvalidRequest,
        "adjustment.relabel[1].to.barcode",
        "the barcode has to change, but is the same on both sides",
    );
}

#[test]
fn an_empty_text_is_none_on_either_side() {
    let answering = || account(NativeHost::answering(super::order::SUCCESS));
    let mut line = relabelled();
    (line.from.specification, line.to.specification) = (None, Some(String::new()));
    Winit::adjust(&answering(), relabel(vec![line])).unwrap();
    let mut line = moved();
    (line.from.barcode, line.to.barcode) = (Some(String::new()), None);
    Winit::adjust(&answering(), change_owner(vec![line])).unwrap();
}

#[test]
fn a_change_of_owner_between_two_that_are_the_same_is_none() {
    let mut order = change_owner(vec![moved()]);
    if let Adjustment::ChangeOwner((change, _)) = &mut order.adjustment {
        change.to_organisation.clone_from(&change.from_organisation);
    }
    assert_refused(
        order,
        ErrorClass::InvalidRequest,
        "adjustment.change-owner.to-organisation",
        "both organisations are the same: that is not a change of owner (OSF64)",
    );
}

#[test]
fn a_change_of_owner_names_its_organisations_and_no_third() {
    let mut order = change_owner(vec![moved()]);
    order.organisation = Some("sh".into());
    assert_refused(order, ErrorClass::Unsupported, "organisation", "the provider's method cannot carry this");
    for (from, to, field) in [("", "bj", "from-organisation"), ("nj", "", "to-organisation")] {
        let mut order = change_owner(vec![moved()]);
        if let Adjustment::ChangeOwner((change, _)) = &mut order.adjustment {
            (change.from_organisation, change.to_organisation) = (from.into(), to.into());
        }
        assert_refused(
            order,
            ErrorClass::InvalidRequest,
            &format!("adjustment.change-owner.{field}"),
            "this must not be empty",
        );
    }
}

#[test]
fn no_text_is_longer_than_the_page_allows() {
    fn too_long(order: AdjustmentOrder, path: &str, most: usize) {
        let message = format!("{} characters; the provider takes at most {most}", most + 1);
        assert_refused(order, ErrorClass::InvalidRequest, path, &message);
    }
    let long = |most: usize| "货".repeat(most + 1);

    let mut order = unpack(vec![unpacked()]);
    order.reference = long(50);
    too_long(order, "reference", 50);
    let mut order = unpack(vec![unpacked()]);
    order.warehouse = long(50);
    too_long(order, "warehouse", 50);
    let mut order = unpack(vec![unpacked()]);
    order.organisation = Some(long(30));
    too_long(order, "organisation", 30);

    for (from, to, field) in
        [(long(30), "bj".to_owned(), "from-organisation"), ("nj".to_owned(), long(30), "to-organisation")]
    {
        let mut order = change_owner(vec![moved()]);
        if let Adjustment::ChangeOwner((change, _)) = &mut order.adjustment {
            (change.from_organisation, change.to_organisation) = (from, to);
        }
        too_long(order, &format!("adjustment.change-owner.{field}"), 30);
    }

    let changes: [(Change, &str); 6] = [
        (|line| line.from.sku = "货".repeat(256), "from.sku"),
        (|line| line.from.specification = Some("货".repeat(256)), "from.specification"),
        (|line| line.from.barcode = Some("货".repeat(256)), "from.barcode"),
        (|line| line.to.sku = "货".repeat(256), "to.sku"),
        (|line| line.to.specification = Some("货".repeat(256)), "to.specification"),
        (|line| line.to.barcode = Some("货".repeat(256)), "to.barcode"),
    ];
    for (change, field) in changes {
        too_long(second(unpack, &unpacked(), change), &format!("adjustment.unpack[1].{field}"), 255);
    }
}

#[test]
fn required_texts_are_not_empty_and_quantities_are_more_than_nought() {
    let mut order = unpack(vec![unpacked()]);
    order.warehouse.clear();
    assert_refused(order, ErrorClass::InvalidRequest, "warehouse", "this must not be empty");
    assert_refused(
        second(unpack, &unpacked(), |line| line.to.sku.clear()),
        ErrorClass::InvalidRequest,
        "adjustment.unpack[1].to.sku",
        "this must not be empty",
    );
    let changes: [(Change, &str); 4] = [
        (|line| line.from.quantity = "1.50".into(), "1.50 is not a whole number, and the provider accepts no other"),
        (|line| line.from.quantity = "0.00".into(), "0.00 is not more than 0"),
        (|line| line.from.quantity = "-1".into(), "-1 is not more than 0"),
        (|line| line.from.quantity = "1e3".into(), "`1e3` is not a decimal number in plain digits"),
    ];
    for (change, message) in changes {
        assert_refused(
            second(unpack, &unpacked(), change),
            ErrorClass::InvalidRequest,
            "adjustment.unpack[1].from.quantity",
            message,
        );
    }
    for (order, path) in [
        (unpack(vec![]), "adjustment.unpack"),
        (change_owner(vec![]), "adjustment.change-owner"),
        (relabel(vec![]), "adjustment.relabel"),
    ] {
        assert_refused(order, ErrorClass::InvalidRequest, path, "at least one line is needed");
    }
}

#[test]
fn what_the_method_cannot_carry_is_refused_rather_than_dropped() {
    let mut order = unpack(vec![unpacked()]);
    order.remark = Some("remark".into());
    assert_refused(order, ErrorClass::Unsupported, "remark", "the provider's method cannot carry this");
    let none = "the provider's method has no such field";
    let mut order = unpack(vec![unpacked()]);
    order.extras = vec![("mode".into(), "1".into())];
    assert_refused(order, ErrorClass::Unsupported, "extras.mode", none);
    assert_refused(
        second(unpack, &unpacked(), |line| {
            line.from.extras = vec![("colour".into(), "1".into())];
        }),
        ErrorClass::Unsupported,
        "adjustment.unpack[1].from.extras.colour",
        none,
    );
    let mut order = unpack(vec![]);
    order.adjustment = Adjustment::Count(vec![]);
    assert_refused(order, ErrorClass::Unsupported, "adjustment.count", "Winit's method does not support counts");
}

#[test]
fn a_product_code_of_another_kind_is_refused() {
    let host = account(NativeHost::without_http()).setting("product-code-unpack", "OSF651006365");
    let error = refusal(&host, unpack(vec![unpacked()]));
    assert_eq!(error.class, ErrorClass::InvalidRequest);
    assert_eq!(
        error.message,
        "the setting `product-code-unpack` cannot be used: `OSF651006365` does not begin with OSF61"
    );
    let host = account(NativeHost::without_http()).setting("product-code-unpack", &format!("OSF61{:046}", 0));
    assert_eq!(
        refusal(&host, unpack(vec![unpacked()])).message,
        "the setting `product-code-unpack` cannot be used: a winitProductCode has at most 50 characters"
    );
}

#[test]
fn an_account_that_lacks_a_setting_or_secret_sends_nothing() {
    let bare = || NativeHost::without_http().at(EXAMPLES);
    assert_eq!(
        refusal(&bare(), relabel(vec![relabelled()])).message,
        "the setting `product-code-relabel` is needed for this: add it to the account's settings"
    );
    let host = bare().setting("product-code-relabel", "OSF651006365");
    assert_eq!(
        refusal(&host, relabel(vec![relabelled()])).message,
        "the setting `app_key` is needed for this: add it to the account's settings"
    );
    let host = host.setting("app_key", "demo@example.com");
    assert_eq!(
        refusal(&host, relabel(vec![relabelled()])).message,
        "the secret `token` is not configured: add it to the account's secrets"
    );
    let host = account(NativeHost::without_http()).setting("client_id", "demo-client");
    assert_eq!(
        refusal(&host, relabel(vec![relabelled()])).message,
        "the setting `platform` is needed for this: add it to the account's settings"
    );
    let host = host.setting("platform", "DEMO");
    assert_eq!(
        refusal(&host, relabel(vec![relabelled()])).message,
        "the secret `client_secret` is not configured: add it to the account's secrets"
    );
}

#[test]
fn a_query_that_winit_cannot_answer_is_refused_by_its_path() {
    type Change = fn(&mut StockQuery);
    let changes: [(Change, ErrorClass, &str); 8] = [
        (|query| query.warehouse = None, ErrorClass::InvalidRequest, "warehouse"),
        (|query| query.warehouse = Some(String::new()), ErrorClass::InvalidRequest, "warehouse"),
        (
            |query| query.extras.push(("merchandiseGrade".into(), "\"GOOD\"".into())),
            ErrorClass::InvalidRequest,
            "changed",
        ),
        (
            |query| {
                query.changed = Some(TimeWindow { start: 0, end: 1 });
                query.warehouse = Some("W".repeat(21));
            },
            ErrorClass::InvalidRequest,
            "warehouse",
        ),
        (|query| query.include_deleted = true, ErrorClass::Unsupported, "include-deleted"),
        (
            |query| query.extras.push(("isActive".into(), "\"yes\"".into())),
            ErrorClass::InvalidRequest,
            "extras.isActive",
        ),
        (
            |query| query.extras.push(("productName".into(), "\"a\"".into())),
            ErrorClass::Unsupported,
            "extras.productName",
        ),
        (|query| query.cursor = Some("2".into()), ErrorClass::InvalidRequest, "cursor"),
    ];
    for (change, class, path) in changes {
        let host = account(NativeHost::without_http());
        let mut query = base_query();
        change(&mut query);
        let error = Winit::query(&host, query).unwrap_err();
        assert_eq!((error.class, error.path.as_deref()), (class, Some(path)));
        assert!(host.sent().is_empty());
    }
}
