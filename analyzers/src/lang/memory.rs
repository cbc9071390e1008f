//! What functions of the C library write through their arguments; data, no behaviour beyond look-up.

use crate::syntax::{Field, Kind, NodeId, Tree};
use crate::taint::Source;

/// What a function writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gives {
    /// Values from outside.
    Outside(Source),
    /// Values from the stream in this argument: those of a user where it is the standard input.
    Stream(u8),
    /// What the argument at this place says.
    Same(u8),
    /// What the arguments from this place on say.
    From(u8),
}

/// A function that writes into what an argument points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Writer {
    /// Its name.
    pub(crate) name: &'static str,
    /// The argument it writes to.
    pub(crate) into: u8,
    /// Whether it writes to every argument after that too.
    pub(crate) rest: bool,
    /// What it writes.
    pub(crate) gives: Gives,
    /// Whether it adds to what is there.
    pub(crate) keeps: bool,
}

const fn fills(name: &'static str, into: u8, gives: Gives) -> Writer {
    Writer { name, into, rest: false, gives, keeps: false }
}

const fn scans(name: &'static str, into: u8, gives: Gives) -> Writer {
    Writer { name, into, rest: true, gives, keeps: false }
}

const fn adds(name: &'static str, into: u8, gives: Gives) -> Writer {
    Writer { name, into, rest: false, gives, keeps: true }
}

use Gives::{From, Outside, Same, Stream};

const WRITERS: &[Writer] = &[
    fills("gets", 0, Outside(Source::Input)),
    fills("_getws", 0, Outside(Source::Input)),
    fills("gets_s", 0, Outside(Source::Input)),
    fills("fgets", 0, Stream(2)),
    fills("fgetws", 0, Stream(2)),
    fills("getline", 0, Stream(2)),
    fills("getdelim", 0, Stream(3)),
    fills("fread", 0, Stream(3)),
    scans("scanf", 1, Outside(Source::Input)),
    scans("scanf_s", 1, Outside(Source::Input)),
    scans("wscanf", 1, Outside(Source::Input)),
    scans("fscanf", 2, Stream(0)),
    scans("fscanf_s", 2, Stream(0)),
    scans("fwscanf", 2, Stream(0)),
    scans("sscanf", 2, Same(0)),
    scans("sscanf_s", 2, Same(0)),
    scans("swscanf", 2, Same(0)),
    fills("read", 1, Outside(Source::File)),
    fills("_read", 1, Outside(Source::File)),
    fills("pread", 1, Outside(Source::File)),
    fills("readlink", 1, Outside(Source::File)),
    fills("ReadFile", 1, Outside(Source::File)),
    fills("recv", 1, Outside(Source::Network)),
    fills("recvfrom", 1, Outside(Source::Network)),
    fills("recvmsg", 1, Outside(Source::Network)),
    fills("SSL_read", 1, Outside(Source::Network)),
    fills("BIO_read", 1, Outside(Source::Network)),
    fills("BIO_gets", 1, Outside(Source::Network)),
    fills("gnutls_record_recv", 1, Outside(Source::Network)),
    fills("mbedtls_ssl_read", 1, Outside(Source::Network)),
    fills("InternetReadFile", 1, Outside(Source::Network)),
    fills("GetEnvironmentVariableA", 1, Outside(Source::Environment)),
    fills("GetEnvironmentVariableW", 1, Outside(Source::Environment)),
    fills("GetEnvironmentVariable", 1, Outside(Source::Environment)),
    fills("strcpy", 0, Same(1)),
    fills("stpcpy", 0, Same(1)),
    fills("strncpy", 0, Same(1)),
    fills("stpncpy", 0, Same(1)),
    fills("strlcpy", 0, Same(1)),
    fills("g_strlcpy", 0, Same(1)),
    fills("strcpy_s", 0, Same(2)),
    fills("strncpy_s", 0, Same(2)),
    fills("wcscpy", 0, Same(1)),
    fills("wcsncpy", 0, Same(1)),
    fills("wcscpy_s", 0, Same(2)),
    fills("_mbscpy", 0, Same(1)),
    fills("_tcscpy", 0, Same(1)),
    fills("lstrcpy", 0, Same(1)),
    fills("lstrcpyA", 0, Same(1)),
    fills("lstrcpyW", 0, Same(1)),
    fills("lstrcpyn", 0, Same(1)),
    fills("memcpy", 0, Same(1)),
    fills("memmove", 0, Same(1)),
    fills("mempcpy", 0, Same(1)),
    fills("memccpy", 0, Same(1)),
    fills("wmemcpy", 0, Same(1)),
    fills("bcopy", 1, Same(0)),
    fills("CopyMemory", 0, Same(1)),
    fills("RtlCopyMemory", 0, Same(1)),
    fills("realpath", 1, Same(0)),
    adds("strcat", 0, Same(1)),
    adds("strncat", 0, Same(1)),
    adds("strlcat", 0, Same(1)),
    adds("g_strlcat", 0, Same(1)),
    adds("strcat_s", 0, Same(2)),
    adds("strncat_s", 0, Same(2)),
    adds("wcscat", 0, Same(1)),
    adds("wcsncat", 0, Same(1)),
    adds("_mbscat", 0, Same(1)),
    adds("_tcscat", 0, Same(1)),
    adds("lstrcat", 0, Same(1)),
    adds("lstrcatA", 0, Same(1)),
    adds("lstrcatW", 0, Same(1)),
    fills("sprintf", 0, From(1)),
    fills("vsprintf", 0, From(1)),
    fills("wsprintf", 0, From(1)),
    fills("wsprintfA", 0, From(1)),
    fills("wsprintfW", 0, From(1)),
    fills("snprintf", 0, From(2)),
    fills("_snprintf", 0, From(2)),
    fills("vsnprintf", 0, From(2)),
    fills("sprintf_s", 0, From(2)),
    fills("swprintf", 0, From(2)),
    fills("asprintf", 0, From(1)),
    fills("vasprintf", 0, From(1)),
    fills("MultiByteToWideChar", 4, Same(2)),
    fills("WideCharToMultiByte", 4, Same(2)),
];

