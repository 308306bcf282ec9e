//! Reads requests: the head by `httparse`, then a body with a length or in chunks.

use super::Limits;
use super::message::Head;

/// Why a request is refused before it is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// With this status, and the connection is closed.
    With(u16),
    /// The client is gone, or too slow between two requests: nobody to answer.
    Gone,
}

/// How the body comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes.
    Length(usize),
    /// In chunks.
    Chunks,
}

/// The head at the beginning of `bytes` and its length; `None` while it is not whole.
pub(super) fn head(bytes: &[u8], limits: &Limits) -> Result<Option<(Head, usize)>, Refused> {
    let mut headers = vec![httparse::EMPTY_HEADER; limits.headers_max];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(bytes) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) if bytes.len() >= limits.head_bytes_max => {
            return Err(Refused::With(431));
        }
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(httparse::Error::TooManyHeaders) => return Err(Refused::With(431)),
        Err(_) => return Err(Refused::With(400)),
    };
    if length > limits.head_bytes_max {
        return Err(Refused::With(431));
    }
    let headers = request.headers.iter().map(|h| (h.name.to_owned(), h.value.to_vec())).collect();
    let head = Head {
        method: request.method.unwrap_or_default().to_owned(),
        target: request.path.unwrap_or_default().to_owned(),
        headers,
        old: request.version == Some(0),
        peer: None,
    };
    Ok(Some((head, length)))
}

/// How the body of a request comes. A request that gives both a length and chunks, or two lengths, is refused:
/// two readers might see two different requests in it (RFC 9112 §6.3).
pub(super) fn body(head: &Head, limits: &Limits) -> Result<Body, Refused> {
    let all = |name: &str| -> Vec<&[u8]> {
        let is = |n: &&(String, Vec<u8>)| n.0.eq_ignore_ascii_case(name);
        head.headers.iter().filter(is).map(|(_, value)| value.as_slice()).collect()
    };
    let (lengths, codings) = (all("content-length"), all("transfer-encoding"));
    match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Ok(Body::Length(0)),
        ([], [coding]) if coding.eq_ignore_ascii_case(b"chunked") && !head.old => Ok(Body::Chunks),
        ([], _) => Err(Refused::With(501)),
        ([length], []) => {
            let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
            let length = std::str::from_utf8(length).ok().filter(|_| digits);
            // More digits than a number holds are more bytes than the limit.
            let length = length.ok_or(Refused::With(400))?.parse().unwrap_or(usize::MAX);
            if length > limits.body_bytes_max { Err(Refused::With(413)) } else { Ok(Body::Length(length)) }
        }
        _ => Err(Refused::With(400)),
    }
}

/// Takes chunks apart as they come.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    state: Chunk,
    /// What was in the chunks.
    pub(super) body: Vec<u8>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Chunk {
    #[default]
    Size,
    Bytes(usize),
    End,
    Trailer,
}

/// Longest line before a chunk or after the last one.
const LINE_BYTES_MAX: usize = 4 * 1024;

impl Chunks {
    /// Takes what it can from `bytes`; gives how many bytes it took, and whether the body is whole.
    pub(super) fn take(&mut self, bytes: &[u8], limits: &Limits) -> Result<(usize, bool), Refused> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self.state {
                Chunk::Size => match httparse::parse_chunk_size(rest) {
                    Ok(httparse::Status::Complete((length, size))) => {
                        at += length;
                        let size = usize::try_from(size).unwrap_or(usize::MAX);
                        if size > limits.body_bytes_max.saturating_sub(self.body.len()) {
                            return Err(Refused::With(413));
                        }
                        self.state = if size == 0 { Chunk::Trailer } else { Chunk::Bytes(size) };
                    }
                    Ok(httparse::Status::Partial) if rest.len() < LINE_BYTES_MAX => return Ok((at, false)),
                    _ => return Err(Refused::With(400)),
                },
                Chunk::Bytes(left) => {
                    let take = left.min(rest.len());
                    self.body.extend_from_slice(&rest[..take]);
                    at += take;
                    if take < left {
                        self.state = Chunk::Bytes(left - take);
                        return Ok((at, false));
                    }
                    self.state = Chunk::End;
                }
                Chunk::End => match rest {
                    [b'\r', b'\n', ..] => {
                        at += 2;
                        self.state = Chunk::Size;
                    }
                    [] | [b'\r'] => return Ok((at, false)),
                    _ => return Err(Refused::With(400)),
                },
                // Trailers are read and left out.
                Chunk::Trailer => match rest.windows(2).position(|w| w == b"\r\n") {
                    Some(0) => return Ok((at + 2, true)),
                    Some(end) => at += end + 2,
                    None if rest.len() < LINE_BYTES_MAX => return Ok((at, false)),
                    None => return Err(Refused::With(400)),
                },
            }
        }
    }
}
