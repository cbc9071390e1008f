//! Broken hash functions of Go.

use super::report;
use crate::rule::{Context, Findings};
use crate::syntax::NodeId;

/// Packages of broken hash functions.
const PACKAGES: &[&str] =
    &["crypto/md5", "crypto/sha1", "golang.org/x/crypto/md4", "golang.org/x/crypto/ripemd160", "crypto/md4"];

/// Checks a call.
pub(super) fn call(context: &Context<'_>, call: NodeId, found: &mut Findings) {
    let path = context.callee(call);
    let weak = path.rsplit_once('.').is_some_and(|(package, function)| {
        PACKAGES.contains(&package) && (function.starts_with("Sum") || function == "New")
    });
    if weak {
        report(context, call, found);
    }
}
