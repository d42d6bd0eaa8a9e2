// Package clients holds the service accounts: programs of other systems that
// use the interfaces, and what programs sign in with.
//
// A Client belongs to an organisation and has roles, a reach and scopes. It may
// have several credentials at once, so that they can be rotated without a gap:
//
//   - API keys (phk_…), shown once and sent with each call. People have them
//     too, for the command line and scripts: the same key with an account as
//     its subject.
//   - client secrets (phs_…) and registered public keys (private_key_jwt, RFC
//     7523), which the token endpoint (Registry.Token, RFC 6749) turns into
//     access tokens (RFC 9068) that last minutes.
//
// Registry.Verify is asked by every door with what stood behind "Bearer". It
// answers out of memory: clients and credentials are read again when the
// version in the control database has risen, which is looked at every other
// second at most.
//
// Secrets that we make have 238 random bits, so nobody tries them out: a keyed
// hash (HMAC-SHA256 under a key of the ring) is all that is stored, and a slow
// password hash would only slow us down.
package clients
