//! What was held goes out in the shape that the client asked for.
