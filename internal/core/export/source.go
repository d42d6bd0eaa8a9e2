package export

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/locale"
)

// A Source is whose data a file holds and under which licence: it goes out with
// the data in every kind of file.
type Source struct {
	Dataset   string // address of the table
	Title     string
	Publisher string // the organisation that answers for the rows
	contract.Provenance
	Seq int64 // batch whose state the file holds
}

// SourceOf says it of a table at a state.
func SourceOf(con *contract.Contract, obj *contract.Object, seq int64) Source {
	return Source{Dataset: obj.Dataset, Title: obj.Title, Publisher: con.OwnerName, Provenance: con.Provenance, Seq: seq}
}

// spdx is how SPDX writes its ids: letters, digits, points and hyphens, with a
// version or an abbreviation in capitals.
var spdx = regexp.MustCompile(`^[A-Z0-9][A-Za-z0-9]*(?:[.-][A-Za-z0-9]+)*\+?$`)

// LicenceURL is where the licence can be read, "" when it is told in words.
func (s Source) LicenceURL() string {
	if u, err := url.Parse(s.Licence); err == nil && u.Scheme == "https" && u.Host != "" {
		return s.Licence
	}
	if spdx.MatchString(s.Licence) {
		return "https://spdx.org/licenses/" + s.Licence + ".html"
	}
	return ""
}

// note is what a reader has to know of the data, in a sentence.
func (s Source) note(l locale.Lang) string { return l.T("provenance." + string(s.Kind) + ".long") }

// Lines are label and text of what there is to say, for people.
func (s Source) Lines(l locale.Lang) (all [][2]string) {
	add := func(key, text string) {
		if text != "" {
			all = append(all, [2]string{l.T(key), text})
		}
	}
	add("export.source.dataset", s.Title+" ("+s.Dataset+")")
	add("export.source.publisher", s.Publisher)
	add("provenance.title", l.T("provenance."+string(s.Kind))+". "+s.note(l))
	add("provenance.source", s.Source)
	add("provenance.licence", strings.TrimSpace(s.Licence+" "+s.LicenceURL()))
	add("provenance.attribution", s.Attribution)
	add("export.source.state", strconv.FormatInt(s.Seq, 10))
	return all
}

// A member is one of those that say it to programs.
type member struct{ name, value string }

// members are what there is to say, for programs, in the order of a file.
func (s Source) members(l locale.Lang) (all []member) {
	for _, m := range []member{
		{"dataset", s.Dataset}, {"title", s.Title}, {"publisher", s.Publisher}, {"provenance", string(s.Kind)}, {"note", s.note(l)},
		{"source", s.Source}, {"licence", s.Licence}, {"licence_url", s.LicenceURL()}, {"attribution", s.Attribution},
		{"seq", strconv.FormatInt(s.Seq, 10)},
	} {
		if m.value != "" {
			all = append(all, m)
		}
	}
	return all
}

// JSON writes them as one object; seq is a number.
func (s Source) JSON(l locale.Lang) ([]byte, error) {
	b := []byte{'{'}
	for i, m := range s.members(l) {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendQuote(b, m.name)
		b = append(b, ':')
		if m.name == "seq" {
			b = append(b, m.value...)
			continue
		}
		text, err := plainJSON(m.value)
		if err != nil {
			return nil, err
		}
		b = append(b, text...)
	}
	return append(b, '}'), nil
}

// Links are the values of the header Link (RFC 8288): the licence, when it has an
// address, and the data set. about is the address of the latter.
func (s Source) Links(about string) []string {
	all := []string{"<" + about + `>; rel="describedby"`}
	if at := s.LicenceURL(); at != "" {
		all = append([]string{"<" + at + `>; rel="license"`}, all...)
	}
	return all
}

// Header is one line for programs that take a file whose bytes have no room for
// words of ours: parameters with values as RFC 8187 writes them.
func (s Source) Header() string {
	parts := []string{"kind=" + string(s.Kind), "seq=" + strconv.FormatInt(s.Seq, 10)}
	for _, m := range []member{{"publisher", s.Publisher}, {"source", s.Source}, {"licence", s.Licence}, {"attribution", s.Attribution}} {
		if m.value != "" {
			parts = append(parts, m.name+"*=UTF-8''"+strings.ReplaceAll(url.QueryEscape(m.value), "+", "%20"))
		}
	}
	return strings.Join(parts, "; ")
}

// plainJSON writes JSON without escaping < and >.
func plainJSON(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return []byte(strings.TrimSuffix(b.String(), "\n")), err
}
