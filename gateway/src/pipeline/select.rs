//! Which policy and strategy hold for a request: the key's, with what the request may choose for itself.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderMap, HeaderName};

use super::Pipeline;
use crate::error::Error;
use crate::http::headers;
use crate::settings::Policy;
use crate::strategy::{self, Mode, Strategy};
use crate::wire::request::Asked;

/// The policy and strategy in force; headers are weaker than the request's own object.
pub(super) fn choose(
    pipeline: &Pipeline,
    policy: &Arc<Policy>,
    headers: &HeaderMap,
    asked: Option<&Asked>,
) -> Result<(Arc<Policy>, Arc<dyn Strategy>), Error> {
    let header = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(Cow::Borrowed);
    let object = |value: Option<&String>| value.cloned().map(Cow::Owned);
    let mode = object(asked.and_then(|asked| asked.mode.as_ref())).or_else(|| header(headers::MODE));
    let strategy = object(asked.and_then(|asked| asked.strategy.as_ref())).or_else(|| header(headers::STRATEGY));
    let mut policy = Cow::Borrowed(policy);
    if let Some(mode) = mode {
        let mode = Mode::from_name(&mode).ok_or(Error::BadRequest {
            message: "the mode must be one of observe, repair, enforce".into(),
            param: Some("sallyport.mode"),
        })?;
        if mode != policy.rules.mode {
            if !policy.overrides.mode.allows(&mode, &policy.rules.mode) {
                return Err(Error::Forbidden("the policy does not let requests choose this mode"));
            }
            let mut own = Policy::clone(&policy);
            own.rules.mode = mode;
            policy = Cow::Owned(Arc::new(own));
        }
    }
    let standing = find(pipeline, &policy.strategy)?;
    let strategy = match strategy {
        Some(name) if name != policy.strategy => {
            let wanted = find(pipeline, &name)?;
            if strategy::needs_tuned_model(&name) && policy.rules.tuned_model.is_none() {
                let message = "the policy names no security-tuned model (safecoder_model)".into();
                return Err(Error::BadRequest { message, param: Some("sallyport.strategy") });
            }
            if !policy.overrides.strategy.allows(&wanted.reach(), &standing.reach()) {
                return Err(Error::Forbidden("the policy does not let requests choose this strategy"));
            }
            wanted
        }
        _ => standing,
    };
    Ok((policy.into_owned(), strategy))
}

/// The strategy of a name.
fn find(pipeline: &Pipeline, name: &str) -> Result<Arc<dyn Strategy>, Error> {
    pipeline.strategies.get(name).cloned().ok_or_else(|| {
        let names: Vec<_> = pipeline.strategies.keys().copied().collect();
        let message = format!("the strategy must be one of {}", names.join(", "));
        Error::BadRequest { message, param: Some("sallyport.strategy") }
    })
}
