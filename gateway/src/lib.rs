//! Sallyport gateway.
