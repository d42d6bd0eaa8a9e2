package draft

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/dictionary"
	"github.com/phohien/phohien/internal/core/ingest"
	"github.com/phohien/phohien/internal/foundation/locale"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs from what was written (run with -update and read the change):\n%s", file, got)
	}
}

func lookAt(t testing.TB, name, text string) *Table {
	t.Helper()
	src, err := ingest.OpenCSV(strings.NewReader(text), ingest.DefaultLimits)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	table, err := Look(context.Background(), name, src)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return table
}

// sound checks what holds for every draft: it has no problem, its documents are
// accepted, and it survives being kept as JSON.
func sound(t testing.TB, d *Draft) *contract.Contract {
	t.Helper()
	for _, p := range d.Validate() {
		t.Errorf("%s: %s", p.Where, p.Vi)
	}
	text, err := d.YAML()
	if err != nil {
		t.Fatalf("YAML: %v", err)
	}
	doc, err := odcs.Read(text)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	c, findings := contract.Resolve(doc, contract.Options{})
	for _, f := range append(doc.Check(), findings...) {
		if f.Severity == odcs.SeverityError {
			t.Errorf("%s\n%s", f, text)
		}
	}
	for i := range d.CodeLists {
		l := &d.CodeLists[i]
		text, err := l.YAML()
		if err != nil {
			t.Fatal(err)
		}
		got, err := dictionary.Parse(text, nil)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		for _, code := range l.Codes {
			if !got.Known(code.Code) {
				t.Errorf("code list %s lost %q", l.ID, code.Code)
			}
		}
	}
	kept, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	var back Draft
	if err := json.Unmarshal(kept, &back); err != nil {
		t.Fatal(err)
	}
	again, err := back.YAML()
	if err != nil || !bytes.Equal(again, text) {
		t.Errorf("kept as JSON the draft became another: %v\n%s\n%s", err, text, again)
	}
	if show(d) != show(&back) {
		t.Errorf("kept as JSON the draft shows otherwise:\n%s\n%s", show(d), show(&back))
	}
	return c
}

// show writes a draft for people.
func show(d *Draft) string {
	var b strings.Builder
	vi := locale.Vi
	fmt.Fprintf(&b, "%s: %s (mẫu: %s; dữ liệu cá nhân: %s)\n", d.ID, d.Title, strings.Join(d.Samples, ", "), d.Personal())
	for _, o := range d.Objects {
		fmt.Fprintf(&b, "\nBảng %s: %s, %d dòng. Khóa: %s", o.Name, o.Title, o.Rows, strings.Join(o.Key, ", "))
		for _, x := range [][2]string{{"kỳ", o.Period}, {"đơn vị gửi", o.Sender}, {"hiệu lực từ", o.ValidFrom}, {"đến", o.ValidTo}, {"cách", string(o.Mode)}} {
			if x[1] != "" {
				fmt.Fprintf(&b, "; %s: %s", x[0], x[1])
			}
		}
		b.WriteString("\n")
		for _, n := range o.Why {
			fmt.Fprintf(&b, "  %s\n", n.In(vi))
		}
		for _, c := range o.Columns {
			showColumn(&b, &c)
		}
	}
	for _, l := range d.CodeLists {
		fmt.Fprintf(&b, "\nDanh mục %s: %s\n", l.ID, l.Name)
		for _, c := range l.Codes {
			fmt.Fprintf(&b, "  %s (%d dòng)", c.Code, c.Rows)
			if len(c.Aliases) > 0 {
				fmt.Fprintf(&b, " = %s", strings.Join(c.Aliases, " = "))
			}
			b.WriteString("\n")
		}
	}
	for _, q := range d.Doubts {
		fmt.Fprintf(&b, "\n? %s [%s]\n", q.Ask.In(vi), q.ID)
		for i, o := range q.Options {
			fmt.Fprintf(&b, "  %s %s\n", []string{"( )", "(•)"}[map[bool]int{true: 1}[i == q.Chosen]], o.Say.In(vi))
		}
	}
	return b.String()
}

func showColumn(b *strings.Builder, c *Column) {
	fmt.Fprintf(b, "- %s “%s”", c.Name, c.Title)
	if c.LeftOut {
		b.WriteString(": để ngoài")
	} else {
		fmt.Fprintf(b, ": %s", c.Type)
	}
	add := func(ok bool, format string, args ...any) {
		if ok && !c.LeftOut {
			fmt.Fprintf(b, format, args...)
		}
	}
	add(c.Type == contract.Decimal, "(%d,%d)", c.Precision, c.Scale)
	add(c.Finest != "", " %s", c.Finest)
	add(c.Shape != "", " %s", c.Shape)
	add(c.Required, ", bắt buộc")
	add(c.Unique, ", không trùng")
	add(c.Kind != "", ", %s", c.Kind)
	add(c.Unit != "", ", đơn vị %s", c.Unit)
	add(c.CodeList != "", ", danh mục %s", c.CodeList)
	if c.Reference != nil {
		add(true, ", trỏ tới %s.%s", c.Reference.Dataset, c.Reference.Column)
	}
	add(c.Personal.Class != None, ", %s/%s", c.Personal.Class, c.Personal.Kind)
	add(c.Pattern != "", ", dạng %s", c.Pattern)
	add(c.MaxLength > 0, ", ≤ %d ký tự", c.MaxLength)
	add(c.Min != "" || c.Max != "", ", %s..%s", c.Min, c.Max)
	add(len(c.Examples) > 0, ", ví dụ %q", c.Examples)
	add(len(c.Aliases) > 0, ", còn gọi %s", strings.Join(c.Aliases, " | "))
	b.WriteString("\n")
	for _, n := range c.Why {
		fmt.Fprintf(b, "    %s\n", n.In(locale.Vi))
	}
}

