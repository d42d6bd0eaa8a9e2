package guard

import (
	"net/http"

	"github.com/phohien/phohien/internal/foundation/rate"
)

// Limits hold off who does too often what costs us or others: guessing
// passwords, sending files, searching. A door asks the one that fits before it
// does anything else, and answers the error like any other: it becomes 429 with
// Retry-After. Nil limits nothing.
type Limits struct {
	signIn, upload, search *rate.Limiter
}

// NewLimits counts from now on.
func NewLimits() *Limits {
	return &Limits{signIn: rate.New(rate.SignIn, 0), upload: rate.New(rate.Upload, 0), search: rate.New(rate.Search, 0)}
}

// SignIn is asked before a password, code or token is looked at, by whomever it
// is shown.
func (l *Limits) SignIn(r *http.Request) error {
	if l == nil {
		return nil
	}
	return l.signIn.Check(rate.Key(Client(r)))
}

// Upload is asked before a file is taken in.
func (l *Limits) Upload(r *http.Request) error {
	if l == nil {
		return nil
	}
	return fromNetwork(l.upload, r)
}

// Search is asked before a search.
func (l *Limits) Search(r *http.Request) error {
	if l == nil {
		return nil
	}
	return fromNetwork(l.search, r)
}

// fromNetwork lets the command line of this machine work through a folder of a
// thousand files: nobody else comes from loopback.
func fromNetwork(l *rate.Limiter, r *http.Request) error {
	at := Client(r)
	if at.IsLoopback() {
		return nil
	}
	return l.Check(rate.Key(at))
}
