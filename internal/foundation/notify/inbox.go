package notify

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
)

func newID(tx *store.Tx) string {
	return strings.ToLower(ulid.MustNew(ulid.Timestamp(tx.Time), ulid.DefaultEntropy()).String())
}

// Put tells something in a transaction of its own; see PutIn.
func (s *Store) Put(ctx context.Context, n Notice) (Notice, error) {
	err := s.db.Write(ctx, func(tx *store.Tx) (err error) {
		n, err = s.PutIn(ctx, tx, n)
		return err
	})
	return n, err
}

// PutIn tells something, in the caller's transaction of the control database: the
// notice and what goes out because of it. It fills in the id and the time.
func (s *Store) PutIn(ctx context.Context, tx *store.Tx, n Notice) (Notice, error) {
	return s.put(ctx, tx, n, nil)
}

// put is PutIn; the accounts named get no mail of it, since they get one already.
func (s *Store) put(ctx context.Context, tx *store.Tx, n Notice, mailed []string) (Notice, error) {
	if err := n.check(); err != nil {
		return n, err
	}
	n.ID, n.CreatedAt, n.ReadAt = newID(tx), tx.Time, time.Time{}
	if _, err := tx.ExecContext(ctx, `
		INSERT INTO notices (id, account, org, kind, severity, title_vi, title_en, text_vi, text_en, path, subject_kind, subject_id, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		n.ID, n.Account, n.Org, n.Kind, string(n.Severity), n.TitleVi, n.TitleEn, n.TextVi, n.TextEn, n.Path, n.SubjectKind, n.SubjectID, tx.Now); err != nil {
		return n, err
	}
	return n, s.queue(ctx, tx, &n, mailed)
}

// A Reader is an account with the organisations whose notices it may read.
type Reader struct {
	Account string
	Orgs    []string
}

// A Filter says which notices to list.
type Filter struct {
	Unread                 bool
	Kind                   string   // "" = any
	Severity               Severity // "" = any
	SubjectKind, SubjectID string
	Before                 string // what the last List gave as next
	Limit                  int    // 0 = 50
}

// The bounds of a list, and of what Unread counts.
const (
	usualLimit = 50
	mostLimit  = 500
	MostUnread = 1000
)

// A part is one of the lists of which a reader's inbox is made: the account's
// own, and each organisation's without what stands in the account's own. The
// account is $1.
type part struct{ org string }

func (r Reader) parts() []part {
	all := []part{{}}
	for i, org := range r.Orgs {
		if org != "" && !slices.Contains(r.Orgs[:i], org) {
			all = append(all, part{org})
		}
	}
	return all
}

// where is the condition with the arguments after those that are there.
func (p part) where(args []any) (string, []any) {
	if p.org == "" {
		return `n.account <> '' AND n.account = $1`, args
	}
	args = append(args, p.org)
	return `(n.account = '' OR n.account <> $1) AND n.org <> '' AND n.org = $` + strconv.Itoa(len(args)), args
}

const unread = ` AND NOT EXISTS (SELECT 1 FROM notice_reads r WHERE r.account = $1 AND r.notice = n.id)`

// List gives the notices of a reader, the newest first. next goes into the Filter
// of the page that follows, "" after the last one.
func (s *Store) List(ctx context.Context, r Reader, f Filter) (list []Notice, next string, err error) {
	if f.Limit <= 0 {
		f.Limit = usualLimit
	}
	f.Limit = min(f.Limit, mostLimit)
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		list = nil
		for _, p := range r.parts() {
			where, args := f.where(p.where([]any{r.Account}))
			more, err := notices(ctx, tx, where+` ORDER BY n.id DESC LIMIT `+strconv.Itoa(f.Limit+1), args...)
			if err != nil {
				return err
			}
			list = append(list, more...)
		}
		return nil
	})
	slices.SortFunc(list, func(a, b Notice) int { return cmp.Compare(b.ID, a.ID) })
	if len(list) > f.Limit {
		list = list[:f.Limit]
		next = list[f.Limit-1].ID
	}
	return list, next, err
}

func (f *Filter) where(where string, args []any) (string, []any) {
	if f.Unread {
		where += unread
	}
	for _, c := range []struct{ column, value string }{
		{"kind =", f.Kind}, {"severity =", string(f.Severity)}, {"subject_kind =", f.SubjectKind}, {"subject_id =", f.SubjectID}, {"id <", f.Before},
	} {
		if c.value != "" {
			args = append(args, c.value)
			where += ` AND n.` + c.column + ` $` + strconv.Itoa(len(args))
		}
	}
	return where, args
}

// notices reads those that fit, as the account $1 sees them.
func notices(ctx context.Context, tx *store.Tx, where string, args ...any) (list []Notice, err error) {
	err = tx.Each(ctx, func(scan func(...any) error) error {
		var n Notice
		var created, read string
		if err := scan(&n.ID, &n.Account, &n.Org, &n.Kind, &n.Severity, &n.TitleVi, &n.TitleEn, &n.TextVi, &n.TextEn, &n.Path, &n.SubjectKind, &n.SubjectID,
			&created, &read); err != nil {
			return err
		}
		err := errors.Join(store.StampInto(&n.CreatedAt, created), store.StampInto(&n.ReadAt, read))
		list = append(list, n)
		return err
	}, `SELECT n.id, n.account, n.org, n.kind, n.severity, n.title_vi, n.title_en, n.text_vi, n.text_en, n.path, n.subject_kind, n.subject_id, n.created_at,
			coalesce((SELECT r.read_at FROM notice_reads r WHERE r.account = $1 AND r.notice = n.id), '')
		FROM notices n WHERE `+where, args...)
	return list, err
}

// Get gives one notice of a reader; what is not the reader's is not there
// ("notify.unknown").
func (s *Store) Get(ctx context.Context, r Reader, id string) (n Notice, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		n, err = get(ctx, tx, r, id)
		return err
	})
	return n, err
}

func get(ctx context.Context, tx *store.Tx, r Reader, id string) (Notice, error) {
	list, err := notices(ctx, tx, `n.id = $2`, r.Account, id)
	if err != nil {
		return Notice{}, err
	}
	if len(list) == 0 || !r.sees(&list[0]) {
		return Notice{}, fault.New(fault.NotFound, "notify.unknown", id)
	}
	return list[0], nil
}

func (r Reader) sees(n *Notice) bool {
	return n.Account != "" && n.Account == r.Account || n.Org != "" && slices.Contains(r.Orgs, n.Org)
}

// Unread counts what a reader has not read, at most MostUnread.
func (s *Store) Unread(ctx context.Context, r Reader) (count int, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		count = 0
		for _, p := range r.parts() {
			var n int
			where, args := p.where([]any{r.Account})
			err := tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT n.id FROM notices n WHERE `+where+unread+` LIMIT `+strconv.Itoa(MostUnread)+`) AS found`,
				args...).Scan(&n)
			if err != nil {
				return err
			}
			count += n
		}
		return nil
	})
	return min(count, MostUnread), err
}

