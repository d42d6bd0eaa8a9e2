// Package locale turns keys and values into sentences of the reader's language.
//
// The sentences stand in the folder catalogue, one folder for each language and
// as many files in it as are handy; a line is
//
//	key = sentence with {0}, {1} …
//
// A language is added by adding a folder. Vietnamese is the default and the
// language that must be right; a test keeps all languages to the same keys and
// placeholders, and every key in the source to a sentence.
//
// A value is written by its Go type in the way of the language: numbers with
// their groups, instants in the time of Viet Nam. A placeholder may ask for
// another way:
//
//	{0:plain}  digits without groups: numbers that name something, such as a port
//	{0:n}      a number, also when it comes as text from where faults are kept
//	{0:bytes}  a size: 1,5 GB
//	{0:day}    a day kept as 2026-11-22: 22/11/2026
package locale

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/phohien/phohien/internal/foundation/fault"
)

// A Lang is a language by its code, as in HTTP and HTML.
type Lang string

// The languages that come with the program.
const (
	Vi Lang = "vi"
	En Lang = "en"
)

// Of is what was said in both languages, as the reader wants it: words that a
// contract, a policy or a pack brings may be Vietnamese alone.
func (l Lang) Of(vi, en string) string {
	if l == En && en != "" {
		return en
	}
	return vi
}

//go:embed catalogue
var files embed.FS

// sentences are the catalogues by language. They are read once, when the
// program starts, and never change.
var sentences = mustRead(files)

func mustRead(files fs.FS) map[Lang]map[string]sentence {
	all, err := readAll(files)
	if err != nil {
		panic(err) // the catalogues are part of the program; a test reads them first
	}
	return all
}

// Languages lists the languages, Vietnamese first.
func Languages() []Lang {
	all := make([]Lang, 0, len(sentences))
	for l := range sentences {
		all = append(all, l)
	}
	slices.SortFunc(all, func(a, b Lang) int {
		if a == Vi || b == Vi {
			return map[bool]int{true: -1, false: 1}[a == Vi]
		}
		return strings.Compare(string(a), string(b))
	})
	return all
}

// Known returns the language of a code such as "en" or "en-GB"; ok is false
// when there is no catalogue for it.
func Known(code string) (l Lang, ok bool) {
	base, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(code)), "-")
	base, _, _ = strings.Cut(base, "_")
	l = Lang(base)
	_, ok = sentences[l]
	return l, ok
}

// Accept chooses a language by an Accept-Language header, Vietnamese when it
// names none that we have. The order of the header decides; browsers write it by
// weight.
func Accept(header string) Lang {
	for part := range strings.SplitSeq(header, ",") {
		code, _, _ := strings.Cut(part, ";")
		if l, ok := Known(code); ok {
			return l
		}
	}
	return Vi
}

type key struct{}

// With returns a context whose reader has this language.
func With(ctx context.Context, l Lang) context.Context { return context.WithValue(ctx, key{}, l) }

// From returns the reader's language, Vietnamese when the context names none.
func From(ctx context.Context) Lang {
	if l, ok := ctx.Value(key{}).(Lang); ok {
		return l
	}
	return Vi
}

// Has reports whether there is a sentence for a key.
func (l Lang) Has(key string) bool {
	_, ok := sentences[l][key]
	return ok
}

// T returns the sentence of a key with its values. A key without a sentence is
// shown as it is: the test keeps that from happening.
func (l Lang) T(key string, args ...any) string {
	s, ok := sentences[l][key]
	if !ok {
		if s, ok = sentences[Vi][key]; !ok {
			return key
		}
	}
	return s.say(l, args)
}

// Error says what an error means to a reader: the sentence of its fault. An
// error without fault is ours to mend, not the reader's: it reads as one neutral
// sentence, and whoever calls this logs it.
func (l Lang) Error(err error) string {
	if err == nil {
		return ""
	}
	if f := fault.Of(err); f != nil && l.Has(f.Key) {
		return l.T(f.Key, f.Args...)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return l.T("error.cancelled")
	case errors.Is(err, context.DeadlineExceeded):
		return l.T("error.deadline")
	}
	return l.T("error.internal")
}

func readAll(files fs.FS) (map[Lang]map[string]sentence, error) {
	all := map[Lang]map[string]sentence{}
	names, err := fs.Glob(files, "catalogue/*/*.txt")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		l := Lang(path.Base(path.Dir(name)))
		if all[l] == nil {
			all[l] = map[string]sentence{}
		}
		if err := read(all[l], string(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return all, nil
}

// read adds the lines of one file to a catalogue.
func read(into map[string]sentence, text string) error {
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		key, said, ok := strings.Cut(line, " = ")
		if !ok {
			return fmt.Errorf("line %d: not “key = sentence”", i+1)
		}
		if _, twice := into[key]; twice {
			return fmt.Errorf("line %d: %s stands twice", i+1, key)
		}
		s, err := parse(said)
		if err != nil {
			return fmt.Errorf("line %d: %s: %w", i+1, key, err)
		}
		into[key] = s
	}
	return nil
}
