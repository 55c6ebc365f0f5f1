//! What the status bar shows: the link, the queue, the age of the data, the stock.

use lanterna_sync::LinkState as EngineLink;
use lanterna_wire::status::{ServiceState, Status};

use super::Desk;
use crate::fault::Answered;
use crate::rpc::{Download, LinkState, ServiceStateView, StatusView};
use crate::stock;

impl Desk {
    pub(super) async fn status(&self) -> Answered<StatusView> {
        let core = self.core().await?;
        let engine = core.view();
        let store = core.store();
        let counts = store.record().queue_counts()?;
        let enrolment = store.record().enrolment()?;
        let told: Option<Status> = match engine.status {
            Some(status) => Some(status),
            None => store
                .remembered("status")?
                .and_then(|text| serde_json::from_str(&text).ok()),
        };
        let agreed = store.remembered("agreed_at")?;
        let demonstration = self.config.demonstration.as_ref();
        Ok(StatusView {
            link: match engine.link {
                EngineLink::Unknown => LinkState::Unknown,
                EngineLink::Online if !engine.sending.is_empty() => LinkState::Sending,
                EngineLink::Online => LinkState::Online,
                EngineLink::Offline => LinkState::Offline,
                EngineLink::Failing => LinkState::Failing,
                EngineLink::Protocol => LinkState::Protocol,
                EngineLink::Unauthorized => LinkState::Unauthorized,
            },
            service: told.as_ref().map(|status| match status.service {
                ServiceState::Open => ServiceStateView::Open,
                ServiceState::ReadOnly => ServiceStateView::ReadOnly,
                ServiceState::Frozen => ServiceStateView::Frozen,
                ServiceState::Closed => ServiceStateView::Closed,
            }),
            data_at: agreed.and_then(|text| text.parse().ok()),
            now: self.adapters.clock.now().wall,
            queued: counts.operations,
            to_resolve: counts.to_resolve,
            download: engine.progress.map(|progress| Download {
                done_bytes: progress.done_bytes,
                total_bytes: progress.total_bytes,
                done_chunks: progress.done_chunks,
                total_chunks: progress.total_chunks,
                seconds_left: None,
            }),
            retry_at: engine.retry_at,
            central: enrolment.as_ref().map(|enrolment| enrolment.central_name.clone()),
            desk: enrolment.as_ref().map(|enrolment| enrolment.code.to_string()),
            channel: enrolment.as_ref().map(|enrolment| enrolment.channel),
            notices: told
                .as_ref()
                .map(|status| status.notices.iter().map(|notice| notice.text.clone()).collect())
                .unwrap_or_default(),
            demonstration: demonstration.is_some() || told.is_some_and(|status| status.demonstration),
            demo_link_up: demonstration.map(|demonstration| demonstration.link_up()),
            schedules: u32::try_from(store.index().len()).unwrap_or(u32::MAX),
            stock: stock::view(&store, self.adapters.clock.now())?,
        })
    }
}
