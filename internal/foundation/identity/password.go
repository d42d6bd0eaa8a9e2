package identity

import (
	"context"
	_ "embed"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
)

// cleanPassword gives a password the one form that is hashed, whichever way its
// marks were typed (RFC 8265, OpaqueString: composed, spaces of all kinds as
// one). Its length is looked at first: nothing long is ever hashed.
func cleanPassword(password string) (string, error) {
	if len(password) > 4*maxPassword || utf8.RuneCountInString(password) > maxPassword {
		return "", fault.New(fault.TooLarge, "identity.password.long", maxPassword)
	}
	if !utf8.ValidString(password) {
		return "", fault.New(fault.Invalid, "identity.password.letters")
	}
	clean, err := precis.OpaqueString.String(password)
	if err != nil {
		return "", fault.New(fault.Invalid, "identity.password.letters").Because(err)
	}
	return clean, nil
}

// A need is what a password must be, by who uses it.
type need struct {
	length  int
	classes bool
}

func (r Rules) need(factor bool) need {
	if factor {
		return need{length: r.Length}
	}
	return need{length: r.LengthAlone, classes: true}
}

// check refuses a password that is too short, or that somebody who knows a
// little of the account would try first.
func (n need) check(password string, a Account) error {
	if got := utf8.RuneCountInString(password); got < n.length {
		return fault.New(fault.Invalid, "identity.password.short", n.length, got)
	}
	if n.classes && classes(password) < 4 {
		return fault.New(fault.Invalid, "identity.password.classes", n.length)
	}
	return guessable(password, a)
}

// classes counts small letters, capitals, digits and everything else.
func classes(password string) int {
	var lower, upper, digit, other int
	for _, r := range password {
		switch {
		case unicode.IsLower(r):
			lower = 1
		case unicode.IsUpper(r):
			upper = 1
		case unicode.IsDigit(r):
			digit = 1
		default:
			other = 1
		}
	}
	return lower + upper + digit + other
}

// leftOver is how many characters must be left of a password once names and
// common words are taken out of it, and how many different ones it needs.
const (
	leftOver  = 6
	different = 5
)

// guessable takes the account's own words and the common ones out of a password
// and refuses when little is left.
func guessable(password string, a Account) error {
	plain := strings.Join(strings.Fields(unmarked(password)), "")
	own := strings.FieldsFunc(unmarked(a.Name+" "+a.Login+" "+a.Email), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	own = slices.DeleteFunc(own, func(w string) bool { return len(w) < 3 })
	longestFirst(own)
	common := func(text string) string { return takeOut(takeOut(text, commonWords()), own) }
	for _, spelled := range []string{plain, unleet.Replace(plain)} {
		if left(takeOut(spelled, own)) < leftOver {
			return fault.New(fault.Invalid, "identity.password.name")
		}
		// Years are taken out before the digits in words are read as letters.
		if left(common(spelled)) < leftOver || left(common(unleet.Replace(common(spelled)))) < leftOver {
			return fault.New(fault.Invalid, "identity.password.common")
		}
	}
	seen := map[rune]bool{}
	for _, r := range plain {
		seen[r] = true
	}
	if len(seen) < different {
		return fault.New(fault.Invalid, "identity.password.common")
	}
	return nil
}

var unleet = strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t")

func takeOut(text string, words []string) string {
	for _, w := range words {
		text = strings.ReplaceAll(text, w, "")
	}
	return text
}

// left counts characters, one that is repeated once.
func left(text string) int {
	n := 0
	var last rune
	for _, r := range text {
		if r != last {
			n++
		}
		last = r
	}
	return n
}

func longestFirst(words []string) {
	slices.SortStableFunc(words, func(a, b string) int { return len(b) - len(a) })
}

//go:embed common.txt
var commonText string

// commonWords are what passwords are often made of, the longest first.
var commonWords = sync.OnceValue(func() []string {
	var words []string
	for line := range strings.Lines(commonText) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "#") {
			words = append(words, strings.Fields(line)...)
		}
	}
	longestFirst(words)
	return slices.Compact(words)
})

