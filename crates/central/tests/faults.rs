//! Each fault of the proxy, as a client sees it.
#![allow(clippy::unwrap_used)] // helpers of tests may panic

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use lanterna_central::proxy::{Fault, FaultProxy};
use reqwest::{Client, StatusCode};

const BODY: &str = "the quick brown fox jumps over the lazy dog";

/// A server that counts what reaches it.
async fn upstream() -> (SocketAddr, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = |State(count): State<Arc<AtomicU32>>| async move {
        count.fetch_add(1, Ordering::SeqCst);
        BODY
    };
    let router = Router::new()
        .route("/v1/a", get(counted).post(counted))
        .route("/v1/b", post(counted))
        .with_state(count.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    (addr, count)
}

fn client() -> Client {
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .timeout(Duration::from_secs(20))
        .build()
        .unwrap()
}

async fn text(client: &Client, proxy: &FaultProxy) -> reqwest::Result<String> {
    client.get(format!("{}/v1/a", proxy.url())).send().await?.text().await
}

#[tokio::test]
async fn an_unbroken_line_carries_many_requests() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    let client = client();
    for _ in 0..3 {
        assert_eq!(text(&client, &proxy).await.unwrap(), BODY);
    }
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_cut_line_carries_nothing_until_it_is_restored() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    let client = client();
    assert_eq!(text(&client, &proxy).await.unwrap(), BODY);
    proxy.cut();
    assert!(!proxy.is_up());
    for _ in 0..3 {
        assert!(text(&client, &proxy).await.is_err());
    }
    assert_eq!(count.load(Ordering::SeqCst), 1);
    proxy.restore();
    assert!(proxy.is_up());
    assert_eq!(text(&client, &proxy).await.unwrap(), BODY);
}

#[tokio::test]
async fn cutting_ends_what_hangs() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    proxy.set(Fault::Hang);
    let client = client();
    let hanging = tokio::spawn({
        let request = client.get(format!("{}/v1/a", proxy.url())).send();
        async move { request.await.is_err() }
    });
    let short = client
        .get(format!("{}/v1/a", proxy.url()))
        .timeout(Duration::from_millis(200))
        .send()
        .await;
    assert!(short.unwrap_err().is_timeout());
    proxy.cut();
    assert!(
        tokio::time::timeout(Duration::from_secs(10), hanging)
            .await
            .unwrap()
            .unwrap()
    );
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_slow_line_delays_both_ways() {
    let (addr, _) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    proxy.set(Fault::Delay(Duration::from_millis(150)));
    let before = tokio::time::Instant::now();
    assert_eq!(text(&client(), &proxy).await.unwrap(), BODY);
    assert!(before.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn canned_answers_do_not_reach_the_central() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    let client = client();
    proxy.set(Fault::ServerError);
    let answer = client
        .post(format!("{}/v1/a", proxy.url()))
        .body("x".repeat(100_000))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
    proxy.set(Fault::Html);
    let answer = client.get(format!("{}/v1/a", proxy.url())).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(answer.text().await.unwrap().contains("<title>"));
    assert_eq!(count.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_truncated_answer_ends_after_so_many_bytes() {
    let (addr, _) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    proxy.set(Fault::Truncate(10));
    let mut answer = client().get(format!("{}/v1/a", proxy.url())).send().await.unwrap();
    let mut got = Vec::new();
    let ended = loop {
        match answer.chunk().await {
            Ok(Some(part)) => got.extend_from_slice(&part),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(ended, "the end comes too early and is noticed");
    assert_eq!(got, &BODY.as_bytes()[..10]);
}

#[tokio::test]
async fn a_corrupt_answer_has_one_other_byte() {
    let (addr, _) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    proxy.set(Fault::Corrupt(4));
    let answer = client().get(format!("{}/v1/a", proxy.url())).send().await.unwrap();
    let got = answer.bytes().await.unwrap();
    let differing: Vec<_> = (0..BODY.len()).filter(|at| got[*at] != BODY.as_bytes()[*at]).collect();
    assert_eq!(differing, [4]);
}

#[tokio::test]
async fn a_lost_answer_is_lost_after_the_request_was_carried_out() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    proxy.set(Fault::LoseResponse);
    let client = client();
    assert!(
        client
            .post(format!("{}/v1/a", proxy.url()))
            .body("x")
            .send()
            .await
            .is_err()
    );
    assert_eq!(count.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_fault_can_be_for_one_path_alone() {
    let (addr, count) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    let client = client();
    proxy.set_on("/v1/b", Fault::LoseResponse);
    assert_eq!(text(&client, &proxy).await.unwrap(), BODY);
    assert!(
        client
            .post(format!("{}/v1/b", proxy.url()))
            .body("x")
            .send()
            .await
            .is_err()
    );
    assert_eq!(count.load(Ordering::SeqCst), 2);
    proxy.set_on("/v1/b", Fault::Cut);
    assert_eq!(text(&client, &proxy).await.unwrap(), BODY);
    assert!(
        client
            .post(format!("{}/v1/b", proxy.url()))
            .body("x")
            .send()
            .await
            .is_err()
    );
    assert_eq!(count.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_dropped_proxy_listens_no_more() {
    let (addr, _) = upstream().await;
    let proxy = FaultProxy::start(addr).await.unwrap();
    let at = proxy.addr();
    drop(proxy);
    let closed = async {
        while tokio::net::TcpStream::connect(at).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), closed).await.unwrap();
}
