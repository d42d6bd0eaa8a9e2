package notify_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"log/slog"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/notify"
	"github.com/phohien/phohien/internal/foundation/notify/notifytest"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

var by = actor.Actor{Kind: "person", ID: "qt", Name: "Quản trị"}

// ring gives keys for tests.
type ring struct{}

func (ring) Key(purpose string) []byte {
	key := make([]byte, 32)
	copy(key, purpose)
	return key
}

// A world is a store of notices with a clock that the test sets.
type world struct {
	*testing.T
	*notify.Store
	db *store.DB
	c  *clock
}

type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) time() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) forward(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// deps lets the tests' servers on this machine be asked. Everybody but "khong"
// has a mailbox; "an" reads English.
func deps(t testing.TB) notify.Deps {
	t.Helper()
	texts, err := seal.TextsFor(ring{}, "notify")
	if err != nil {
		t.Fatal(err)
	}
	return notify.Deps{
		Log: slog.New(slog.DiscardHandler), Texts: texts, Allow: []string{"127.0.0.0/8"}, Base: "https://dulieu.example/",
		Mailbox: func(_ context.Context, account string) (notify.Mailbox, error) {
			switch account {
			case "khong":
				return notify.Mailbox{}, nil
			case "an":
				return notify.Mailbox{Address: "an@example.gov.vn", Lang: locale.En}, nil
			}
			return notify.Mailbox{Address: account + "@example.gov.vn", Lang: locale.Vi}, nil
		},
		Members: func(_ context.Context, _ *store.Tx, org string) ([]string, error) {
			return map[string][]string{"hy-syt": {"an", "binh"}}[org], nil
		},
	}
}

func each(t *testing.T, d notify.Deps, f func(w world)) {
	t.Helper()
	storetest.EachConfig(t, func(t *testing.T, cfg store.Config) {
		c := &clock{now: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)}
		cfg.Now = c.time
		db := storetest.Open(t, cfg).Control()
		f(world{t, notify.NewStore(db, d), db, c})
	})
}

func (w world) ok(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w world) put(n notify.Notice) notify.Notice {
	w.Helper()
	n, err := w.Put(w.Context(), n)
	w.ok(err)
	w.c.forward(time.Millisecond)
	return n
}

func (w world) deliver() int {
	w.Helper()
	sent, err := w.Deliver(w.Context())
	w.ok(err)
	return sent
}

func (w world) deliveries(state string) []notify.Delivery {
	w.Helper()
	list, _, err := w.Deliveries(w.Context(), notify.DeliveryFilter{State: state})
	w.ok(err)
	return list
}

func want(t testing.TB, err error, key string) {
	t.Helper()
	if !fault.Is(err, key) {
		t.Errorf("got %v, want %s", err, key)
	}
}

// urgent is a notice of an issue to the health department.
func urgent() notify.Notice {
	return notify.Notice{
		Org: "hy-syt", Kind: "issue", Severity: notify.Urgent, TitleVi: "Lỗi dữ liệu cần khắc phục: bệnh viện", TitleEn: "A data issue: hospitals",
		TextVi: "Một bản ghi chưa đạt.", TextEn: "One record was turned back.", Path: "/console/issues/i1", SubjectKind: "issue", SubjectID: "i1",
	}
}

// certificate is one of 127.0.0.1, with the pool that trusts it.
func certificate(t *testing.T) (*tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	form := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sink"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, form, form, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

func mailChannel(s *notifytest.Sink, how string) notify.Channel {
	return notify.Channel{Kind: notify.KindMail, Name: "Thư điện tử", On: true, Host: "127.0.0.1", Port: s.Port, TLS: how, From: "Phố Hiến <dulieu@example.gov.vn>"}
}
