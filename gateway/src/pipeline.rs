//! The life of a request on one page.
