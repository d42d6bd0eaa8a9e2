package identity_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"testing"
	"time"

	"github.com/go-webauthn/webauthn/protocol/webauthncbor"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
)

// A device is an authenticator in software: one ES256 key, no attestation.
type device struct {
	key     *ecdsa.PrivateKey
	id      []byte
	user    []byte
	site    string
	origin  string
	counter uint32
	flags   byte // present, verified
}

func newDevice(t testing.TB) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := &device{key: key, id: make([]byte, 32), site: "dulieu.hungyen.gov.vn", origin: "https://dulieu.hungyen.gov.vn", flags: 0x05}
	_, _ = rand.Read(d.id)
	return d
}

// asked is the part of the options that a device needs.
type asked struct {
	PublicKey struct {
		Challenge string `json:"challenge"`
		RPID      string `json:"rpId"`
		RP        struct {
			ID string `json:"id"`
		} `json:"rp"`
		User struct {
			ID string `json:"id"`
		} `json:"user"`
		AuthenticatorSelection struct {
			UserVerification string `json:"userVerification"`
			ResidentKey      string `json:"residentKey"`
		} `json:"authenticatorSelection"`
		UserVerification string `json:"userVerification"`
		AllowCredentials []struct {
			ID string `json:"id"`
		} `json:"allowCredentials"`
	} `json:"publicKey"`
}

func read(t testing.TB, options json.RawMessage) asked {
	t.Helper()
	var a asked
	if err := json.Unmarshal(options, &a); err != nil {
		t.Fatal(err)
	}
	return a
}

var b64 = base64.RawURLEncoding

func (d *device) clientData(kind, challenge string) []byte {
	text, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": d.origin, "crossOrigin": false})
	return text
}

func (d *device) authData(attested []byte) []byte {
	site := sha256.Sum256([]byte(d.site))
	flags := d.flags
	if attested != nil {
		flags |= 0x40
	}
	out := append(site[:], flags)
	out = binary.BigEndian.AppendUint32(out, d.counter)
	return append(out, attested...)
}

// make answers navigator.credentials.create.
func (d *device) make(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	a := read(t, options)
	if a.PublicKey.AuthenticatorSelection.UserVerification != "required" || a.PublicKey.AuthenticatorSelection.ResidentKey != "required" {
		t.Fatalf("options: %s", options)
	}
	var err error
	if d.user, err = b64.DecodeString(a.PublicKey.User.ID); err != nil {
		t.Fatal(err)
	}
	point, err := d.key.PublicKey.Bytes() // 4, X, Y
	if err != nil {
		t.Fatal(err)
	}
	cose, err := webauthncbor.Marshal(map[int]any{1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:65]})
	if err != nil {
		t.Fatal(err)
	}
	attested := make([]byte, 16)
	attested = binary.BigEndian.AppendUint16(attested, uint16(len(d.id)))
	attested = append(append(attested, d.id...), cose...)
	object, err := webauthncbor.Marshal(map[string]any{"fmt": "none", "attStmt": map[string]any{}, "authData": d.authData(attested)})
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]any{"clientDataJSON": b64.EncodeToString(d.clientData("webauthn.create", a.PublicKey.Challenge)),
		"attestationObject": b64.EncodeToString(object), "transports": []string{"internal"}})
}

