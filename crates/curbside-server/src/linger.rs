//! Bodies that nobody reads to their end. Where a connection is closed while more of one arrives, the system resets it
//! and the answer is lost with it; so what is left is read and thrown away, within limits, after the answer is sent.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::runtime::Handle;

/// Longest that the rest of a body is read.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most of it that is read, bytes.
const MOST: u64 = 32 << 20;

/// A body whose rest is read when it is dropped.
pub(crate) struct Lingering(Option<Incoming>);

impl Lingering {
    pub(crate) fn of(body: Incoming) -> Self {
        Self(Some(body))
    }
}

impl Body for Lingering {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.0.as_mut().map_or(Poll::Ready(None), |body| Pin::new(body).poll_frame(cx))
    }

    fn is_end_stream(&self) -> bool {
        self.0.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.0.as_ref().map_or_else(SizeHint::default, Body::size_hint)
    }
}

impl Drop for Lingering {
    fn drop(&mut self) {
        let rest = self.0.take().filter(|body| !body.is_end_stream() && body.size_hint().lower() <= MOST);
        if let (Some(rest), Ok(runtime)) = (rest, Handle::try_current()) {
            runtime.spawn(tokio::time::timeout(PATIENCE, read_out(rest)));
        }
    }
}

async fn read_out(mut body: Incoming) {
    let mut read = 0_u64;
    while let Some(Ok(frame)) = body.frame().await {
        read += frame.data_ref().map_or(0, |data| data.len() as u64);
        if read > MOST {
            return;
        }
    }
}
