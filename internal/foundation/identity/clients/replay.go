package clients

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/together"
)

// Bounds of assertions remembered at once, so that nobody fills the memory.
// They live six minutes: 2^20 of them is 2,900 a second, day and night.
const (
	mostAssertions  = 1 << 20
	mostOfOneClient = mostAssertions / 4
	sweepEvery      = 30 * time.Second
	perStatement    = 200
	perCommit       = 1000
)

// A replay remembers assertions until they expire. An assertion is taken once
// its mark is durable, so a restart opens no gap; the table has the last word,
// so two nodes do not take one each.
type replay struct {
	control *store.DB
	queue   *together.Queue[*mark]

	mu    sync.Mutex
	live  map[[16]byte]owned
	count map[string]int // by client
	swept time.Time
}

type owned struct {
	client  string
	expires time.Time
}

// A mark is one assertion on its way into the table.
type mark struct {
	id [16]byte
	owned
	taken bool // the table had it already
}

func openReplay(ctx context.Context, control *store.DB, now time.Time) (*replay, error) {
	p := &replay{control: control, live: map[[16]byte]owned{}, count: map[string]int{}, swept: now}
	p.queue = together.New(perCommit, p.commit)
	err := control.Read(ctx, func(tx *store.Tx) (err error) {
		rows, err := tx.QueryContext(ctx, `SELECT id, client, expires_at FROM client_assertions WHERE expires_at > $1`, store.Stamp(now))
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, rows.Close()) }()
		for rows.Next() {
			var id, client, expires string
			if err := rows.Scan(&id, &client, &expires); err != nil {
				return err
			}
			var o owned
			o.client = client
			if err := unstamp(expires, &o.expires); err != nil {
				return err
			}
			b, err := hex.DecodeString(id)
			if err != nil || len(b) != 16 {
				return fmt.Errorf("assertion %q: not an id", id)
			}
			p.live[[16]byte(b)] = o
			p.count[client]++
		}
		return rows.Err()
	})
	if err != nil {
		return nil, fmt.Errorf("assertions: %w", err)
	}
	return p, nil
}

var errReplayed = fault.New(fault.Denied, "clients.replayed")

// take lets an assertion through once.
func (p *replay) take(ctx context.Context, client, jti string, expires, now time.Time) error {
	sum := sha256.Sum256([]byte(client + "\n" + jti))
	m := &mark{id: [16]byte(sum[:16]), owned: owned{client, expires}}
	if err := p.reserve(m, now); err != nil {
		return err
	}
	if err := p.queue.Do(ctx, m); err != nil {
		// Whether it is in the table is not known: it stays taken here.
		return err
	}
	if m.taken {
		return errReplayed
	}
	return nil
}

// reserve marks it in memory, so that of two at once only one goes on.
func (p *replay) reserve(m *mark, now time.Time) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Looking through a million for each request would be a way to stop us.
	full := len(p.live) >= mostAssertions || p.count[m.client] >= mostOfOneClient
	if idle := now.Sub(p.swept).Abs(); idle > sweepEvery || full && idle > time.Second {
		p.sweep(now)
	}
	if o, there := p.live[m.id]; there && now.Before(o.expires) {
		return errReplayed
	}
	if len(p.live) >= mostAssertions || p.count[m.client] >= mostOfOneClient {
		return fault.New(fault.Unavailable, "clients.many-assertions")
	}
	p.live[m.id] = m.owned
	p.count[m.client]++
	return nil
}

// sweep forgets what has expired.
func (p *replay) sweep(now time.Time) {
	p.swept = now
	for id, o := range p.live {
		if now.Before(o.expires) {
			continue
		}
		delete(p.live, id)
		if p.count[o.client]--; p.count[o.client] <= 0 {
			delete(p.count, o.client)
		}
	}
}

// commit writes marks into the table, many in one transaction.
func (p *replay) commit(ctx context.Context, marks []*mark) error {
	return p.control.Write(ctx, func(tx *store.Tx) error {
		// Nobody asks for expired ones: they go with the next who comes.
		if _, err := tx.ExecContext(ctx, `DELETE FROM client_assertions WHERE expires_at <= $1`, store.Stamp(tx.Time.Add(-time.Minute))); err != nil {
			return err
		}
		for len(marks) > 0 {
			n := min(len(marks), perStatement)
			if err := insertMarks(ctx, tx, marks[:n]); err != nil {
				return err
			}
			marks = marks[n:]
		}
		return nil
	})
}

func insertMarks(ctx context.Context, tx *store.Tx, marks []*mark) (err error) {
	var q strings.Builder
	q.WriteString(`INSERT INTO client_assertions (id, client, expires_at) VALUES `)
	args := make([]any, 0, 3*len(marks))
	byID := make(map[string]*mark, len(marks))
	for i, m := range marks {
		if i > 0 {
			q.WriteString(", ")
		}
		fmt.Fprintf(&q, "($%d, $%d, $%d)", 3*i+1, 3*i+2, 3*i+3)
		id := hex.EncodeToString(m.id[:])
		args = append(args, id, m.client, store.Stamp(m.expires))
		m.taken = true
		byID[id] = m
	}
	q.WriteString(` ON CONFLICT (id) DO NOTHING RETURNING id`)
	rows, err := tx.QueryContext(ctx, q.String(), args...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		byID[id].taken = false
	}
	return rows.Err()
}