// packs reads the code lists and data sets of the packs.
func packs(t testing.TB) (known Known, contracts map[string]*contract.Contract, files map[string]string) {
	t.Helper()
	contracts, files = map[string]*contract.Contract{}, map[string]string{}
	root := filepath.Join("..", "..", "..", "packs")
	for _, pack := range []string{"viet-nam", "hung-yen"} {
		lists, _ := filepath.Glob(filepath.Join(root, pack, "code-lists", "*.yaml"))
		for _, f := range lists {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			l, err := dictionary.Parse(text, func(name string) ([]byte, error) { return os.ReadFile(filepath.Join(root, pack, name)) })
			if err != nil {
				t.Fatal(err)
			}
			known.Lists = append(known.Lists, l)
		}
		docs, _ := filepath.Glob(filepath.Join(root, pack, "contracts", "*.yaml"))
		for _, f := range docs {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			doc, err := odcs.Read(text)
			if err != nil {
				t.Fatal(err)
			}
			c, _ := contract.Resolve(doc, contract.Options{})
			if len(c.Sources) == 0 { // no file comes with it
				continue
			}
			data := packFile(t, filepath.Join(root, pack), c)
			contracts[c.ID], files[c.ID] = c, data
			known.Sets = append(known.Sets, setOf(t, c, data))
		}
	}
	return known, contracts, files
}

// setOf is a pack's data set as the platform would offer it: by its key, and
// units by their code.
func setOf(t testing.TB, c *contract.Contract, data string) Set {
	t.Helper()
	o := c.Objects[0]
	s := Set{Dataset: c.ID, Title: c.Name}
	for i := range o.Columns {
		s.Headings = append(s.Headings, o.Columns[i].Name, o.Columns[i].Title)
		s.Headings = append(s.Headings, o.Columns[i].Aliases...)
	}
	if len(o.Key) != 1 {
		return s
	}
	s.Column = o.Columns[o.Key[0]].Name
	if c.ID == "vn-xa" || c.ID == "vn-tinh" {
		s.Column = "ma"
	}
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	at := slices.Index(rows[0], s.Column)
	keys := map[string]bool{}
	for _, r := range rows[1:] {
		keys[r[at]] = true
	}
	s.Has = func(v string) bool { return keys[v] }
	return s
}

// without leaves out a data set that the samples are of.
func (k Known) without(id string) Known {
	return Known{Lists: k.Lists, Sets: slices.DeleteFunc(slices.Clone(k.Sets), func(s Set) bool { return s.Dataset == id })}
}

// The drafts of the packs' own files against the contracts that people wrote
// for them.
func TestPropose_packs(t *testing.T) {
	known, contracts, files := packs(t)
	columns, types, keys, lists, listsWant := 0, 0, 0, 0, 0
	var ids []string
	for id := range contracts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		d := Propose([]*Table{lookAt(t, id+".csv", files[id])}, known.without(id))
		sound(t, d)
		golden(t, "pack-"+id+".txt", show(d))
		want := contracts[id].Objects[0]
		got := &d.Objects[0]
		blank := blanks(t, files[id])
		var key []string
		for _, k := range want.Key {
			key = append(key, want.Columns[k].Name)
		}
		if slices.Equal(got.Key, key) {
			keys++
		} else {
			t.Logf("%s: key %v, people wrote %v", id, got.Key, key)
		}
		for i := range want.Columns {
			w, g := &want.Columns[i], got.Column(want.Columns[i].Name)
			if g == nil {
				t.Errorf("%s: no column %s", id, w.Name)
				continue
			}
			if blank[w.Name] { // nothing tells its type
				continue
			}
			columns++
			if g.Type == w.Type {
				types++
			} else {
				t.Logf("%s.%s: type %s, people wrote %s", id, w.Name, g.Type, w.Type)
			}
			if w.CodeList != "" || w.Unit != "" {
				listsWant++
				if g.CodeList == w.CodeList && g.Unit == w.Unit {
					lists++
				} else {
					t.Logf("%s.%s: list %q unit %q, people wrote %q %q", id, w.Name, g.CodeList, g.Unit, w.CodeList, w.Unit)
				}
			}
		}
	}
	t.Logf("types %d of %d columns, keys %d of %d, lists and units %d of %d", types, columns, keys, len(ids), lists, listsWant)
	if types*100 < columns*95 || keys*100 < len(ids)*75 || lists*100 < listsWant*80 {
		t.Errorf("types %d of %d columns, keys %d of %d, lists and units %d of %d", types, columns, keys, len(ids), lists, listsWant)
	}
}

