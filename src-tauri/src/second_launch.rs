//! A second launch on the same folder hands what it was told to the window that is open, which comes
//! to the front. A text only fills the scan field: it is looked at there before anything is done.

use std::path::Path;

use anyhow::Result;

/// Beside the desk's files, which are for this user alone.
#[cfg(unix)]
const SOCKET: &str = "window.sock";
/// The longest text that is taken: a bar code, or a link with one.
#[cfg(unix)]
const LONGEST: u64 = 200;

#[cfg(unix)]
mod unix {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use tokio::io::AsyncReadExt;
    use tokio::net::UnixListener;

    use super::{LONGEST, Path, Result, SOCKET};

    /// Hands a text to the open window.
    ///
    /// # Errors
    /// When no window answers.
    pub fn hand_over(folder: &Path, text: &str) -> Result<()> {
        Ok(UnixStream::connect(folder.join(SOCKET))?.write_all(text.as_bytes())?)
    }

    /// Hears second launches for as long as the window is open.
    pub async fn hear(folder: &Path, heard: impl Fn(&str)) -> Result<()> {
        let socket = folder.join(SOCKET);
        // Whoever holds the folder's lock is the only one to listen: what is there was left behind.
        let _ = std::fs::remove_file(&socket);
        let listener = UnixListener::bind(&socket)?;
        loop {
            let (stream, _) = listener.accept().await?;
            let mut text = String::new();
            if stream.take(LONGEST).read_to_string(&mut text).await.is_ok() {
                heard(text.trim());
            }
        }
    }
}

#[cfg(unix)]
pub use unix::{hand_over, hear};

/// Elsewhere a second launch says that the folder is in use.
#[cfg(not(unix))]
pub fn hand_over(_: &Path, _: &str) -> Result<()> {
    anyhow::bail!("a second launch cannot reach the open window on this system")
}

/// Elsewhere nothing is heard.
#[cfg(not(unix))]
pub async fn hear(_: &Path, _: impl Fn(&str)) -> Result<()> {
    std::future::pending().await
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_second_launch_is_heard_even_where_a_crash_left_a_socket_behind() {
        let folder = std::env::temp_dir().join(format!("lanterna-launch-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(SOCKET), "").unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (told, heard) = mpsc::channel();
        let listening = folder.clone();
        runtime.spawn(async move { hear(&listening, |text| drop(told.send(text.to_owned()))).await });
        let handed = (0..100).any(|_| {
            hand_over(&folder, "0001000001P\n").is_ok() || {
                std::thread::sleep(Duration::from_millis(20));
                false
            }
        });
        assert!(handed);
        assert_eq!(heard.recv_timeout(Duration::from_secs(5)).unwrap(), "0001000001P");
        runtime.shutdown_background();
        std::fs::remove_dir_all(folder).unwrap();
    }
}
