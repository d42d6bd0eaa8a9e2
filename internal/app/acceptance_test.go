package app

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/channels/api"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/core/record"
	admin "github.com/phohien/phohien/internal/core/units"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
	"github.com/phohien/phohien/odcs"
	"github.com/phohien/phohien/viet"
	"github.com/phohien/phohien/viet/charset"
)

// TestAcceptance walks through cases that a reviewer of the province would try,
// in the whole program with the national pack in it.
func TestAcceptance(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, s store.Config) {
		p := reviewed(t, s)
		t.Run("a spreadsheet of 2024 with districts", p.oldSpreadsheet)
		t.Run("one code on two days", p.oneCodeTwoDays)
		t.Run("search without marks", p.searchWithoutMarks)
		t.Run("text in TCVN3", p.oldEncoding)
		t.Run("text in an old font", p.oldFont)
		t.Run("tax codes", p.taxCodes)
		t.Run("the register grows", p.registerGrows)
		t.Run("a list of codes and addresses on the page", p.listOnPage)
		t.Run("villages kept by the communes", p.villages)
		t.Run("figures in the units of another day", p.figuresOfAnotherDay)
	})
}

// A province under review.
type province struct{ *App }

func reviewed(t *testing.T, s store.Config) *province {
	t.Helper()
	c := config(s.Dir)
	c.Database = s.URL
	a := open(t, c)
	pack, err := Shipped("viet-nam")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Packs.Install(t.Context(), actor.System, false, pack); err != nil {
		t.Fatal(err)
	}
	if err := a.sendSources(t.Context(), pack, func(r corridor.Report) {
		if r.Quarantined > 0 && contract.InUnitRegister(r.Dataset) {
			t.Errorf("%s: %d lines did not pass", r.Dataset, r.Quarantined)
		}
	}); err != nil {
		t.Fatal(err)
	}
	return &province{a}
}

