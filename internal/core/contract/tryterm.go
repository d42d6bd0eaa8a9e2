package contract

import (
	"context"

	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/odcs"
)

// TermContract is the contract of which each column is nothing but a term: by it
// values of the terms are tried. Rules that cannot be used are a fault
// "term.rules".
func TermContract(try Trial, terms ...*dictionary.Term) (*Contract, error) {
	text, err := dictionary.Document(terms...)
	if err != nil {
		return nil, err
	}
	doc, err := odcs.Read(text)
	if err != nil {
		return nil, fault.New(fault.Invalid, "term.rules", terms[0].Title, firstError([]Finding{unreadable(err)}))
	}
	c, findings := Resolve(doc, Options{Try: try})
	if c == nil {
		return nil, fault.New(fault.Invalid, "term.rules", terms[0].Title, firstError(findings))
	}
	return c, nil
}

// In is the sentence in a language.
func (s Sentence) In(l locale.Lang) string { return l.Of(s.Vi, s.En) }

// firstError is the first thing that keeps a document from being a contract.
func firstError(findings []Finding) Sentence {
	for _, f := range findings {
		if f.Severity == SeverityError {
			return Sentence{f.MessageVi, f.MessageEn}
		}
	}
	return Sentence{}
}

// TryTerm refuses a term whose rules cannot be used ("term.rules"), or with which a
// data set that names it could not be judged any more ("term.breaks").
func (s *Store) TryTerm(ctx context.Context, t *dictionary.Term) error {
	try := s.Try
	if len(t.ODCS().Quality) == 0 {
		try = nil // only SQL can fail when it is run, and a pack brings terms by the hundred
	}
	if _, err := TermContract(try, t); err != nil {
		return err
	}
	book, err := s.book(ctx)
	if err != nil {
		return err
	}
	for c, err := range All(ctx, s) {
		if err != nil {
			return err
		}
		if _, names := c.Terms[t.ID]; !names || c.Retired {
			continue
		}
		text, err := s.Document(ctx, c.ID, c.Digest)
		if err != nil {
			return err
		}
		doc, err := odcs.Read(text)
		if err != nil {
			return err
		}
		if with, findings := Resolve(doc, Options{Pack: c.Pack, Try: s.Try, Terms: instead{book, t}}); with == nil {
			return fault.New(fault.Conflict, "term.breaks", t.Title, c.Name, firstError(findings))
		}
	}
	return nil
}

// instead is a book in which one term is another.
type instead struct {
	*dictionary.Book
	term *dictionary.Term
}

func (b instead) Term(id string) *dictionary.Term {
	if id == b.term.ID {
		return b.term
	}
	return b.Book.Term(id)
}
