//! Key, unlocking, enrolment: what comes before the first question.

use std::sync::Arc;

use lanterna_store::{Enrolment as StoredEnrolment, RawKey, Store, StoreError};
use lanterna_wire::PROTOCOL;
use lanterna_wire::desk::Enrolment;
use uuid::Uuid;

use super::{Adapters, Desk, Link, Open};
use crate::driver::{Core, Driver};
use crate::fault::Answered;
use crate::incarnation;
use crate::link::CentralClient;
use crate::rpc::{ErrorCode, RpcError, SetAside, Stage, StageView};
use crate::stage::{self, KeyState};

impl Desk {
    pub(super) async fn stage(&self) -> Answered<StageView> {
        if self.is_locked() {
            let keychain = !stage::wrapped(&self.config.data_dir);
            return self.stage_view(Stage::Locked, keychain).await;
        }
        let mut keychain_answers = false;
        if self.open.read().await.is_none() {
            let (dir, keychain) = (self.config.data_dir.clone(), self.adapters.keychain.clone());
            let found = tokio::task::spawn_blocking(move || stage::find(&dir, keychain.as_ref())).await;
            match found.map_err(|_| RpcError::from(ErrorCode::Internal))? {
                KeyState::Open(key) => {
                    keychain_answers = true;
                    self.open_store(key).await?;
                }
                KeyState::None => return self.stage_view(Stage::NeedsKey, keychain_answers).await,
                KeyState::Wrapped | KeyState::Missing => {
                    return self.stage_view(Stage::Locked, keychain_answers).await;
                }
            }
        }
        let stage = {
            let core = self.core_at_once().await?;
            let store = core.store();
            match (store.record().enrolment()?, store.cursor()) {
                (None, _) => Stage::NeedsEnrolment,
                (Some(_), None) => Stage::FirstDownload,
                (Some(_), Some(_)) => Stage::Ready,
            }
        };
        self.stage_view(stage, keychain_answers).await
    }

    pub(super) async fn stage_view(&self, stage: Stage, keychain: bool) -> Answered<StageView> {
        let demonstration_code = match (&self.config.demonstration, stage) {
            (Some(demonstration), Stage::NeedsEnrolment) => demonstration.enrolment_code().await,
            _ => None,
        };
        let told = |file: &lanterna_store::SetAside| SetAside {
            file: file.file.trim_end_matches(".db").to_owned(),
            kept_as: file.kept_as.clone(),
            salvaged: file.salvaged,
        };
        let set_aside = match self.core_at_once().await {
            Ok(core) => core.store().set_aside().iter().map(told).collect(),
            Err(_) => Vec::new(),
        };
        Ok(StageView {
            stage,
            keychain,
            central_url: self.config.central_url.clone(),
            demonstration: self.config.demonstration.is_some(),
            demonstration_code,
            set_aside,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    pub(super) async fn create_key(&self, passphrase: Option<String>) -> Answered<StageView> {
        if self.open.read().await.is_some() {
            return self.stage().await;
        }
        let (dir, adapters) = (self.config.data_dir.clone(), self.adapters.clone());
        let made = tokio::task::spawn_blocking(move || {
            match stage::find(&dir, adapters.keychain.as_ref()) {
                KeyState::None => {}
                KeyState::Open(key) => return Ok(key),
                KeyState::Wrapped | KeyState::Missing => return Err(ErrorCode::WrongState.into()),
            }
            stage::create(
                &dir,
                adapters.keychain.as_ref(),
                adapters.entropy.as_ref(),
                passphrase.as_deref(),
            )
        });
        let key = made.await.map_err(|_| RpcError::from(ErrorCode::Internal))??;
        self.open_store(key).await?;
        self.stage().await
    }

    pub(super) async fn open_store(&self, key: RawKey) -> Answered<()> {
        let (dir, now) = (self.config.data_dir.clone(), self.adapters.clock.now());
        let fresh = self.new_id()?;
        let opened = tokio::task::spawn_blocking(move || {
            let (mut store, report) = Store::open(&dir, &key, now)?;
            let mended = report
                .set_aside
                .iter()
                .any(|file| file.file == lanterna_store::DESK_FILE);
            incarnation::settle(&mut store, &dir, fresh, mended)?;
            Ok::<_, StoreError>(store)
        });
        let store = opened.await.map_err(|_| RpcError::from(ErrorCode::Internal))??;
        let enrolment = store.record().enrolment()?;
        let Adapters { clock, entropy, .. } = self.adapters.clone();
        let core = Arc::new(Core::new(store, clock, entropy, self.news.clone()));
        core.load();
        let link = enrolment.map(|enrolment| self.linked(&core, &enrolment)).transpose()?;
        *self.open.write().await = Some(Open { core, link });
        Ok(())
    }

    pub(super) fn linked(&self, core: &Arc<Core>, enrolment: &StoredEnrolment) -> Answered<Link> {
        // A demonstration's central has another port each time it is started.
        let url = match (&self.config.demonstration, &self.config.central_url) {
            (Some(_), Some(url)) => url,
            _ => &enrolment.central_url,
        };
        let client = Arc::new(CentralClient::new(url, &enrolment.token, core.clock.clone())?);
        let driver = Driver::start(core.clone(), client.clone());
        Ok(Link { client, driver })
    }

    pub(super) async fn enrol(&self, code: &str, central_url: Option<String>) -> Answered<StageView> {
        let core = self.core_at_once().await?;
        if core.store().record().enrolment()?.is_some() {
            return Err(ErrorCode::WrongState.into());
        }
        let code = code.trim();
        if code.is_empty() {
            return Err(RpcError::new(ErrorCode::Required).at("code"));
        }
        let url = central_url.or_else(|| self.config.central_url.clone());
        let url = url.ok_or_else(|| RpcError::new(ErrorCode::Required).at("central_url"))?;
        // The same request is repeated until it is answered: a lost answer does not burn the code.
        let request = self.enrolment_request(&core, code)?;
        let client = CentralClient::new(&url, "", core.clock.clone())?;
        let enrolled = client
            .enrol(&Enrolment {
                code: code.to_owned(),
                protocol: PROTOCOL,
                request,
            })
            .await?;
        let papers = enrolled.papers;
        let enrolment = StoredEnrolment {
            desk: enrolled.desk,
            code: enrolled.code,
            channel: enrolled.channel,
            token: enrolled.token,
            central_url: url,
            central_name: enrolled.central,
        };
        let now = self.adapters.clock.now().wall;
        core.store().transaction(|tx| {
            tx.desk().enrol(&enrolment, now)?;
            tx.desk().keep_papers(&papers)?;
            tx.mirror().forget()?;
            tx.desk().log("enrol", "", now)
        })?;
        let link = self.linked(&core, &enrolment)?;
        if let Some(open) = self.open.write().await.as_mut() {
            open.link = Some(link);
        }
        self.stage().await
    }

    pub(super) fn enrolment_request(&self, core: &Core, code: &str) -> Answered<Uuid> {
        const SETTING: &str = "enrolment_request";
        let mut store = core.store();
        let kept = store.record().setting(SETTING)?;
        if let Some((of, id)) = kept.as_deref().and_then(|text| text.split_once(' '))
            && of == code
            && let Ok(id) = id.parse()
        {
            return Ok(id);
        }
        let id = self.adapters.entropy.uuid(self.adapters.clock.now().wall)?;
        store.transaction(|tx| tx.desk().set(SETTING, &format!("{code} {id}")))?;
        Ok(id)
    }
}
