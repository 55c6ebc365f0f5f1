//! The doorbell: a stream of server-sent events that only says the feed moved.

use std::time::Duration;

use lanterna_sync::Failure;

use super::CentralClient;

/// How long the central may take to begin the stream.
const OPENING: Duration = Duration::from_secs(8);
/// The central writes a comment at least every fifteen seconds; three missed and the stream is dead.
const SILENCE: Duration = Duration::from_secs(45);

impl CentralClient {
    /// Listens until the stream ends. `opened` is called once it stands, `rang` for every event.
    ///
    /// # Errors
    /// Why it could not be opened; `Ok` when it stood and ended.
    pub async fn listen(&self, opened: impl FnOnce(), rang: impl Fn()) -> Result<(), Failure> {
        let opening = tokio::time::timeout(self.within(OPENING), self.send(self.get("v1/doorbell")));
        let mut response = opening.await.unwrap_or(Err(Failure::Unreachable))?;
        opened();
        let silence = self.within(SILENCE);
        let mut tail: Vec<u8> = Vec::new();
        while let Ok(Ok(Some(part))) = tokio::time::timeout(silence, response.chunk()).await {
            tail.extend_from_slice(&part);
            // Events end with an empty line. What is between matters not: the data come by the poll.
            let mut rings = false;
            while let Some(end) = tail.windows(2).position(|pair| pair == b"\n\n") {
                rings |= tail[..end]
                    .split(|byte| *byte == b'\n')
                    .any(|line| line.starts_with(b"event: head") || line.starts_with(b"event:head"));
                tail.drain(..end + 2);
            }
            if rings {
                rang();
            }
            if tail.len() > 64 * 1024 {
                return Err(Failure::Fault);
            }
        }
        Ok(())
    }
}