// blanks are the columns of a file in which no row has a value.
func blanks(t testing.TB, data string) map[string]bool {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for i, name := range rows[0] {
		all[name] = !slices.ContainsFunc(rows[1:], func(r []string) bool { return r[i] != "" })
	}
	return all
}

// The deliberately broken sample leads to the same contract as the sound one.
func TestPropose_brokenSample(t *testing.T) {
	known, contracts, _ := packs(t)
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "packs", "hung-yen", "samples", "hy-xa-loi.csv"))
	if err != nil {
		t.Fatal(err)
	}
	table := lookAt(t, "hy-xa-loi.csv", string(text))
	d := Propose([]*Table{table}, known)
	sound(t, d)
	golden(t, "hy-xa-loi.txt", show(d))
	want := contracts["hy-xa"].Objects[0]
	for i := range want.Columns {
		if g := d.Objects[0].Column(want.Columns[i].Name); g.Type != want.Columns[i].Type {
			t.Errorf("%s: type %s, want %s", g.Name, g.Type, want.Columns[i].Type)
		}
	}
	rows := Representative(table, 8)
	odd := 0
	for _, r := range rows {
		if r.odd != nil && strings.Contains(strings.Join(r.Cells, "|"), "ba mươi nghìn") {
			odd++
		}
	}
	if len(rows) != 8 || odd != 1 {
		t.Errorf("%d rows, %d with the wrong population: %v", len(rows), odd, rows)
	}
}

// generated are tables as offices keep them. All persons are generated.
func generated() map[string]string {
	g := &generator{newRand()}
	return map[string]string{
		"Danh sách hộ nghèo năm 2025":     g.poor(),
		"Doanh nghiệp đang hoạt động":     g.firms(),
		"danh_sach_can_bo":                g.staff(),
		"Công trình xây dựng (1)":         g.works(),
		"Trường học 2025-2026":            g.schools(),
		"Giá cả thị trường tháng 01-2025": g.prices(),
		"Hồ sơ một cửa quý I":             g.dossiers(),
		"Thửa đất":                        g.parcels(),
		"Tiêm chủng trẻ em":               g.vaccines(),
		"Báo cáo hộ nghèo tháng 3-2025":   g.report(),
		"Phương tiện công":                g.cars(),
		"Văn bản đến":                     g.documents(),
	}
}

func TestPropose_generated(t *testing.T) {
	known, _, _ := packs(t)
	wantKeys := map[string]string{
		"Danh sách hộ nghèo năm 2025": "ma_ho", "Doanh nghiệp đang hoạt động": "ma_so_thue", "danh_sach_can_bo": "ma_can_bo",
		"Công trình xây dựng (1)": "ma_cong_trinh", "Trường học 2025-2026": "ma_truong", "Giá cả thị trường tháng 01-2025": "thang mat_hang",
		"Hồ sơ một cửa quý I": "ma_ho_so", "Thửa đất": "ma_xa so_to so_thua", "Tiêm chủng trẻ em": "so_dinh_danh mui_so",
		"Báo cáo hộ nghèo tháng 3-2025": "thang ma_xa", "Phương tiện công": "bien_so", "Văn bản đến": "so_ky_hieu",
	}
	for name, text := range generated() {
		t.Run(name, func(t *testing.T) {
			d := Propose([]*Table{lookAt(t, name+".xlsx", text)}, known)
			sound(t, d)
			golden(t, "made-"+viet.Identifier(name)+".txt", show(d))
			if got := strings.Join(d.Objects[0].Key, " "); got != wantKeys[name] {
				t.Errorf("key %q, want %q", got, wantKeys[name])
			}
			again := Propose([]*Table{lookAt(t, name+".xlsx", text)}, known)
			if show(d) != show(again) {
				t.Error("the same sample gives another draft")
			}
			discreetDraft(t, d, text)
		})
	}
}

// discreetDraft checks that no value of a personal column without a code list
// is in the draft.
func discreetDraft(t *testing.T, d *Draft, text string) {
	t.Helper()
	kept, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for at, h := range rows[0] {
		for _, c := range d.Objects[0].Columns {
			if c.Heading != heading(h) || c.Personal.Class == None || c.CodeList != "" {
				continue
			}
			for _, r := range rows[1:] {
				if len(r[at]) > 5 && bytes.Contains(kept, []byte(r[at])) {
					t.Errorf("the draft holds %q of the personal column %s", r[at], c.Title)
					break
				}
			}
		}
	}
}
