//! Routes and layers in order: `/v1/*` and the tasks under `/api` go to the pipeline, everything else to the pages;
//! nothing else is here.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::ConnectInfo;
use axum::routing::get;
use bytes::Bytes;
use http::{Method, Request, Response};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::error::Error;
use crate::pipeline::Pipeline;
use crate::task::Task;

pub mod body;
pub mod cors;
pub mod headers;
pub mod server;

use body::Body;
use cors::Cors;

/// Answers requests. Shared by all connections.
#[derive(Debug)]
pub struct Gateway {
    pipeline: Arc<Pipeline>,
    pages: TowerToHyperService<Router>,
    cors: Option<Cors>,
}

impl Gateway {
    /// The API lane before `pages`, which are answered by axum.
    pub fn new(pipeline: Arc<Pipeline>, pages: Router, cors: Option<Cors>) -> Self {
        let pages = pages
            .route("/health/live", get(async || "live\n"))
            .fallback(async || Error::NotFound)
            .method_not_allowed_fallback(async || Error::MethodNotAllowed);
        let readiness = Arc::clone(&pipeline);
        let pages = pages.route(
            "/health/ready",
            get(async move || if readiness.is_ready() { Ok("ready\n") } else { Err(Error::Unavailable("not ready")) }),
        );
        Self { pipeline, pages: TowerToHyperService::new(pages), cors }
    }

    /// Answers one request of `peer`.
    pub async fn answer(&self, request: Request<Incoming>, peer: SocketAddr) -> Result<Response<Body>, Infallible> {
        let origin = self.cors.as_ref().and_then(|cors| cors.allowed(request.headers()));
        if let (Some(origin), &Method::OPTIONS) = (&origin, request.method())
            && request.headers().contains_key(http::header::ACCESS_CONTROL_REQUEST_METHOD)
        {
            return Ok(cors::preflight(origin, request.headers()).map(Body::from));
        }
        let path = request.uri().path();
        let mut response = if path.starts_with("/v1/") || path == "/v1" {
            match Arc::clone(&self.pipeline).run(request).await {
                Ok(response) => response,
                Err(error) => error.response().map(Body::from),
            }
        } else if let Some(task) = Task::at(path) {
            match Arc::clone(&self.pipeline).task(task, request).await {
                Ok(response) => response,
                Err(error) => error.response().map(Body::from),
            }
        } else {
            self.page(request, peer).await
        };
        if let Some(origin) = origin {
            cors::allow(response.headers_mut(), origin);
        }
        Ok(response)
    }

    async fn page(&self, mut request: Request<Incoming>, peer: SocketAddr) -> Response<Body> {
        request.extensions_mut().insert(ConnectInfo(peer));
        let request = request.map(|body| axum::body::Body::new(body.map_err(axum::Error::new)));
        match self.pages.call(request).await {
            Ok(response) => response.map(Body::Page),
            Err(never) => match never {},
        }
    }
}

/// An empty body.
pub fn empty() -> Body {
    Body::from(Bytes::new())
}

#[cfg(test)]
pub(crate) mod tests;
