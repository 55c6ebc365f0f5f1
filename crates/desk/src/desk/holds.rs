//! Keeping a place at the central while its booking is filled in.

use lanterna_model::priority::Priority;
use lanterna_model::schedule::SlotSpan;
use lanterna_sync::LinkState as EngineLink;
use lanterna_wire::hold::{HoldReply, HoldRequest};
use uuid::Uuid;

use super::{Desk, Open};
use crate::fault::Answered;
use crate::rpc::{ErrorCode, Event, HoldView, RpcError};
use crate::{booking, stock};

/// How long a place that somebody else keeps stays out of the offers.
const REFUSED_MINUTES: i64 = 5;

impl Desk {
    pub(super) async fn hold(&self, spans: Vec<SlotSpan>, priority: Option<Priority>) -> Answered<HoldView> {
        let none = HoldView {
            hold: None,
            expires_in_seconds: None,
        };
        let core = self.core().await?;
        let client = match self.open.read().await.as_ref() {
            Some(Open { link: Some(link), .. }) if core.view().link == EngineLink::Online => link.client.clone(),
            _ => return Ok(none),
        };
        let now = self.adapters.clock.now();
        if !booking::service_state(&core.store()).pushes() || stock::all_promised(&core.store(), &spans, now) {
            return Ok(none);
        }
        let id = self.new_id()?;
        let request = HoldRequest {
            id,
            spans,
            priority,
            replaces: None,
        };
        match client.hold(&request).await {
            Ok(HoldReply::Held { expires_in_seconds }) => Ok(HoldView {
                hold: Some(id),
                expires_in_seconds: Some(expires_in_seconds),
            }),
            Ok(HoldReply::Refused { lost }) => {
                let now = self.adapters.clock.now().wall;
                let until = now + chrono::Duration::minutes(REFUSED_MINUTES);
                let spans: Vec<SlotSpan> = lost.iter().map(|lost| lost.span).collect();
                core.store().transaction(|tx| tx.desk().refuse(&spans, until, now))?;
                let _ = self.news.send(Event::Availability);
                Err(RpcError::new(ErrorCode::HoldRefused).at("spans"))
            }
            // Without a hold the booking is as good as off line: it may still lose its place.
            Err(failure) => {
                tracing::debug!(?failure, "no hold could be taken");
                self.hurry().await;
                Ok(none)
            }
        }
    }

    pub(super) async fn release_hold(&self, hold: Uuid) -> Answered<()> {
        let client = match self.open.read().await.as_ref() {
            Some(Open { link: Some(link), .. }) => link.client.clone(),
            _ => return Ok(()),
        };
        // The central lets go by itself: nobody waits for this.
        tokio::spawn(async move { client.release_hold(hold).await });
        Ok(())
    }
}