// put adds a data set.
func (p *province) put(t *testing.T, id, properties string) *contract.Object {
	t.Helper()
	doc, err := odcs.Read([]byte("apiVersion: v3.1.0\nkind: DataContract\nid: " + id + "\nname: Thử\nversion: 1.0.0\nstatus: active\nschema:\n  - name: dong\n    properties:\n" + properties))
	if err != nil {
		t.Fatal(err)
	}
	if _, findings, err := p.Contracts.Put(t.Context(), actor.System, doc, ""); err != nil {
		t.Fatalf("%v\n%v", err, findings)
	}
	_, obj, err := p.Contracts.Object(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func (p *province) send(t *testing.T, dataset, name string, body []byte) corridor.Report {
	t.Helper()
	r, err := p.Corridor.Send(t.Context(), actor.System, corridor.Request{Dataset: dataset, Name: name, Body: bytes.NewReader(body), Confirm: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rows are the records of a data set by their key.
func (p *province) rows(t *testing.T, obj *contract.Object) map[string]map[string]any {
	t.Helper()
	list, err := p.Truth.List(t.Context(), obj, "", 100, record.Latest)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, r := range list {
		all[r.Key] = r.Values
	}
	return all
}

// waiting words the open lines of a data set by their key, as the pages do.
func (p *province) waiting(t *testing.T, obj *contract.Object) map[string]string {
	t.Helper()
	lines, err := p.Truth.Quarantine(t.Context(), obj, record.Filter{State: record.StateOpen}, 0, 100)
	if err != nil {
		t.Fatal(err)
	}
	words, err := api.Words(t.Context(), obj, p.units)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, l := range lines {
		for _, f := range words.Of(l) {
			all[l.Key] += f.Rule + ": " + f.MessageVi + "\n"
		}
	}
	return all
}

// get asks the running program, as a browser or another program does.
func (p *province) get(t *testing.T, path string, into any) string {
	t.Helper()
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "localhost"
	r.Header.Set("Authorization", "Bearer "+p.Token())
	w := httptest.NewRecorder()
	p.Handler().ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("%s: %d: %.400s", path, w.Code, w.Body)
	}
	if into != nil {
		if err := json.Unmarshal(w.Body.Bytes(), into); err != nil {
			t.Fatal(err)
		}
	}
	return w.Body.String()
}

const households = `
      - {name: so, businessName: Mã hộ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: don_vi
        businessName: Định danh xã
        logicalType: string
        required: true
        customProperties:
          - {property: phohien.unitFrom, value: {commune: xa, district: huyen, province: tinh, on: ngay, as: uid, convertTo: CONVERT}}
          - {property: phohien.reference, value: {dataset: vn-xa, column: uid, severity: reject}}
      - {name: xa, businessName: "Xã, phường, thị trấn", logicalType: string}
      - {name: huyen, businessName: "Huyện, thành phố", logicalType: string}
      - {name: tinh, businessName: Tỉnh, logicalType: string}
      - {name: ngay, businessName: Ngày rà soát, logicalType: date}
`

// oldSpreadsheet is case 1: every row gets the uid of a commune that is valid on
// its date; split communes go to the queue; nothing is guessed.
func (p *province) oldSpreadsheet(t *testing.T) {
	sheet := workbook(t, [][]any{
		{"Mã hộ", "Xã, phường, thị trấn", "Huyện, thành phố", "Tỉnh", "Ngày rà soát"},
		{"H1", "Thị trấn Như Quỳnh", "Huyện Văn Lâm", "Hưng Yên", "15/10/2024"},
		{"H2", "P.Hiến Nam", "TP. Hưng Yên", "Hưng Yên", "15/10/2024"},
		{"H3", "Xã Lạc Đạo", "Huyện Văn Lâm", "Hưng Yên", "15/10/2024"}, // divided in 2025
		{"H4", "xa dinh du", "van lam", "hung yen", "15/10/2024"},       // divided too
		{"H5", "Xã Tân Tiến", "Huyện Văn Giang", "Tỉnh Hưng Yên", "15/10/2024"},
		{"H6", "Xã Tân Tiến", "", "", "15/10/2024"},                        // there are many
		{"H7", "Xã Lạc Đáo", "Huyện Văn Lâm", "Hưng Yên", "15/10/2024"},    // a slip of the pen
		{"H8", "Thị trấn Diêm Điền", "Thái Thuỵ", "Thái Bình", "1/1/2024"}, // the tone mark elsewhere
		{"H9", "Xã Lạc Đạo", "Huyện Văn Giang", "Hưng Yên", "15/10/2024"},  // not in that district
	})
	t.Run("as on its date", func(t *testing.T) {
		obj := p.put(t, "ho-theo-ngay", strings.ReplaceAll(households, "CONVERT", "none"))
		p.send(t, "ho-theo-ngay", "ho-ngheo-2024.xlsx", sheet)
		p.placed(t, obj, map[string]string{
			"H1": "X11986.2025-03-01", "H2": "X11953.2025-03-01", "H3": "X11989.2025-03-01", "H4": "X12004.2025-03-01", "H5": "X12043.2025-03-01", "H8": "X12826.2025-03-01",
		})
		ix, err := p.units.Index(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for key, row := range p.rows(t, obj) {
			on, _, err := viet.ParseDate([]byte(row["ngay"].(string)))
			if err != nil {
				t.Fatal(err)
			}
			if u, ok := ix.ByUID(row["don_vi"].(string)); !ok || !u.ValidOn(on) || u.Level != admin.Commune {
				t.Errorf("%s: %v is no commune of %s", key, row["don_vi"], on)
			}
		}
		p.queued(t, obj, map[string][]string{
			"H6": {"Có nhiều đơn vị cùng khớp", "Xã Tân Tiến, Huyện Văn Giang, Tỉnh Hưng Yên (X12043.2025-03-01)"},
			"H7": {"viết khác dấu", "Xã Lạc Đạo, Huyện Văn Lâm, Tỉnh Hưng Yên (X11989.2025-03-01)"},
			"H9": {"Không có xã"},
		})
	})
	t.Run("as of today", func(t *testing.T) {
		obj := p.put(t, "ho-hien-nay", strings.ReplaceAll(households, "CONVERT", "today"))
		p.send(t, "ho-hien-nay", "ho-ngheo-2024.xlsx", sheet)
		p.placed(t, obj, map[string]string{"H1": "X12004.2025-07-01", "H2": "X11953.2025-07-01", "H5": "X12019.2025-07-01", "H8": "X12826.2025-07-01"})
		p.queued(t, obj, map[string][]string{
			"H3": {"đã chia về nhiều đơn vị", "Xã Lạc Đạo, Tỉnh Hưng Yên", "Xã Đại Đồng, Tỉnh Hưng Yên"},
			"H4": {"đã chia về nhiều đơn vị", "Xã Đại Đồng, Tỉnh Hưng Yên", "Xã Như Quỳnh, Tỉnh Hưng Yên"},
			"H6": {"Có nhiều đơn vị"}, "H7": {"viết khác dấu"}, "H9": {"Không có xã"},
		})
		// A person chooses among the candidates: the line closes.
		r := p.send(t, "ho-hien-nay", "sua.csv", []byte("so,don_vi,xa,huyen,tinh,ngay\nH3,X11995.2025-07-01,Xã Lạc Đạo,Huyện Văn Lâm,Hưng Yên,15/10/2024\n"))
		if r.Accepted != 1 || p.rows(t, obj)["H3"]["don_vi"] != "X11995.2025-07-01" || p.waiting(t, obj)["H3"] != "" {
			t.Errorf("mended by hand: %+v; still waiting: %q", r, p.waiting(t, obj)["H3"])
		}
	})
}

// registerGrows: a line that waits for its unit is judged again when the register
// of units changes.
func (p *province) registerGrows(t *testing.T) {
	_, obj, err := p.Contracts.Object(t.Context(), "ho-theo-ngay")
	if err != nil {
		t.Fatal(err)
	}
	if p.waiting(t, obj)["H7"] == "" {
		t.Fatal("H7 does not wait")
	}
	r := p.send(t, "vn-xa", "bo-sung.csv", []byte("uid,ma,ten,ten_day_du,loai,huyen_uid,tinh_uid,ma_tinh,hieu_luc_den\n"+
		"X99001.2025-03-01,99001,Lạc Đáo,Xã Lạc Đáo,xa,H325.2025-03-01,T33.2025-03-01,33,2025-06-30\n"))
	if r.Inserted != 1 {
		t.Fatalf("%+v", r)
	}
	if err := p.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := p.rows(t, obj)["H7"]["don_vi"]; got != "X99001.2025-03-01" || p.waiting(t, obj)["H7"] != "" {
		t.Errorf("H7: %v, still waiting: %q", got, p.waiting(t, obj)["H7"])
	}
}

// placed checks which rows passed, and with which unit.
func (p *province) placed(t *testing.T, obj *contract.Object, want map[string]string) {
	t.Helper()
	got := p.rows(t, obj)
	if len(got) != len(want) {
		t.Errorf("%d rows passed, want %d", len(got), len(want))
	}
	for key, uid := range want {
		if got[key]["don_vi"] != uid {
			t.Errorf("%s: %v, want %s", key, got[key]["don_vi"], uid)
		}
	}
}

// queued checks which lines wait, each for its unit alone, and what is said.
func (p *province) queued(t *testing.T, obj *contract.Object, want map[string][]string) {
	t.Helper()
	got := p.waiting(t, obj)
	if len(got) != len(want) {
		t.Errorf("%d lines wait, want %d: %v", len(got), len(want), got)
	}
	for key, parts := range want {
		if strings.Count(got[key], "\n") != 1 || !strings.HasPrefix(got[key], "don_vi.resolve: ") {
			t.Errorf("%s: %q, want don_vi.resolve alone", key, got[key])
		}
		for _, part := range parts {
			if !strings.Contains(got[key], part) {
				t.Errorf("%s: %q does not say %q", key, got[key], part)
			}
		}
	}
}

func workbook(t *testing.T, rows [][]any) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, row := range rows {
		cell, err := excelize.CoordinatesToCellName(1, i+1)
		if err != nil {
			t.Fatal(err)
		}
		if err := f.SetSheetRow("Sheet1", cell, &row); err != nil {
			t.Fatal(err)
		}
	}
	b, err := f.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// oneCodeTwoDays is case 2.
func (p *province) oneCodeTwoDays(t *testing.T) {
	for _, c := range []struct{ on, want, other string }{
		{"30/6/2025", "Phường Hiến Nam", "Phường Phố Hiến"},
		{"2/7/2025", "Phường Phố Hiến", "Phường Hiến Nam"},
	} {
		query := url.Values{"q": {"11953"}, "on": {c.on}}.Encode()
		page := p.get(t, "/units?"+query, nil)
		named, rest, _ := strings.Cut(page, `id="units-elsewhen"`)
		if !strings.Contains(named, `<h2 id="unit-name" lang="vi">`+c.want+`</h2>`) {
			t.Errorf("the page of %s does not name %s", c.on, c.want)
		}
		if !strings.Contains(rest, c.other) {
			t.Errorf("the page of %s does not say that the code is %s on other days", c.on, c.other)
		}
		var list struct{ Items []api.Unit }
		p.get(t, "/api/v1/units?code=11953&on="+url.QueryEscape(c.on), &list)
		if len(list.Items) != 1 || list.Items[0].FullName != c.want {
			t.Errorf("%s: %+v, want %s", c.on, list.Items, c.want)
		}
	}
	var detail api.UnitDetail
	p.get(t, "/api/v1/units/X11989.2025-03-01", &detail)
	if len(detail.After) != 2 || detail.After[0].Kind != "split" || detail.ValidTo == nil || detail.ValidTo.String() != "2025-06-30" {
		t.Errorf("history of Lạc Đạo: %+v", detail)
	}
	if page := p.get(t, "/units/X11989.2025-03-01", nil); !strings.Contains(page, "Xã Đại Đồng") {
		t.Error("the page of Lạc Đạo does not show what became of it")
	}
	var answer api.UnitAnswer
	p.get(t, "/api/v1/unit-of?"+url.Values{"commune": {"Xã Lạc Đạo"}, "district": {"Văn Lâm"}, "on": {"2024-12-31"}, "to": {"2025-07-01"}}.Encode(), &answer)
	if answer.Sure || answer.Why != "split" || len(answer.Items) != 2 {
		t.Errorf("a split commune: %+v", answer)
	}
}

// searchWithoutMarks is case 9: what is found is spelled as it was sent.
func (p *province) searchWithoutMarks(t *testing.T) {
	var list struct{ Items []api.Unit }
	p.get(t, "/api/v1/units?q=thai+thuy", &list)
	if len(list.Items) == 0 || viet.FoldTone(list.Items[0].FullName) != viet.FoldTone("Xã Thái Thuỵ") {
		t.Errorf("found %+v", list.Items)
	}
	for _, address := range []string{"/units?q=thai+thuy", "/search?q=thai+thuy"} {
		if page := p.get(t, address, nil); !strings.Contains(page, list.Items[0].FullName) {
			t.Errorf("%s does not show it", address)
		}
	}
	obj := p.put(t, "ten-xa", `
      - {name: so, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ten, logicalType: string}
`)
	p.send(t, "ten-xa", "ten.csv", []byte("so,ten\n1,Xã Thái Thuỵ\n2,Xã Thái Thụy\n3,Xã Khánh Hoà\n"))
	for key, want := range map[string]string{"1": "Xã Thái Thuỵ", "2": "Xã Thái Thụy", "3": "Xã Khánh Hoà"} {
		if got := p.rows(t, obj)[key]["ten"]; got != want {
			t.Errorf("saved as %q, want %q", got, want)
		}
	}
}

const people = `
      - {name: so, businessName: Số thứ tự hồ sơ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: ten, businessName: Họ và tên, logicalType: string}
      - {name: noi_o, businessName: Nơi ở, logicalType: string}
`

var residents = [][]string{
	{"1", "Nguyễn Thị Hường", "Thôn Đông Xá, xã Lạc Đạo, huyện Văn Lâm"}, {"2", "Trần Văn Dũng", "Khu phố Phố Hiến, phường Hồng Châu"},
	{"3", "Đỗ Thuỳ Dương", "Thôn Ngọc Đồng, xã Hiệp Cường"}, {"4", "Lê Quý Đôn", "Xã Độc Lập, huyện Hưng Hà"},
	{"5", "Phạm Thị Nguyệt", "Thị trấn Diêm Điền, huyện Thái Thuỵ"},
}

// tcvn3 writes a text with the letters of the old font.
func tcvn3(t *testing.T, s string) string {
	t.Helper()
	out, ok := charset.Unfix(charset.TCVN3, []byte(s))
	if !ok {
		t.Fatalf("%q cannot be written in TCVN3", s)
	}
	return string(out)
}

// oldEncoding is case 14: the bytes of the file are TCVN3.
func (p *province) oldEncoding(t *testing.T) {
	obj := p.put(t, "nguoi-tcvn3", people)
	var file bytes.Buffer
	file.WriteString("so,ten,noi_o\n")
	for _, r := range residents {
		for _, c := range tcvn3(t, r[0]+`,"`+r[1]+`","`+r[2]+"\"\n") {
			file.WriteByte(byte(c))
		}
	}
	reading := p.shown(t, obj, "danh-sach.csv", file.Bytes())
	if !strings.Contains(reading.Charset, "TCVN3") {
		t.Errorf("the encoding is called %q", reading.Charset)
	}
}

// oldFont is case 14 too: a workbook whose cells were typed in .VnTime.
func (p *province) oldFont(t *testing.T) {
	obj := p.put(t, "nguoi-vntime", people)
	rows := [][]any{{"so", "ten", "noi_o"}}
	for _, r := range residents {
		rows = append(rows, []any{r[0], tcvn3(t, r[1]), tcvn3(t, r[2])})
	}
	reading := p.shown(t, obj, "danh-sach.xlsx", workbook(t, rows))
	if !slices.ContainsFunc(reading.Rescues, func(r corridor.RescueCount) bool {
		return r.Rule == "tcvn3" && r.Column == "ten" && r.Count == int64(len(residents)) && len(r.Examples) > 0 && r.Examples[0][1] == residents[0][1]
	}) {
		t.Errorf("rescues %+v", reading.Rescues)
	}
}

// shown sends the people's file to be looked at first: it waits with its rows
// converted, and nothing is stored before a person has confirmed it.
func (p *province) shown(t *testing.T, obj *contract.Object, name string, file []byte) corridor.Reading {
	t.Helper()
	by := actor.Actor{Kind: "person", ID: "can-bo", Name: "Cán bộ đầu mối"}
	st, err := p.Corridor.Receive(t.Context(), by, corridor.Request{Dataset: obj.Dataset, Name: name, Body: bytes.NewReader(file), Preview: true})
	if err != nil {
		t.Fatal(err)
	}
	if st, err = p.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() }); err != nil {
		t.Fatal(err)
	}
	if st.State != corridor.Held || st.Report == nil || st.Report.Reading == nil || st.Report.Examples == nil {
		t.Fatalf("not shown first: %+v, report %+v", st, st.Report)
	}
	if n := len(p.rows(t, obj)); n != 0 {
		t.Errorf("%d rows are stored before anybody has looked", n)
	}
	if ex := st.Report.Examples.Inserted; len(ex) != len(residents) || ex[0].Cells[1] != residents[0][1] {
		t.Errorf("shown as %+v", ex)
	}
	if _, err := p.Corridor.Confirm(t.Context(), by, st.ID); err != nil {
		t.Fatal(err)
	}
	if _, err = p.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() && s.State != corridor.Held }); err != nil {
		t.Fatal(err)
	}
	got := p.rows(t, obj)
	for _, want := range residents {
		if r := got[want[0]]; r["ten"] != want[1] || r["noi_o"] != want[2] {
			t.Errorf("stored %v, want %v", r, want)
		}
	}
	return *st.Report.Reading
}

// taxCodes is case 15: the forms of 10, 13 and 12 digits pass each by its rule.
func (p *province) taxCodes(t *testing.T) {
	obj := p.put(t, "nguoi-nop-thue", `
      - name: mst
        businessName: Mã số thuế
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        required: true
        customProperties:
          - {property: phohien.identifier, value: tax_code}
`)
	right := []string{"0100109106", "0314409058-002", "033095001234", "0300588569"}
	wrong := []string{"0901234567", "0100233489", "0100000000", "0314409058-000", "03309500123"}
	r := p.send(t, "nguoi-nop-thue", "mst.csv", []byte("mst\n"+strings.Join(slices.Concat(right, wrong), "\n")+"\n"))
	if r.Accepted != int64(len(right)) || r.Quarantined != int64(len(wrong)) {
		t.Errorf("%d accepted, %d not", r.Accepted, r.Quarantined)
	}
	got := p.rows(t, obj)
	for _, code := range right {
		if got[code] == nil {
			t.Errorf("%s is not there", code)
		}
	}
	waiting := p.waiting(t, obj)
	for _, code := range wrong {
		if !strings.HasPrefix(waiting[code], "mst.ident: ") {
			t.Errorf("%s: %q, want mst.ident", code, waiting[code])
		}
	}
}
