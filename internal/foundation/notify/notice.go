// Package notify tells accounts and organisations what they should know: in their
// inbox, and, where an administrator has configured it, by e-mail and by webhook.
//
// A notice, and what goes out because of it, is written in the caller's own
// transaction: what has happened and the word of it stand or fall together. What
// goes out waits in an outbox; [Store.Deliver] sends it, tries again for as long
// as a day, and keeps why it did not get through. It may arrive twice, after a
// crash between sending and noting that; its id stays the same.
//
// Titles and texts hold no personal data: they go to mailboxes and other
// machines, and stay when a person is erased. They name things by their number
// and say where to look.
package notify

import (
	"context"
	"crypto/x509"
	"log/slog"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/phohien/phohien/internal/foundation/dial"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/internal/foundation/seal"
	"github.com/phohien/phohien/internal/foundation/store"
)

// A Severity is how much a notice matters.
type Severity string

// The severities.
const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Urgent  Severity = "urgent"
)

func (s Severity) valid() bool { return s == Info || s == Warning || s == Urgent }

// A Notice is told to an account, to an organisation, or to both.
type Notice struct {
	ID               string
	Account, Org     string // at least one of them
	Kind             string // "deadline", "issue", …
	Severity         Severity
	TitleVi, TitleEn string // one line; En may be ""
	TextVi, TextEn   string // may be ""
	Path             string // address of a page here
	SubjectKind      string
	SubjectID        string
	CreatedAt        time.Time
	ReadAt           time.Time // by who lists it; zero = not yet
}

// Title is the title in the reader's language.
func (n *Notice) Title(l locale.Lang) string { return l.Of(n.TitleVi, n.TitleEn) }

// Text is the text in the reader's language.
func (n *Notice) Text(l locale.Lang) string { return l.Of(n.TextVi, n.TextEn) }

// The bounds of a notice, in characters.
const (
	mostTitle = 300
	mostText  = 4000
	mostName  = 200
)

// check refuses what cannot be told.
func (n *Notice) check() error {
	switch {
	case n.Account == "" && n.Org == "":
		return fault.New(fault.Invalid, "notify.nobody")
	case n.Kind == "":
		return fault.New(fault.Invalid, "notify.kind")
	case !n.Severity.valid():
		return fault.New(fault.Invalid, "notify.severity", string(n.Severity))
	case strings.TrimSpace(n.TitleVi) == "":
		return fault.New(fault.Invalid, "notify.title")
	case n.Path != "" && (!strings.HasPrefix(n.Path, "/") || strings.HasPrefix(n.Path, "//")):
		return fault.New(fault.Invalid, "notify.path", n.Path)
	}
	for _, line := range []string{n.TitleVi, n.TitleEn, n.Path} {
		if utf8.RuneCountInString(line) > mostTitle {
			return fault.New(fault.Invalid, "notify.long", mostTitle)
		}
		if strings.ContainsFunc(line, unicode.IsControl) {
			return fault.New(fault.Invalid, "notify.line")
		}
	}
	for _, text := range []string{n.TextVi, n.TextEn} {
		if utf8.RuneCountInString(text) > mostText {
			return fault.New(fault.Invalid, "notify.long", mostText)
		}
	}
	for _, name := range []string{n.Account, n.Org, n.Kind, n.SubjectKind, n.SubjectID} {
		if utf8.RuneCountInString(name) > mostName {
			return fault.New(fault.Invalid, "notify.long", mostName)
		}
	}
	return nil
}

// A Mailbox is where an account gets e-mail.
type Mailbox struct {
	Address string // "" = has none
	Lang    locale.Lang
}

// Deps are what the room needs of others.
type Deps struct {
	Texts *seal.Texts // seals the secrets of channels; nil: channels with secrets are refused
	Allow []string    // the operator's setting "outgoing": only these are asked (dial.ParsePattern)
	// Mailbox finds where an account gets e-mail; a fault says why it gets none.
	// nil: nobody does.
	Mailbox func(ctx context.Context, account string) (Mailbox, error)
	// Members gives the accounts that get the notices of an organisation by
	// e-mail. It is asked inside the writer of the control database and reads in
	// tx. nil: none.
	Members  func(ctx context.Context, tx *store.Tx, org string) ([]string, error)
	Base     string // address of the platform, for links: "https://dulieu.example.gov.vn"
	Log      *slog.Logger
	Roots    *x509.CertPool // whose certificates count; nil: the machine's
	Resolver dial.Resolver  // nil: the machine's
}

// A Store keeps notices, channels and the outbox in the control database.
type Store struct {
	db *store.DB
	Deps
}

// NewStore makes a Store over the control database.
func NewStore(control *store.DB, d Deps) *Store {
	if d.Log == nil {
		d.Log = slog.Default()
	}
	return &Store{db: control, Deps: d}
}

// What a message for people outside the platform must not hold, whatever its
// title says: numbers that may be those of a person, mail addresses.
var private = regexp.MustCompile(`\d(?:[ .-]?\d){8,}|[\pL\d._%+-]+@[\pL\d.-]+`)

// ChatText is a short text with a link, to be pasted into Zalo and the like by a
// person: the title, of which what looks like a personal number or a mail address
// is left out, and the page where the rest stands for who may read it.
func ChatText(n Notice, base string, l locale.Lang) string {
	title := private.ReplaceAllString(n.Title(l), "…")
	switch n.Severity {
	case Urgent:
		title = l.T("notify.chat.urgent", title)
	case Warning:
		title = l.T("notify.chat.warning", title)
	}
	if n.Path == "" {
		return title
	}
	return title + "\n" + l.T("notify.chat.link", link(base, n.Path))
}

func link(base, path string) string { return strings.TrimSuffix(base, "/") + path }