// ChangePassword sets another password for the account of a session; its other
// sessions end. The old one is asked for, and failures count.
func (s *Service) ChangePassword(ctx context.Context, ses Session, old, password string, from Origin) error {
	now, err := s.tick(ctx)
	if err != nil {
		return err
	}
	a, err := s.Account(ctx, ses.Account.ID)
	if err != nil {
		return err
	}
	if err := s.confirmPassword(ctx, a, old, from, now); err != nil {
		return err
	}
	st, err := s.standing(ctx, a, now)
	if err != nil {
		return err
	}
	hash, err := s.newPassword(ctx, a, st, password, address(from.IP))
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx, tell teller) error {
		if err := s.setPassword(ctx, tx, a, hash, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE sessions SET version = $1 WHERE id = $2`, a.Version+1, ses.ID); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE account = $1 AND id <> $2`, a.ID, ses.ID); err != nil {
			return err
		}
		return tell(Event{Action: "password.change", Account: a.ID, By: ses.Actor(), IP: address(from.IP)})
	})
}

// confirmPassword checks the password of somebody who is signed in already.
func (s *Service) confirmPassword(ctx context.Context, a Account, password string, from Origin, now time.Time) error {
	r, err := s.Rules(ctx)
	if err != nil {
		return err
	}
	clean, err := cleanPassword(password)
	if err != nil {
		return err
	}
	g := s.guardOf(a.Login, from, r)
	var hash string
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		if err := g.try(ctx, tx, now, r); err != nil {
			return err
		}
		hash, err = passwordOf(ctx, tx, a.ID)
		return err
	})
	if err != nil {
		return err
	}
	ok, _, err := s.hash.check(ctx, clean, hash)
	if err != nil {
		return err
	}
	if !ok {
		err := s.change(ctx, func(_ *store.Tx, tell teller) error {
			return g.failed(tell, Event{Action: "password.confirm", Account: a.ID, By: a.Actor(), Why: "identity.password.old", IP: address(from.IP)})
		})
		if err != nil {
			return err
		}
		return fault.New(fault.Denied, "identity.password.old")
	}
	return s.db.Write(ctx, func(tx *store.Tx) error { return g.passed(ctx, tx) })
}

// newPassword checks a password against the rules for an account and hashes it.
func (s *Service) newPassword(ctx context.Context, a Account, st standing, password, ip string) (string, error) {
	clean, err := cleanPassword(password)
	if err != nil {
		return "", err
	}
	r, err := s.Rules(ctx)
	if err != nil {
		return "", err
	}
	var before []string
	var have methods
	err = s.read(ctx, func(tx *store.Tx) error {
		if have, err = s.methodsOf(ctx, tx, a.ID); err != nil {
			return err
		}
		before, err = texts(ctx, tx, `SELECT hash FROM account_passwords WHERE account = $1 ORDER BY set_at DESC LIMIT $2`, a.ID, r.Reuse)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("passwords used before: %w", err)
	}
	if err := r.need(have.any() || s.needsFactor(r, st.roles, ip)).check(clean, a); err != nil {
		return "", err
	}
	for _, hash := range before {
		same, _, err := s.hash.check(ctx, clean, hash)
		if err != nil {
			return "", err
		}
		if same {
			return "", fault.New(fault.Invalid, "identity.password.reused", r.Reuse)
		}
	}
	return s.hash.make(ctx, clean)
}

// setPassword writes a new password; the sessions that there are end, as their
// version is another one.
func (s *Service) setPassword(ctx context.Context, tx *store.Tx, a Account, hash string, now time.Time) error {
	stamp := store.Stamp(now)
	res, err := tx.ExecContext(ctx, `UPDATE accounts SET password_hash = $1, password_set_at = $2, change_required = 0, version = version + 1 WHERE id = $3 AND version = $4`,
		hash, stamp, a.ID, a.Version)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return fault.New(fault.Conflict, "identity.changed")
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO account_passwords (account, set_at, hash) VALUES ($1, $2, $3)
		ON CONFLICT (account, set_at) DO UPDATE SET hash = excluded.hash`, a.ID, stamp, hash); err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM account_passwords WHERE account = $1 AND set_at NOT IN
		(SELECT set_at FROM account_passwords WHERE account = $1 ORDER BY set_at DESC LIMIT $2)`, a.ID, mostRemembered)
	tx.OnCommit(func() { s.live.dropAccount(a.ID) })
	return err
}

// mostRemembered passwords are kept, as many as rules may ask for.
const mostRemembered = 30

// aged reports whether a password has to be changed by now.
func (r Rules) aged(a Account, roles []string, now time.Time) bool {
	return slices.Contains(roles, policy.RoleAdmin) && !a.PasswordSet.IsZero() && now.Sub(a.PasswordSet) >= time.Duration(r.AdminDays)*24*time.Hour
}
