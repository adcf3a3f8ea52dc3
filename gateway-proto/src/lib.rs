//! BuildKit gateway API on the wire.
