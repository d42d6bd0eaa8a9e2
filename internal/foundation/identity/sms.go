package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Sender delivers short messages. A province plugs its own in; without one
// codes by SMS are not offered.
type Sender interface {
	Send(ctx context.Context, phone, text string) error
}

// A Simulator is a Sender for trying out: it delivers nothing and writes every
// message as a line into a file that only its owner can read.
type Simulator struct {
	Path string
	mu   sync.Mutex
}

// Send appends a message to the file.
func (m *Simulator) Send(_ context.Context, phone, text string) (err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, err := os.OpenFile(m.Path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("simulated message: %w", err)
	}
	defer func() {
		if bad := f.Close(); err == nil {
			err = bad
		}
	}()
	_, err = fmt.Fprintf(f, "%s\t%s\n", phone, strings.ReplaceAll(text, "\n", " "))
	return err
}

const (
	smsFor  = 5 * time.Minute
	smsWait = time.Minute
)

// newSMSCode makes six digits, each as likely as the others.
func newSMSCode() string {
	for {
		var b [4]byte
		_, _ = rand.Read(b[:]) // never fails
		if n := binary.BigEndian.Uint32(b[:]); n < 4_294_000_000 {
			return fmt.Sprintf("%06d", n%1_000_000)
		}
	}
}

// sendCode keeps a new code and sends it, at most one a minute.
func (s *Service) sendCode(ctx context.Context, h holder, kind, phone string, now time.Time) error {
	if s.d.SMS == nil {
		return fault.New(fault.Unavailable, "identity.sms.none")
	}
	var last string
	err := s.read(ctx, func(tx *store.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT coalesce(max(made_at), '') FROM signin_ceremonies WHERE account = $1 AND kind IN ($2, $3)`,
			h.account.ID, ceremonySMS, ceremonySMSNew).Scan(&last)
	})
	if err != nil {
		return err
	}
	sent, err := parseOr(last)
	if err != nil {
		return err
	}
	if wait := smsWait - now.Sub(sent); wait > 0 {
		return fault.New(fault.Denied, "identity.wait", int(wait.Seconds())+1)
	}
	code := newSMSCode()
	if err := s.keepCeremony(ctx, h, kind, []byte(code), smsFor); err != nil {
		return err
	}
	text := locale.From(ctx).T("identity.sms.text", code, int(smsFor.Minutes()))
	if err := s.d.SMS.Send(ctx, phone, text); fault.KindOf(err) == fault.TooMany {
		return err // says how long to wait
	} else if err != nil {
		return fault.New(fault.Unavailable, "identity.sms.failed").Because(err)
	}
	return nil
}

// SetUpSMS sends a code to the account's telephone; ConfirmSMS with that code
// makes it a factor. It returns the last digits of the number.
func (s *Service) SetUpSMS(ctx context.Context, token string) (string, error) {
	h, err := s.holder(ctx, token)
	if err != nil {
		return "", err
	}
	if h.account.Phone == "" {
		return "", fault.New(fault.Conflict, "identity.sms.no-phone")
	}
	return lastDigits(h.account.Phone), s.sendCode(ctx, h, ceremonySMSNew, h.account.Phone, s.now())
}

func lastDigits(phone string) string { return phone[max(0, len(phone)-3):] }

// ConfirmSMS keeps the telephone once the code sent to it is right.
func (s *Service) ConfirmSMS(ctx context.Context, token, code string) (Step, error) {
	return s.enrol(ctx, token, ceremonySMSNew, FactorSMS, func(ctx context.Context, tx *store.Tx, h holder, secret []byte, now time.Time) error {
		if subtle.ConstantTimeCompare(secret, []byte(strings.TrimSpace(code))) != 1 {
			return fault.New(fault.Denied, "identity.code.wrong")
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM account_factors WHERE account = $1 AND kind = 'sms'`, h.account.ID); err != nil {
			return err
		}
		return s.insertFactor(ctx, tx, h.account.ID, FactorSMS, "…"+lastDigits(h.account.Phone), []byte(h.account.Phone), 0, now)
	})
}

// challengeSMS sends a code to the telephone that was set up.
func (s *Service) challengeSMS(ctx context.Context, h holder, now time.Time) (Challenge, error) {
	var factors []Method
	err := s.read(ctx, func(tx *store.Tx) (err error) {
		factors, err = factorsOf(ctx, tx, h.account.ID, FactorSMS)
		return err
	})
	if err != nil {
		return Challenge{}, err
	}
	if len(factors) == 0 {
		return Challenge{}, fault.New(fault.NotFound, "identity.no-factor")
	}
	phone, err := s.seal.open("factor/"+factors[0].ID, factors[0].secret)
	if err != nil {
		return Challenge{}, err
	}
	return Challenge{SentTo: lastDigits(string(phone))}, s.sendCode(ctx, h, ceremonySMS, string(phone), now)
}

func (s *Service) proveSMS(ctx context.Context, tx *store.Tx, account, holder, code string, now time.Time) error {
	c, err := s.ceremonyOf(ctx, tx, holder, ceremonySMS, now)
	if err != nil {
		return err
	}
	if c.account != account || subtle.ConstantTimeCompare(c.secret, []byte(strings.TrimSpace(code))) != 1 {
		if err := s.missed(ctx, tx, holder, ceremonySMS, c); err != nil {
			return err
		}
		return fault.New(fault.Denied, "identity.code.wrong")
	}
	return dropCeremony(ctx, tx, holder, ceremonySMS)
}
