// Package audit keeps the log of what was done and by whom, so that it can be
// proved later and cannot be changed unnoticed.
//
// The log is a Merkle tree in the layout of C2SP tlog-tiles, its checkpoints
// are C2SP signed notes (Ed25519). A leaf of the tree holds a version, an
// epoch, a time and HMAC-SHA256(salt, payload), never the payload: that stands
// with its random salt in segment files beside the tree and can be erased leaf
// by leaf, after which the tree still verifies and nothing can be searched back.
//
// A folder holds
//
//	checkpoint           the newest signed tree head
//	checkpoints/         one a UTC hour, kept
//	key                  the verifier key of the log
//	tile/…, tile/entries the tree and its leaves
//	payload/             what was done, with the salts: the file that is synced before an entry is acknowledged
//	index/               what leads a search to payloads; derived
//	epochs/              why the log began anew
//	lock                 held by the one process that writes
//
// An entry is acknowledged once its frame in payload/ has been synced; many
// appenders share one sync. Tiles and the checkpoint follow on a short tick.
// See docs/audit.md for formats, promises and limits.
package audit
