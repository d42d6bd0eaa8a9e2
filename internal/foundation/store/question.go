package store

import (
	"context"
	"database/sql"
	"regexp"
	"sync"

	"github.com/jackc/pgx/v5"
)

// A Question is one SELECT that is asked over and over, at every request: outside
// a transaction, since a single statement sees one unchanging state by itself,
// and prepared once for each connection. It is one round trip on PostgreSQL,
// where Read takes four.
type Question struct {
	db   *DB
	text string

	once sync.Mutex
	stmt *sql.Stmt // SQLite; the driver of PostgreSQL keeps its own
}

// a table's name in the text of a question
var tableMark = regexp.MustCompile(`\{([a-z_]+)\}`)

// Question makes a question. Its text names tables as {table}: no search path is
// set for it.
func (d *DB) Question(text string) *Question {
	return &Question{db: d, text: tableMark.ReplaceAllStringFunc(text, func(mark string) string {
		name := Quote(mark[1 : len(mark)-1])
		if d.Engine == Postgres {
			return Quote(d.schema) + "." + name
		}
		return name
	})}
}

// One scans the only row of the answer; sql.ErrNoRows when there is none. It is
// too short to be called off.
func (q *Question) One(ctx context.Context, scan func(row *sql.Row) error, args ...any) error {
	ctx = context.WithoutCancel(ctx)
	if q.db.Engine == Postgres {
		// The schema is part of the text, so a plan kept by it is of this schema.
		args = append([]any{pgx.QueryExecModeCacheStatement}, args...)
		return translate(scan(q.db.reader.QueryRowContext(ctx, q.text, args...)), q.db.Name)
	}
	stmt, err := q.prepared(ctx)
	if err != nil {
		return translate(err, q.db.Name)
	}
	return translate(scan(stmt.QueryRowContext(ctx, args...)), q.db.Name)
}

func (q *Question) prepared(ctx context.Context) (*sql.Stmt, error) {
	q.once.Lock()
	defer q.once.Unlock()
	if q.stmt != nil {
		return q.stmt, nil
	}
	stmt, err := q.db.reader.PrepareContext(ctx, q.text)
	if err == nil {
		q.stmt = stmt
	}
	return stmt, err
}
