package contract

import (
	"context"
	"errors"
	"fmt"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/reason"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/odcs"
)

// A Proposal is a document that is looked at before it takes the place of the one
// in force.
type Proposal struct {
	Contract *Contract // nil: the document has errors
	Findings []Finding
	Changes  []Change // from the version in force
	Same     bool     // it is the version in force, byte for byte
}

// Broken reports whether the document cannot be put in force.
func (p *Proposal) Broken() bool { return p.Contract == nil }

// Breaking reports whether senders or readers have to change something.
func (p *Proposal) Breaking() bool { return Breaking(p.Changes) }

// Propose looks at a text that is to take the place of a contract.
func (s *Store) Propose(ctx context.Context, now *Contract, text []byte) (Proposal, error) {
	p, _, err := s.propose(ctx, now, text)
	return p, err
}

func (s *Store) propose(ctx context.Context, now *Contract, text []byte) (p Proposal, doc *odcs.Document, err error) {
	opts, err := s.options(ctx, now.Pack)
	if err != nil {
		return p, nil, err
	}
	opts.Try = s.Try
	doc, err = odcs.Read(text)
	if err != nil {
		return Proposal{Findings: []Finding{unreadable(err)}}, nil, nil
	}
	p.Contract, p.Findings = Resolve(doc, opts)
	if p.Contract == nil {
		return p, doc, nil
	}
	if p.Contract.ID != now.ID {
		pos, _ := doc.Pos("/id")
		p.Findings = append([]Finding{{Severity: SeverityError, Code: CodeID, Path: "/id", Line: pos.Line, Column: pos.Column,
			MessageVi: fmt.Sprintf("id là “%s”, khác bộ dữ liệu đang mở. Ghi lại id: %s; muốn có bộ dữ liệu khác thì tạo bộ dữ liệu mới.", p.Contract.ID, now.ID),
			MessageEn: fmt.Sprintf("The id is %q, another data set than this. Write id: %s again; another data set is made anew.", p.Contract.ID, now.ID)}}, p.Findings...)
		p.Contract = nil
		return p, doc, nil
	}
	p.Changes, p.Same = Diff(now, p.Contract), p.Contract.Digest == now.Digest
	missing, err := s.missingSets(ctx, doc, p.Contract)
	p.Findings = append(p.Findings, missing...)
	return p, doc, err
}

// missingSets warns of data sets of the lineage that are not there.
func (s *Store) missingSets(ctx context.Context, doc *odcs.Document, c *Contract) (all []Finding, err error) {
	err = s.db.Read(ctx, func(tx *store.Tx) error {
		for _, id := range c.Catalogue.Lineage {
			have, err := inForce(ctx, tx, id)
			if err != nil {
				return err
			}
			if have == nil {
				vi, en := noSource(id)
				pos, _ := doc.Pos(c.Catalogue.at + "/" + KeyLineage)
				all = append(all, Finding{Severity: SeverityWarning, Code: CodeCatalogue, Path: c.Catalogue.at, Line: pos.Line, Column: pos.Column, MessageVi: vi, MessageEn: en})
			}
		}
		return nil
	})
	return all, err
}

// unreadable is a text that is no document.
func unreadable(err error) Finding {
	f := Finding{Severity: SeverityError, Code: "odcs.unreadable", Line: 1, Column: 1,
		MessageVi: fmt.Sprintf("Không đọc được: %v.", err), MessageEn: fmt.Sprintf("Cannot be read: %v.", err)}
	var broken *odcs.Error
	if errors.As(err, &broken) {
		f.Line, f.Column, f.MessageVi, f.MessageEn = broken.Pos.Line, broken.Pos.Column, broken.MessageVi, broken.MessageEn
	}
	return f
}

// longestNote is how many characters a reason has at most.
const longestNote = 1000

// Change puts a text in the place of the version that has the digest match, for a
// reason. It is refused when another version is in force by now, and as by
// [Store.Put].
func (s *Store) Change(ctx context.Context, by actor.Actor, now *Contract, match, note string, text []byte) (*Contract, Proposal, error) {
	note, err := reason.Of(note, longestNote, fault.New(fault.Invalid, "contract.no-reason"))
	if err != nil {
		return nil, Proposal{}, err
	}
	p, doc, err := s.propose(ctx, now, text)
	if err != nil {
		return nil, p, err
	}
	if p.Broken() {
		return nil, p, &Refused{Findings: p.Findings}
	}
	err = s.db.Write(ctx, func(tx *store.Tx) error {
		have, err := inForce(ctx, tx, now.ID)
		switch {
		case err != nil:
			return err
		case have == nil:
			return fault.New(fault.NotFound, "dataset.unknown", now.ID)
		case have.State != "current":
			return fault.New(fault.Conflict, "contract.retired", now.Name)
		case have.Digest != match || match != now.Digest:
			return fault.New(fault.Conflict, "contract.changed", now.Name)
		}
		_, err = put(ctx, tx, by, p.Contract, doc.Bytes(), history{note: note, hand: true})
		return err
	})
	if err != nil {
		return nil, p, err
	}
	return p.Contract, p, nil
}

// A history is how a version came to be in force.
type history struct {
	note string
	hand bool // it changes what a pack had brought
}
