//! A read is retried if that helps and there is time; a write with a lost answer is not.

use std::time::Duration;

use stockbridge::transport::{InboundResponse, TransportError};
use stockbridge::{Account, Config, ErrorClass, Host, Limits, Outcome, StockQuery};
use stockbridge_simulator::{DropAt, Fault, Limit, Simulator};
use stockbridge_tests::{Provider, Recording, account_at, query, simulator, write};

use crate::scene::{AT_ONCE, Scene, timed};

const READING: [Provider; 3] = [Provider::WdtFlagship, Provider::WdtEnterprise, Provider::Winit];

async fn within(limits: Limits, provider: Provider, simulator: &Simulator) -> Account {
    let config = Config::new().account(account_at(provider, &simulator.url()).limits(limits));
    Host::from_config(config).await.unwrap().account(provider.name()).unwrap()
}

fn server_error(provider: Provider) -> Fault {
    Fault::raw(provider.gateway(), 503, "text/plain", "busy")
}

#[tokio::test]
async fn a_query_whose_answer_was_lost_is_made_again_and_nobody_notices() {
    for provider in READING {
        let simulator = simulator().await;
        let account = within(Limits::default(), provider, &simulator).await;
        for fault in [Fault::dropped(provider.gateway(), DropAt::Answer), server_error(provider)] {
            let sent = simulator.requests().len();
            simulator.inject(fault.times(2));
            account.query(query(provider).unwrap()).await.unwrap();
            assert_eq!(simulator.requests().len() - sent, 3, "{provider:?}");
        }
    }
}

#[tokio::test]
async fn a_query_is_made_as_often_as_is_allowed_and_the_last_error_is_told() {
    let simulator = simulator().await;
    for attempts in [1, 2, 4] {
        let account = within(Limits::default().attempts(attempts), Provider::Winit, &simulator).await;
        let sent = simulator.requests().len();
        simulator.inject(server_error(Provider::Winit).times(attempts - 1));
        simulator.inject(Fault::winit("-1", "the last one"));
        let error = account.query(query(Provider::Winit).unwrap()).await.unwrap_err();
        assert_eq!(error.provider_message(), Some("the last one"), "{error}");
        assert_eq!(simulator.requests().len() - sent, attempts as usize);
    }
}

#[tokio::test]
async fn what_would_be_answered_alike_is_asked_once() {
    let simulator = simulator().await;
    let account = within(Limits::default(), Provider::WdtEnterprise, &simulator).await;
    for (fault, class) in [
        (Fault::enterprise(7, "仓库不存在"), ErrorClass::NotFound),
        (Fault::enterprise(2100, "错误"), ErrorClass::Unauthorized),
        (Fault::not_json(Provider::WdtEnterprise.gateway(), "<html>"), ErrorClass::MalformedResponse),
    ] {
        let sent = simulator.requests().len();
        simulator.inject(fault);
        let error = account.query(query(Provider::WdtEnterprise).unwrap()).await.unwrap_err();
        assert_eq!(error.class(), class);
        assert_eq!(simulator.requests().len() - sent, 1);
    }
}

#[tokio::test]
async fn all_attempts_have_one_deadline_together() {
    let simulator = simulator().await;
    let limits = Limits::default().attempts(10).deadline(Duration::from_millis(700));
    let account = within(limits, Provider::Winit, &simulator).await;
    simulator.inject(server_error(Provider::Winit).every(1));
    let (failed, took) = timed(account.query(query(Provider::Winit).unwrap())).await;
    assert_eq!(failed.unwrap_err().class(), ErrorClass::Unavailable);
    assert!(took < Duration::from_millis(700) + AT_ONCE, "{took:?}");

    // An unanswered one has used the time up.
    simulator.clear_faults();
    simulator.inject(server_error(Provider::Winit));
    simulator.inject(Fault::stalled(Provider::Winit.gateway(), Duration::from_secs(60)));
    let (failed, took) = timed(account.query(query(Provider::Winit).unwrap())).await;
    assert_eq!(failed.unwrap_err().class(), ErrorClass::Unavailable);
    assert!(took > Duration::from_millis(600) && took < Duration::from_millis(700) + AT_ONCE, "{took:?}");
}

#[tokio::test]
async fn a_query_waits_as_long_as_the_provider_asks_if_there_is_time_for_it() {
    let simulator = simulator().await;
    let account = within(Limits::default(), Provider::Winit, &simulator).await;
    simulator.inject(Fault::limited(Provider::Winit.gateway(), Limit::Status, 1));
    let (answered, took) = timed(account.query(query(Provider::Winit).unwrap())).await;
    answered.unwrap();
    assert!(took > Duration::from_millis(900), "{took:?}");
    assert_eq!(simulator.requests().len(), 2);

    let hasty = within(Limits::default().deadline(Duration::from_secs(2)), Provider::Winit, &simulator).await;
    simulator.inject(Fault::limited(Provider::Winit.gateway(), Limit::Status, 3));
    let (failed, took) = timed(hasty.query(query(Provider::Winit).unwrap())).await;
    assert_eq!(failed.unwrap_err().retry_after(), Some(Duration::from_secs(3)));
    assert!(took < AT_ONCE, "{took:?}");
    assert_eq!(simulator.requests().len(), 3);
}

#[tokio::test]
async fn a_check_and_each_page_of_a_stream_are_made_again_too() {
    let simulator = simulator().await;
    let account = within(Limits::default(), Provider::WdtEnterprise, &simulator).await;
    simulator.inject(server_error(Provider::WdtEnterprise));
    account.check().await.unwrap();

    // A provider with one request per page.
    let account = within(Limits::default(), Provider::Winit, &simulator).await;
    simulator.inject(server_error(Provider::Winit).every(2));
    let mut pages = account.pages(StockQuery::all().warehouse("bulk").page_size(100));
    let mut rows = 0;
    while let Some(page) = pages.next().await {
        rows += page.unwrap().levels.len();
    }
    assert_eq!(rows, 250);
}

#[tokio::test]
async fn finding_out_what_became_of_a_write_is_tried_again() {
    let unreachable = || Err(TransportError::Unreachable("nobody".to_owned()));
    let ok = Ok(InboundResponse { status: 200, headers: vec![], body: b"{}".to_vec() });
    let scene = Scene::answered(Limits::default(), Recording::with([unreachable(), unreachable(), ok])).await;
    scene.look_up("a").await.unwrap();
    assert_eq!(scene.sent(), 3);
}

#[tokio::test]
async fn a_write_whose_answer_was_lost_is_not_sent_again_where_the_provider_would_carry_it_out_twice() {
    for provider in READING {
        let simulator = simulator().await;
        let account = within(Limits::default(), provider, &simulator).await;
        simulator.inject(Fault::dropped(provider.gateway(), DropAt::Answer).after_commit());
        let failure = write(provider, &account).await.unwrap_err();
        assert_eq!(failure.outcome(), Outcome::Unknown);
        assert_eq!(simulator.requests().len(), 1, "{provider:?}");
    }
}