// show answers navigator.credentials.get.
func (d *device) show(t testing.TB, options json.RawMessage) []byte {
	t.Helper()
	a := read(t, options)
	if a.PublicKey.UserVerification != "required" {
		t.Fatalf("options: %s", options)
	}
	d.counter++
	client, auth := d.clientData("webauthn.get", a.PublicKey.Challenge), d.authData(nil)
	hash := sha256.Sum256(client)
	sum := sha256.Sum256(append(append([]byte{}, auth...), hash[:]...))
	sig, err := ecdsa.SignASN1(rand.Reader, d.key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return d.answer(t, map[string]any{"clientDataJSON": b64.EncodeToString(client), "authenticatorData": b64.EncodeToString(auth),
		"signature": b64.EncodeToString(sig), "userHandle": b64.EncodeToString(d.user)})
}

func (d *device) answer(t testing.TB, response map[string]any) []byte {
	t.Helper()
	text, err := json.Marshal(map[string]any{"id": b64.EncodeToString(d.id), "rawId": b64.EncodeToString(d.id), "type": "public-key",
		"authenticatorAttachment": "platform", "clientExtensionResults": map[string]any{}, "response": response})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestPasskey(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		d := newDevice(t)
		step := must(k.Begin(ctx, a.Login, goodPassword, outside))(t)
		made := d.make(t, must(k.SetUpPasskey(ctx, step.Token))(t).Options)
		step = must(k.ConfirmPasskey(ctx, step.Token, made, "Điện thoại cơ quan"))(t)
		if step.Kind != identity.StepDone || len(step.Recovery) != 10 || step.Issued.Session.StrongBy != identity.FactorPasskey {
			t.Fatalf("after setting up: %+v", step)
		}

		// As a second factor.
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		if joined(step.Factors) != "passkey recovery" {
			t.Fatalf("factors: %v", step.Factors)
		}
		answer := d.show(t, must(k.Challenge(ctx, step.Token, identity.FactorPasskey))(t).Options)
		step = must(k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorPasskey, Assertion: answer}))(t)
		if step.Kind != identity.StepDone {
			t.Fatalf("with the passkey: %+v", step)
		}

		// The same answer a second time, in another sign-in.
		step = must(k.Begin(ctx, a.Login, goodPassword, within))(t)
		_, err := k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorPasskey, Assertion: answer})
		wants(t, err, "identity.challenge.over")
		must(k.Challenge(ctx, step.Token, identity.FactorPasskey))(t)
		_, err = k.Finish(ctx, step.Token, identity.Proof{Kind: identity.FactorPasskey, Assertion: answer})
		wants(t, err, "identity.passkey.wrong")
		k.wait(time.Minute)

		// Alone.
		token, c, err := k.BeginPasskey(ctx, outside)
		if err != nil {
			t.Fatal(err)
		}
		answer = d.show(t, c.Options)
		step = must(k.FinishPasskey(ctx, token, answer, outside))(t)
		if step.Kind != identity.StepDone || step.Issued.Session.Account.ID != a.ID || !step.Issued.Session.Strong() {
			t.Fatalf("with the passkey alone: %+v", step)
		}
		_, err = k.FinishPasskey(ctx, token, answer, outside)
		wants(t, err, "identity.challenge.over")
		must(k.Check(ctx, step.Issued.Token, within))(t)

		// In a session.
		ses := must(k.Check(ctx, step.Issued.Token, within))(t)
		answer = d.show(t, must(k.Challenge(ctx, step.Issued.Token, identity.FactorPasskey))(t).Options)
		must(k.Strengthen(ctx, ses, identity.Proof{Kind: identity.FactorPasskey, Assertion: answer}, outside))(t)

		// Locked accounts open with no passkey.
		if err := k.SetState(ctx, admin, a.ID, identity.Locked, ""); err != nil {
			t.Fatal(err)
		}
		token, c, _ = k.BeginPasskey(ctx, outside)
		_, err = k.FinishPasskey(ctx, token, d.show(t, c.Options), outside)
		wants(t, err, "identity.locked.person")
	})
}

