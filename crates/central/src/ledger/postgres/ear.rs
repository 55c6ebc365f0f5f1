//! Hearing that another process has moved the head of the feed.

use std::future::poll_fn;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::AbortHandle;
use tokio_postgres::{AsyncMessage, Config, NoTls};

use super::sequencer::CHANNEL;

/// Between two attempts to listen again. Whoever waits looks by itself now and then.
const DEAF_FOR: Duration = Duration::from_secs(1);

/// Listens on a connection of its own as long as it is kept.
pub(super) struct Ear {
    heard: Arc<Notify>,
    listening: AbortHandle,
}

impl Ear {
    pub(super) fn open(config: Config) -> Self {
        let heard = Arc::<Notify>::default();
        let rung = Arc::clone(&heard);
        let listening = tokio::spawn(async move {
            loop {
                if let Err(error) = listen(&config, &rung).await {
                    tracing::warn!(error = &error as &dyn std::error::Error, "other centrals are not heard");
                }
                tokio::time::sleep(DEAF_FOR).await;
            }
        });
        Self {
            heard,
            listening: listening.abort_handle(),
        }
    }

    /// Resolves when something was heard since it was asked last.
    pub(super) async fn heard(&self) {
        self.heard.notified().await;
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// Listens until the line breaks.
async fn listen(config: &Config, rung: &Notify) -> Result<(), tokio_postgres::Error> {
    let (client, mut connection) = config.connect(NoTls).await?;
    let sql = format!("LISTEN {CHANNEL}");
    let asked = client.batch_execute(&sql);
    let mut asked = std::pin::pin!(asked);
    let mut listening = false;
    loop {
        tokio::select! {
            done = &mut asked, if !listening => {
                done?;
                listening = true;
                // What happened before it listened was not heard.
                rung.notify_one();
            }
            message = poll_fn(|context| connection.poll_message(context)) => match message {
                Some(Ok(AsyncMessage::Notification(_))) => rung.notify_one(),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(error),
                None => return Ok(()),
            },
        }
    }
}