/// What the library function of that name writes.
pub(crate) fn writer(name: &str) -> Option<&'static Writer> {
    WRITERS.iter().find(|writer| writer.name == name)
}

/// `std::getline(stream, text)` of C++, which has the name of another function of C.
const LINE: Writer = fills("getline", 1, Stream(0));

/// What the function of that name writes in this call.
pub(crate) fn writer_of(tree: &Tree, call: NodeId, name: &str) -> Option<&'static Writer> {
    let text_of_stream = name == "getline" && {
        let mut given = tree.positional(call).skip(2);
        // The third is the letter at which a line ends.
        given.next().is_none_or(|third| tree.kind(third) == Kind::String)
    };
    if text_of_stream { Some(&LINE) } else { writer(name) }
}

/// The name or chain of members whose memory an expression points into: `buf` of `buf`, `&buf[2]`, `*buf`, `buf + n`,
/// `(char *)buf`, `buf[1].text`.
pub(crate) fn base(tree: &Tree, text: &str, node: NodeId) -> Option<NodeId> {
    let mut at = node;
    for _ in 0..12 {
        at = match tree.kind(at) {
            Kind::Name => return Some(at),
            Kind::Attribute => {
                let mut object = tree.child(at, Field::Object)?;
                while tree.kind(object) == Kind::Attribute {
                    object = tree.child(object, Field::Object)?;
                }
                if tree.kind(object) == Kind::Name {
                    return Some(at);
                }
                object
            }
            Kind::Subscript => tree.child(at, Field::Object)?,
            Kind::Unary if matches!(tree.name(at, text), "&" | "*") => tree.child(at, Field::Value)?,
            Kind::Cast => tree.children_in(at, Field::Value).last()?,
            Kind::Binary if matches!(tree.name(at, text), "+" | "-") => tree.child(at, Field::Left)?,
            Kind::AugAssign => tree.child(at, Field::Target)?,
            _ => return None,
        };
    }
    None
}