func TestPasskey_refused(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		in := k.signIn(a.Login, goodPassword)
		d := newDevice(t)

		for name, spoil := range map[string]func(*device){
			"other origin":     func(d *device) { d.origin = "https://dulieu.hungyen.gov.vn.example.com" },
			"other site":       func(d *device) { d.site = "example.com" },
			"not verified":     func(d *device) { d.flags = 0x01 },
			"nobody there":     func(d *device) { d.flags = 0x04 },
			"plain connection": func(d *device) { d.origin = "http://dulieu.hungyen.gov.vn" },
		} {
			bad := *d
			spoil(&bad)
			_, err := k.ConfirmPasskey(ctx, in.Token, bad.make(t, must(k.SetUpPasskey(ctx, in.Token))(t).Options), "")
			if !fault.Is(err, "identity.passkey.wrong") && !fault.Is(err, "identity.passkey.unread") {
				t.Errorf("making, %s: %v", name, err)
			}
		}
		made := d.make(t, must(k.SetUpPasskey(ctx, in.Token))(t).Options)
		must(k.ConfirmPasskey(ctx, in.Token, made, ""))(t)
		_, err := k.ConfirmPasskey(ctx, in.Token, made, "")
		wants(t, err, "identity.challenge.over")

		alone := func(d *device) error {
			k.wait(2 * time.Minute)
			token, c, err := k.BeginPasskey(ctx, within)
			if err != nil {
				t.Fatal(err)
			}
			_, err = k.FinishPasskey(ctx, token, d.show(t, c.Options), within)
			return err
		}
		if err := alone(d); err != nil {
			t.Fatal(err)
		}
		other := newDevice(t)
		for name, spoil := range map[string]func(*device){
			"other origin": func(d *device) { d.origin = "https://example.com" },
			"other site":   func(d *device) { d.site = "example.com" },
			"not verified": func(d *device) { d.flags = 0x01 },
			"other key":    func(d *device) { d.key = other.key },
			"unknown id":   func(d *device) { d.id = other.id },
			"unknown user": func(d *device) { d.user = []byte("01ARZ3NDEKTSV4RRFFQ69G5FAV") },
			"no user":      func(d *device) { d.user = nil },
		} {
			bad := *d
			spoil(&bad)
			if err := alone(&bad); !fault.Is(err, "identity.passkey.wrong") {
				t.Errorf("showing, %s: %v", name, err)
			}
		}
		if err := k.Unlock(ctx, admin, a.ID); err != nil {
			t.Fatal(err)
		}
		if err := alone(d); err != nil {
			t.Fatalf("the right one after all: %v", err)
		}

		// A copy of the device, with a counter that stands still.
		copied := *d
		copied.counter = 0
		wants(t, alone(&copied), "identity.passkey.blocked")
		wants(t, alone(d), "identity.passkey.blocked")
		if len(k.alarms) == 0 || k.alarms[len(k.alarms)-1].Action != "passkey.block" {
			t.Errorf("alarms: %+v", k.alarms)
		}
		// It is still a factor: nobody gets in with the password alone.
		if step := must(k.Begin(ctx, a.Login, goodPassword, within))(t); step.Kind != identity.StepFactor {
			t.Errorf("with a blocked passkey: %s", step.Kind)
		}
	})
}

func TestPasskey_late(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		a := k.person("buoitt.syt")
		in := k.signIn(a.Login, goodPassword)
		d := newDevice(t)
		must(k.ConfirmPasskey(ctx, in.Token, d.make(t, must(k.SetUpPasskey(ctx, in.Token))(t).Options), ""))(t)
		token, c, err := k.BeginPasskey(ctx, within)
		if err != nil {
			t.Fatal(err)
		}
		answer := d.show(t, c.Options)
		k.wait(10 * time.Minute)
		_, err = k.FinishPasskey(ctx, token, answer, within)
		wants(t, err, "identity.challenge.over")
	})
}

func TestPasskey_notOffered(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		k.deps.Site.ID = "10.0.0.5" // passkeys are bound to names
		k.open()
		a := k.person("buoitt.syt")
		step := must(k.Begin(ctx, a.Login, goodPassword, outside))(t)
		if joined(step.Factors) != "totp" {
			t.Errorf("offered: %v", step.Factors)
		}
		_, err := k.SetUpPasskey(ctx, step.Token)
		wants(t, err, "identity.passkey.none")
		_, _, err = k.BeginPasskey(ctx, outside)
		wants(t, err, "identity.passkey.none")
	})
}

// seeds are right answers of a device, for the fuzzers.
func seeds(f *testing.F) (made, shown []byte) {
	d := newDevice(f)
	made = d.make(f, json.RawMessage(`{"publicKey":{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","user":{"id":"AAAA"},"authenticatorSelection":{"userVerification":"required","residentKey":"required"}}}`))
	shown = d.show(f, json.RawMessage(`{"publicKey":{"challenge":"AAAAAAAAAAAAAAAAAAAAAA","userVerification":"required"}}`))
	return made, shown
}

// Whatever a browser sends is read or refused in words.
func FuzzParseAttestation(f *testing.F) {
	made, shown := seeds(f)
	for _, s := range [][]byte{made, shown, nil, []byte("{}"), []byte(`{"id":"","rawId":"","type":"public-key","response":{"attestationObject":"oA","clientDataJSON":"e30"}}`)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := identity.ParseAttestation(text)
		if (err == nil) == (p == nil) || err != nil && fault.Of(err) == nil {
			t.Fatalf("%v, %v", p, err)
		}
	})
}

func FuzzParseAssertion(f *testing.F) {
	made, shown := seeds(f)
	for _, s := range [][]byte{shown, made, nil, []byte("[]"), []byte(`{"id":"AA","rawId":"AA","type":"public-key","response":{"authenticatorData":"AA","clientDataJSON":"e30","signature":"AA","userHandle":"AA"}}`)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := identity.ParseAssertion(text)
		if (err == nil) == (p == nil) || err != nil && fault.Of(err) == nil {
			t.Fatalf("%v, %v", p, err)
		}
	})
}