// MarkRead notes that an account has read notices. Those that it may not see are
// the fault "notify.unknown", and none is marked.
func (s *Store) MarkRead(ctx context.Context, r Reader, ids ...string) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for _, id := range ids {
			if _, err := get(ctx, tx, r, id); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO notice_reads (account, notice, read_at) VALUES ($1, $2, $3) ON CONFLICT (account, notice) DO NOTHING`,
				r.Account, id, tx.Now); err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkAllRead notes that an account has read all that it may.
func (s *Store) MarkAllRead(ctx context.Context, r Reader) error {
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for _, p := range r.parts() {
			where, args := p.where([]any{r.Account, tx.Now})
			if _, err := tx.ExecContext(ctx, `INSERT INTO notice_reads (account, notice, read_at)
				SELECT $1, n.id, $2 FROM notices n WHERE `+where+unread, args...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Forget deletes notices made before a time, with who has read them and what went
// out because of them.
func (s *Store) Forget(ctx context.Context, before time.Time) error {
	stamp := store.Stamp(before)
	return s.db.Write(ctx, func(tx *store.Tx) error {
		for _, from := range []string{`notice_reads WHERE notice`, `notice_outbox WHERE notice`, `notices WHERE id`} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+from+` IN (SELECT id FROM notices WHERE created_at < $1)`, stamp); err != nil {
				return err
			}
		}
		return nil
	})
}

// A Preference is what an account wants by e-mail.
type Preference struct {
	Mail []Severity `json:"mail"`
}

// usual is what an account gets that has not said what it wants.
var usual = Preference{Mail: []Severity{Urgent}}

// Preference gives what an account wants; what is urgent when it has not said.
func (s *Store) Preference(ctx context.Context, account string) (p Preference, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) (err error) {
		p, err = preference(ctx, tx, account)
		return err
	})
	return p, err
}

func preference(ctx context.Context, tx *store.Tx, account string) (p Preference, err error) {
	var text string
	err = tx.QueryRowContext(ctx, `SELECT mail FROM notice_preferences WHERE account = $1`, account).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) {
		return Preference{Mail: slices.Clone(usual.Mail)}, nil
	}
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal([]byte(text), &p.Mail)
}

// SetPreference says what an account wants by e-mail; nothing is nothing.
func (s *Store) SetPreference(ctx context.Context, account string, p Preference) error {
	for _, severity := range p.Mail {
		if !severity.valid() {
			return fault.New(fault.Invalid, "notify.severity", string(severity))
		}
	}
	text, err := json.Marshal(append([]Severity{}, p.Mail...))
	if err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *store.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO notice_preferences (account, mail) VALUES ($1, $2) ON CONFLICT (account) DO UPDATE SET mail = excluded.mail`,
			account, string(text))
		return err
	})
}
