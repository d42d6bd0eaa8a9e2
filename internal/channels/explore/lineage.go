package explore

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/phohien/phohien/internal/channels/lineage"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/viet"
)

// lineageView is where rows come from and where they go, drawn as three columns
// that are read one after the other.
type lineageView struct {
	Head     ui.SetHead
	Name     string
	Known    bool
	Original bool
	MayFill  string // where it is filled in
	Source   lineageSource
	From     []lineageSet
	Batches  []lineageBatch
	To       []lineageSet
	Uses     string // who has read it, in one sentence
	Readers  []lineageReader
	Named    bool
}

type lineageSource struct{ System, Collected, Mechanism, Pack, Files string }

type lineageSet struct {
	Name, ID, How string
	Address       string // "" = it is not there
	Made          bool
}

type lineageBatch struct {
	Address, File, When, WhenAt, State, Band, Org string
	Simulated                                     bool
}

type lineageReader struct{ Who, Kind, Uses, Last string }

func (p *Pages) lineage(w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	lang := locale.From(ctx)
	l, err := p.Lineage.Of(ctx, t.con)
	if err != nil {
		return err
	}
	v := lineageView{
		Head: t.head, Name: l.Name, Known: l.Known(), Original: l.Original, MayFill: t.address(cataloguePlace) + "#f-lineage", Named: l.Readers.Named,
		Source: lineageSource{l.Source.System, l.Source.Collected, l.Source.Mechanism, l.Source.Pack, strings.Join(l.Source.Files, ", ")},
		From:   lineageSets(lang, l.From, "from"), To: lineageSets(lang, l.To, "to"), Uses: readersWords(lang, l.Readers),
	}
	for _, b := range l.Batches {
		v.Batches = append(v.Batches, p.lineageBatch(ctx, b))
	}
	for _, one := range l.Readers.All {
		v.Readers = append(v.Readers, readerView(lang, one))
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "lineage.title-of", t.con.Name), "datasets"), lineageBody(v))
}

func lineageSets(l locale.Lang, list []lineage.Set, side string) (all []lineageSet) {
	for _, s := range list {
		one := lineageSet{Name: s.Name, ID: s.ID, How: l.T("lineage." + side + "." + s.How), Made: s.How == lineage.MadeFrom}
		if s.Gone {
			one.How = l.T("lineage.gone")
		} else {
			one.Address = "/datasets/" + url.PathEscape(s.ID) + "/lineage"
		}
		all = append(all, one)
	}
	return all
}

func (p *Pages) lineageBatch(ctx context.Context, b lineage.Batch) lineageBatch {
	l := locale.From(ctx)
	one := lineageBatch{
		Address: "/batches/" + url.PathEscape(b.ID), File: b.File, When: ui.Ago(l, b.Received, p.Now()), WhenAt: l.Time(b.Received), Org: b.Org, Simulated: b.Simulated,
		State: ui.Capital(l.T("state." + string(b.State))), Band: ui.StateBand(b.State),
	}
	if one.File == "" {
		one.File = l.T("batch.kind." + b.Kind)
	}
	return one
}

// readersWords says how much was read, and when last.
func readersWords(l locale.Lang, r lineage.Readers) string {
	if r.Uses == 0 {
		return l.T("lineage.no-readers", int64(r.Days))
	}
	return l.T("lineage.readers", r.Uses, r.Consumers, int64(r.Days), dayWords(l, r.Last))
}

// dayWords writes a day of the ledger for a reader.
func dayWords(l locale.Lang, day string) string {
	at, err := time.ParseInLocation(time.DateOnly, day, viet.Zone)
	if err != nil {
		return day
	}
	return l.Date(at)
}

func readerView(l locale.Lang, r lineage.Reader) lineageReader {
	one := lineageReader{Who: r.Program, Kind: l.T("lineage.kind.other"), Uses: l.Number(r.Uses), Last: dayWords(l, r.Last)}
	if key := "lineage.kind." + r.Kind; l.Has(key) {
		one.Kind = l.T(key)
	}
	switch {
	case one.Who == "":
		one.Who = r.Org
	case r.Org != "":
		one.Who += " – " + r.Org
	}
	if one.Who == "" {
		one.Who = l.T("lineage.no-org")
	}
	return one
}
