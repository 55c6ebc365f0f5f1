//! One connection through the proxy.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt, copy, sink};
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{Fault, Mode};

/// Bytes of a head; beyond it the connection is given up.
const HEAD_BYTES: usize = 64 * 1024;

const SERVER_ERROR: &str = "HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain\r\n\
    Content-Length: 22\r\nConnection: close\r\n\r\nsomething went wrong.\n";
const HTML: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 65\r\n\
    Connection: close\r\n\r\n<!doctype html><title>Accesso alla rete</title><p>Accedi prima.\n\n";

/// Carries one request and its answer. The mode is that in which the request arrives; when it
/// changes, what is under way is dropped.
///
/// A connection ends with its request, also where nothing is broken: a client that kept it could
/// not tell a fault that befalls its next request from a connection that was closed meanwhile.
pub(super) async fn carry(mut client: TcpStream, upstream: SocketAddr, mut mode: watch::Receiver<Mode>) -> Result<()> {
    let request = tokio::select! {
        _ = cut(&mut mode) => return Ok(()),
        request = Head::read(&mut client) => request?,
    };
    let Mode { fault, path } = mode.borrow_and_update().clone();
    let meant = path.is_none_or(|path| request.path().starts_with(path.as_bytes()));
    let fault = if meant { fault } else { Fault::None };
    tokio::select! {
        _ = mode.changed() => Ok(()),
        ended = one(client, upstream, request, fault) => ended,
    }
}

/// Waits until the plug is pulled, or the proxy dropped.
async fn cut(mode: &mut watch::Receiver<Mode>) {
    let pulled = |mode: &Mode| mode.fault == Fault::Cut && mode.path.is_none();
    drop(mode.wait_for(pulled).await);
}

async fn one(mut client: TcpStream, upstream: SocketAddr, request: Head, fault: Fault) -> Result<()> {
    match fault {
        Fault::Cut => return Ok(()),
        Fault::Hang => return copy(&mut client, &mut sink()).await.map(drop),
        Fault::ServerError => return answer(client, &request, SERVER_ERROR).await,
        Fault::Html => return answer(client, &request, HTML).await,
        Fault::Canned(text) => return answer(client, &request, text).await,
        Fault::None | Fault::Delay(_) | Fault::Truncate(_) | Fault::Corrupt(_) | Fault::LoseResponse => {}
    }
    if let Fault::Delay(wait) = fault {
        tokio::time::sleep(wait).await;
    }
    let mut server = TcpStream::connect(upstream).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    server.write_all(&request.asking_to_close()).await?;
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = server.split();
    let up = async {
        copy(&mut from_client, &mut to_server).await?;
        // The client is gone, and so is what it wanted, unless it is to be carried out all the same.
        if fault == Fault::LoseResponse {
            std::future::pending::<()>().await;
        }
        Ok(())
    };
    let down = async {
        match fault {
            Fault::LoseResponse => copy(&mut from_server, &mut sink()).await.map(drop),
            Fault::Truncate(bytes) => {
                let head = Head::read(&mut from_server).await?;
                to_client.write_all(head.head()).await?;
                let mut body = head.rest().chain(from_server).take(bytes);
                copy(&mut body, &mut to_client).await.map(drop)
            }
            Fault::Corrupt(at) => {
                let head = Head::read(&mut from_server).await?;
                to_client.write_all(head.head()).await?;
                let mut body = head.rest().chain(from_server);
                copy(&mut (&mut body).take(at), &mut to_client).await?;
                let mut byte = [0];
                if body.read(&mut byte).await? == 1 {
                    to_client.write_all(&[!byte[0]]).await?;
                }
                copy(&mut body, &mut to_client).await.map(drop)
            }
            Fault::Delay(wait) => {
                let head = Head::read(&mut from_server).await?;
                tokio::time::sleep(wait).await;
                to_client.write_all(&head.bytes).await?;
                copy(&mut from_server, &mut to_client).await.map(drop)
            }
            _ => copy(&mut from_server, &mut to_client).await.map(drop),
        }
    };
    tokio::select! {
        ended = down => ended,
        failed = up => failed,
    }
}

/// Reads the request's body, so that closing does not reset the connection, and answers.
async fn answer(mut client: TcpStream, request: &Head, answer: &str) -> Result<()> {
    let missing = request.content_length().saturating_sub(request.rest().len() as u64);
    copy(&mut (&mut client).take(missing), &mut sink()).await?;
    client.write_all(answer.as_bytes()).await?;
    client.shutdown().await
}

/// The head of a message, and what came with it of the body.
struct Head {
    bytes: Vec<u8>,
    end: usize,
}

impl Head {
    async fn read(from: &mut (impl AsyncRead + Unpin)) -> Result<Self> {
        let mut bytes = Vec::with_capacity(1024);
        loop {
            if from.read_buf(&mut bytes).await? == 0 {
                return Err(Error::from(ErrorKind::UnexpectedEof));
            }
            if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
                return Ok(Self { bytes, end: at + 4 });
            }
            if bytes.len() > HEAD_BYTES {
                return Err(Error::from(ErrorKind::InvalidData));
            }
        }
    }

    fn head(&self) -> &[u8] {
        &self.bytes[..self.end]
    }

    fn rest(&self) -> &[u8] {
        &self.bytes[self.end..]
    }

    /// The lines of the head, the empty one at its end left out.
    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes[..self.end - 4]
            .split(|byte| *byte == b'\n')
            .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
    }

    fn path(&self) -> &[u8] {
        self.lines()
            .next()
            .and_then(|line| line.split(|byte| *byte == b' ').nth(1))
            .unwrap_or_default()
    }

    fn content_length(&self) -> u64 {
        self.lines()
            .find_map(|line| value(line, "content-length"))
            .and_then(|value| std::str::from_utf8(value).ok()?.trim().parse().ok())
            .unwrap_or(0)
    }

    /// The message with `Connection: close`, so that a connection carries one request and the end
    /// of its answer is the end of the stream.
    fn asking_to_close(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.bytes.len() + 24);
        for line in self.lines().filter(|line| value(line, "connection").is_none()) {
            out.extend_from_slice(line);
            out.extend_from_slice(b"\r\n");
        }
        out.extend_from_slice(b"Connection: close\r\n\r\n");
        out.extend_from_slice(self.rest());
        out
    }
}

fn value<'a>(line: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    line[..colon]
        .eq_ignore_ascii_case(name.as_bytes())
        .then_some(&line[colon + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_canned_answers_tell_their_true_length() {
        for answer in [SERVER_ERROR, HTML] {
            let end = answer.find("\r\n\r\n").unwrap() + 4;
            let head = Head {
                bytes: answer.as_bytes().to_vec(),
                end,
            };
            assert_eq!(head.content_length(), (answer.len() - end) as u64);
        }
    }

    #[test]
    fn a_request_is_asked_to_close_once_and_keeps_its_body() {
        let text = b"POST /v1/holds HTTP/1.1\r\nHost: x\r\nconnection: keep-alive\r\n\r\nbody".to_vec();
        let end = text.len() - 4;
        let head = Head { bytes: text, end };
        assert_eq!(head.path(), b"/v1/holds");
        assert_eq!(
            head.asking_to_close(),
            b"POST /v1/holds HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\nbody"
        );
    }
}
