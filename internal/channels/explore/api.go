package explore

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/phohien/phohien/internal/channels/guard"
	"github.com/phohien/phohien/internal/channels/ui"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// apiView is how a program asks for one table.
type apiView struct {
	Head     ui.SetHead
	Address  string // of the table in the API
	Calls    []apiCall
	Programs []apiProgram
	Files    []apiFile // kinds in which all of it is exported
	Fields   []apiField
	Masked   bool // some field is not seen in clear
}

// An apiCall is one thing that a program asks for.
type apiCall struct{ Name, Curl string }

// An apiFile is all records as a file.
type apiFile struct{ Name, Address string }

// An apiProgram keeps a copy of the table, in one language.
type apiProgram struct{ ID, Language, File, Text string }

// An apiField is a member of a record.
type apiField struct {
	Name, Title, Type, Example, List string
	Required, Key, Masked            bool
}

// apiPage shows how a program asks for exactly this table.
func apiPage(p *Pages, w http.ResponseWriter, r *http.Request, t table) error {
	ctx := r.Context()
	at := "http://" + r.Host
	if guard.Secure(r) {
		at = "https://" + r.Host
	}
	view := p.Door.Peek(ctx, policy.Read, t.con, t.obj)
	s := sample{table: t, view: view, base: at + "/api/v1", address: at + "/api/v1/datasets/" + url.PathEscape(t.obj.Dataset)}
	var err error
	if s.key, err = p.exampleKey(ctx, t, view); err != nil {
		return err
	}
	v := apiView{Head: t.head, Address: s.address, Calls: s.calls(), Programs: s.programs()}
	for _, k := range export.KindsOf(t.obj) {
		v.Files = append(v.Files, apiFile{k.Name(), "/api/v1/datasets/" + url.PathEscape(t.obj.Dataset) + "/records." + string(k)})
	}
	for i := range t.obj.Columns {
		f := fieldOf(ctx, t.obj, i)
		f.Masked = !s.clear(i)
		v.Masked = v.Masked || f.Masked
		v.Fields = append(v.Fields, f)
	}
	return p.Show(w, r, p.Page(r, ui.Say(ctx, "explore.api.title", t.con.Name), "datasets"), apiBody(v))
}

// exampleKey is the key of a record that there is, as the reader sees it. Of a
// table about persons it is made of the contract's own examples: nobody's record
// is looked up for a page about something else.
func (p *Pages) exampleKey(ctx context.Context, t table, view *record.View) (string, error) {
	for i := range t.obj.Columns {
		if t.obj.Columns[i].Personal.Is() {
			return contractKey(t.obj), nil
		}
	}
	if view != nil && p.Door.Records != nil {
		rows, err := p.Door.Records.Through(view).List(ctx, "", 1, record.Latest)
		if err != nil {
			return "", err
		}
		if len(rows) > 0 {
			return rows[0].Key, nil
		}
	}
	return contractKey(t.obj), nil
}

// contractKey is a key out of the contract's examples.
func contractKey(obj *contract.Object) string {
	var parts []string
	for _, k := range obj.Key {
		parts = append(parts, url.PathEscape(obj.Columns[k].Example))
	}
	if key := strings.Join(parts, "~"); strings.Trim(key, "~") != "" {
		return key
	}
	return "$KEY"
}

// fieldOf tells of a column what a program needs to know.
func fieldOf(ctx context.Context, obj *contract.Object, i int) apiField {
	c := &obj.Columns[i]
	f := apiField{Name: c.Name, Title: c.Title, Type: ui.Say(ctx, "explore.api.type."+string(c.Type)), Example: c.Example, List: c.CodeList, Required: c.Required}
	for _, k := range obj.Key {
		f.Key = f.Key || k == i
	}
	return f
}
