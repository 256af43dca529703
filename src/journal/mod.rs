//! The journal: wire types per event kind, codec, store.
