package clients

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"slices"

	"github.com/go-jose/go-jose/v4"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// algorithms are those of private_key_jwt that we take.
var algorithms = []string{string(jose.ES256), string(jose.EdDSA), string(jose.RS256)}

const (
	leastRSA   = 2048
	mostRSA    = 8192 // a longer key makes us work
	longestJWK = 4096 // bytes
)

// Register takes a client's public key (RFC 7517) for private_key_jwt. Its kid
// is what assertions name; without one it gets its thumbprint (RFC 7638). What
// it may sign with follows from the key and from nothing that an assertion says.
func (r *Registry) Register(ctx context.Context, by identity.Actor, client string, public []byte, w Wish) (Credential, error) {
	key, algorithm, err := parseKey(string(public))
	if err != nil {
		return Credential{}, err
	}
	b, err := r.current(ctx)
	if err != nil {
		return Credential{}, err
	}
	c := b.clients[client]
	if c == nil {
		return Credential{}, fault.New(fault.NotFound, "clients.unknown", client)
	}
	if !c.accepts(algorithm) {
		return Credential{}, fault.New(fault.Invalid, "clients.key-algorithm", string(algorithm))
	}
	for _, k := range b.keys[client] {
		if k.key.KeyID == key.KeyID {
			return Credential{}, fault.New(fault.Conflict, "clients.key-taken", key.KeyID)
		}
	}
	text, err := json.Marshal(key)
	if err != nil {
		return Credential{}, err
	}
	return r.add(ctx, by, Credential{ID: random(base36, keyIDChars), Kind: JWK, SubjectKind: Program, Subject: client, Public: string(text)}, w)
}

func (c *Client) accepts(a jose.SignatureAlgorithm) bool {
	return len(c.Algorithms) == 0 || slices.Contains(c.Algorithms, string(a))
}

// parseKey reads a public key and says what it signs with.
func parseKey(text string) (key jose.JSONWebKey, algorithm jose.SignatureAlgorithm, err error) {
	if len(text) > longestJWK {
		return key, "", fault.New(fault.TooLarge, "clients.key-large", len(text), longestJWK)
	}
	if err := json.Unmarshal([]byte(text), &key); err != nil {
		return key, "", fault.New(fault.Invalid, "clients.bad-key").Because(err)
	}
	switch k := key.Key.(type) {
	case *ecdsa.PrivateKey, ed25519.PrivateKey, *rsa.PrivateKey, []byte:
		// The cause must not hold it; it has been seen, so it should go.
		return jose.JSONWebKey{}, "", fault.New(fault.Invalid, "clients.private-key")
	case *ecdsa.PublicKey:
		if k.Curve == elliptic.P256() {
			algorithm = jose.ES256
		}
	case ed25519.PublicKey:
		algorithm = jose.EdDSA
	case *rsa.PublicKey:
		if n := k.N.BitLen(); n < leastRSA || n > mostRSA || k.E < 3 {
			return key, "", fault.New(fault.Invalid, "clients.weak-key", n, leastRSA, mostRSA)
		}
		algorithm = jose.RS256
	}
	switch {
	case algorithm == "" || !key.Valid():
		return key, "", fault.New(fault.Invalid, "clients.key-kind")
	case key.Algorithm != "" && key.Algorithm != string(algorithm), key.Use != "" && key.Use != "sig":
		return key, "", fault.New(fault.Invalid, "clients.key-kind")
	case len(key.KeyID) > 200:
		return key, "", fault.New(fault.Invalid, "clients.bad-key")
	}
	// Certificates that came with it are not what we were asked to trust.
	key = jose.JSONWebKey{Key: key.Key, KeyID: key.KeyID, Algorithm: string(algorithm), Use: "sig"}
	if key.KeyID == "" {
		sum, err := key.Thumbprint(crypto.SHA256)
		if err != nil {
			return key, "", fault.New(fault.Invalid, "clients.bad-key").Because(err)
		}
		key.KeyID = base64.RawURLEncoding.EncodeToString(sum)
	}
	return key, algorithm, nil
}
