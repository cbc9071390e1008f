//! The attack set and its honest companions.
