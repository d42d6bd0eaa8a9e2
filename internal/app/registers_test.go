package app

import (
	"io/fs"
	"net/http"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/phohien/phohien/internal/channels/systems"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/packs"
)

// renamed is the pack of a province whose register has other ids.
func renamed(t *testing.T, name, from, to string) *pack.Pack {
	t.Helper()
	files, ok := packs.Open(name)
	if !ok {
		t.Fatalf("no pack %s", name)
	}
	other := fstest.MapFS{}
	err := fs.WalkDir(files, ".", func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(files, path)
		other[strings.ReplaceAll(path, from, to)] = &fstest.MapFile{Data: []byte(strings.ReplaceAll(string(text), from, to))}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	p, err := pack.Read(other)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestRegister_otherIDs: another province calls the data sets of its register
// something else; pages, API and search find them by what their contracts say.
func TestRegister_otherIDs(t *testing.T) {
	a := open(t, config(t.TempDir()))
	ctx := t.Context()
	standard, err := Shipped("viet-nam")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Packs.Install(ctx, actor.System, true, standard, renamed(t, "hung-yen", "hy-he-thong", "qn-so-nen-tang")); err != nil {
		t.Fatal(err)
	}
	for register, want := range map[string]string{
		contract.RegisterSystems: "qn-so-nen-tang", contract.RegisterOperation: "qn-so-nen-tang-hoat-dong", contract.RegisterProcess: "qn-so-nen-tang-quy-trinh",
		contract.RegisterNational: "vn-csdl-quoc-gia",
	} {
		if got := systems.SetOf(ctx, a.Contracts, register); got != want {
			t.Errorf("%s is kept in %s, want %s", register, got, want)
		}
	}
	p := &province{a}
	files, _ := packs.Open("hung-yen")
	for dataset, file := range map[string]string{"qn-so-nen-tang.he_thong": "hy-he-thong.csv", "qn-so-nen-tang-quy-trinh.buoc": "hy-he-thong-buoc.csv"} {
		body, err := fs.ReadFile(files, "data/"+file)
		if err != nil {
			t.Fatal(err)
		}
		p.send(t, dataset, file, body)
	}
	l := &dutyLand{land: &land{App: a}, t: t}
	v := &visitor{}
	l.signIn(t, v, policy.RoleGovernor, "hy-skhcn", 901)
	if text := l.page(v, "/systems", http.StatusOK); !strings.Contains(text, "/systems/A01") {
		t.Errorf("%.2000s", text)
	}
	l.page(v, "/systems/A01", http.StatusOK)
	l.call(v, "GET", "/systems/A01", "", http.StatusOK, nil)
	if err := a.refreshSearch(ctx); err != nil {
		t.Fatal(err)
	}
	if text := l.page(v, "/search?q=A01", http.StatusOK); !strings.Contains(text, "/systems/A01") {
		t.Errorf("%.2000s", text)
	}

	// A second data set for one register is refused: nobody could tell which counts.
	second := strings.Replace(stations, "customProperties: [", "customProperties: [{property: phohien.register, value: systems}, ", 1)
	doc, err := odcs.Read([]byte(second))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := a.Contracts.Put(ctx, actor.System, doc, ""); !fault.Is(err, "contract.register-taken") {
		t.Errorf("a second register: %v", err)
	}
}
