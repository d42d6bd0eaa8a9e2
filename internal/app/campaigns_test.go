package app

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/foundation/policy"
)

// TestCampaign_catalogue: an agency says in a review who answers for its data set and
// how long it is kept, by the API and by spreadsheet; another person approves, the
// contract has it as one version, and the data set lacks less.
func TestCampaign_catalogue(t *testing.T) {
	l := &dutyLand{land: &land{App: withPacks(t, "viet-nam", "hung-yen")}, t: t}
	ctx := t.Context()
	(&province{l.App}).adopt(t, strings.Replace(stations, "{property: phohien.owner, value: hy-syt}", "{property: phohien.owner, value: "+ownerOrg+"}, {property: phohien.access, value: shared}", 1))
	governor, steward := &visitor{}, &visitor{}
	l.signIn(t, governor, policy.RoleGovernor, "hy-skhcn", 941)
	l.strengthen(t, governor) // approving asks for it
	l.signIn(t, steward, policy.RoleSteward, ownerOrg, 942)
	type sheet struct {
		State string
		Items []struct {
			Place     int
			Object    string
			Had, Said map[string]string
		}
	}
	api := func(v *visitor, method, path string, want int, in, out any) string {
		t.Helper()
		body, kind := []byte(nil), "application/json"
		switch in := in.(type) {
		case nil:
		case []byte:
			body, kind = in, "application/octet-stream"
		default:
			body, _ = json.Marshal(in)
		}
		r := httptest.NewRequest(method, "/api/v1/campaigns"+path, bytes.NewReader(body))
		r.Header.Set("Content-Type", kind)
		w := l.ask(v, r)
		if w.Code != want {
			t.Fatalf("%s %s: %d, want %d: %.900s", method, path, w.Code, want, w.Body)
		}
		if out != nil {
			if err := json.Unmarshal(w.Body.Bytes(), out); err != nil {
				t.Fatal(err)
			}
		}
		return w.Body.String()
	}
	fields := []string{contract.KeySteward, contract.KeyHead, "retention", "archive_rule", "layer", contract.KeyMethods, contract.KeyShareMode}
	open := func(title string) (path string) {
		t.Helper()
		var c struct{ ID string }
		api(governor, "POST", "", 200, map[string]any{"subject": "datasets", "title": title, "fields": fields, "orgs": []string{ownerOrg}, "days": 5}, &c)
		api(governor, "POST", "/"+c.ID+"/open", 200, nil, nil)
		return "/" + c.ID + "/sheets/" + ownerOrg
	}
	current := func() *contract.Contract {
		t.Helper()
		con, err := l.Contracts.Current(ctx, "tram")
		if err != nil {
			t.Fatal(err)
		}
		return con
	}
	lacks := func() map[string]bool {
		t.Helper()
		d, err := l.shelf().Describe(ctx, current())
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]bool{}
		for _, one := range d.Missing() {
			all[one.Key] = true
		}
		return all
	}
	before := lacks()
	for _, key := range []string{contract.KeySteward, contract.KeyHead, "retention", "archive_rule", "layer"} {
		if !before[key] {
			t.Fatalf("%s is there: %v", key, before)
		}
	}

	// By the API; what the catalogue or the contract refuses is told when it is sent.
	ours := open("Rà soát danh mục năm 2026")
	var s sheet
	api(steward, "GET", ours, 200, nil, &s)
	place := 0
	for _, i := range s.Items {
		if i.Object == "tram" {
			place = i.Place
		}
	}
	if place == 0 {
		t.Fatalf("%+v", s)
	}
	answer := func(values map[string]string) {
		t.Helper()
		var all []any
		for _, i := range s.Items {
			one := map[string]any{"place": i.Place, "verdict": "kept"}
			if i.Place == place {
				one = map[string]any{"place": place, "verdict": "changed", "values": values}
			}
			all = append(all, one)
		}
		api(steward, "POST", ours+"/answers", 200, map[string]any{"answers": all}, nil)
	}
	for says, values := range map[string]map[string]string{
		"Lớp dữ liệu: “khac” có giá trị không dùng được": {"layer": "khac"}, "Hình thức chia sẻ: chọn “mở: ai cũng khai thác được”, nhưng bộ dữ liệu chưa được xác định là dữ liệu mở": {contract.KeyShareMode: "mo"},
		"Phương thức chia sẻ: “api, fax” có giá trị": {contract.KeyMethods: "api, fax"}, "chỉ được 300": {contract.KeyHead: strings.Repeat("x", 301)},
	} {
		answer(values)
		if text := api(steward, "POST", ours+"/send", 400, nil, nil); !strings.Contains(text, says) || !strings.Contains(text, current().Name) {
			t.Errorf("%s: %s", says, text)
		}
	}
	answer(map[string]string{contract.KeySteward: "Sở Y tế – cán bộ đầu mối dữ liệu", contract.KeyHead: "Giám đốc Sở Y tế", "retention": "10 năm", "archive_rule": "Nộp lưu trữ lịch sử", "layer": "chủ"})
	api(steward, "POST", ours+"/send", 200, nil, nil)
	api(steward, "POST", ours+"/approve", 403, nil, nil)
	if current().Described()[contract.KeyHead] != "" {
		t.Error("written before it was approved")
	}
	api(governor, "POST", ours+"/approve", 200, nil, &s)
	said := current().Described()
	for key, want := range map[string]string{contract.KeySteward: "Sở Y tế – cán bộ đầu mối dữ liệu", contract.KeyHead: "Giám đốc Sở Y tế", "retention": "10 năm", "archive_rule": "Nộp lưu trữ lịch sử", "layer": "chu"} {
		if said[key] != want {
			t.Errorf("%s is %q, want %q", key, said[key], want)
		}
	}
	if all, err := l.Contracts.Versions(ctx, "tram"); err != nil || len(all) != 2 {
		t.Errorf("%d versions, %v", len(all), err)
	}
	if after := lacks(); len(after) != len(before)-5 {
		t.Errorf("lacks %v, lacked %v", after, before)
	}
	if text := l.page(governor, "/datasets/tram", 200); !strings.Contains(text, "Giám đốc Sở Y tế") || !strings.Contains(text, "Người đứng đầu chịu trách nhiệm") {
		t.Errorf("%.1500s", text)
	}

	// By spreadsheet: it is filled in with what there is, in words, and read so.
	ours = open("Rà soát lần hai")
	w := l.ask(steward, get("/api/v1/campaigns"+ours+"/workbook"))
	book, err := excelize.OpenReader(w.Body)
	if err != nil {
		t.Fatalf("%d %v", w.Code, err)
	}
	name := book.GetSheetName(0)
	rows, err := book.GetRows(name)
	if err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, head := range rows[0] {
		column[head] = i + 1
	}
	for i, row := range rows[1:] {
		set := func(head, text string) {
			t.Helper()
			cell, err := excelize.CoordinatesToCellName(column[head], i+2)
			if err == nil {
				err = book.SetCellStr(name, cell, text)
			}
			if err != nil {
				t.Fatalf("%s: %v", head, err)
			}
		}
		if row[1] != "tram" {
			set("Kết quả rà soát", "Giữ nguyên")
			continue
		}
		if row[column["Lớp dữ liệu"]-1] != "chủ" || row[column["Cán bộ đầu mối dữ liệu"]-1] != "Sở Y tế – cán bộ đầu mối dữ liệu" {
			t.Errorf("%q", row)
		}
		set("Kết quả rà soát", "Có thay đổi")
		set("Lớp dữ liệu", "Danh mục")
		set("Phương thức chia sẻ", "theo yêu cầu (API); đóng gói (tệp)")
		set("Thời hạn lưu trữ", "Vĩnh viễn")
	}
	var b bytes.Buffer
	if err := book.Write(&b); err != nil {
		t.Fatal(err)
	}
	api(steward, "POST", ours+"/workbook", 200, b.Bytes(), nil)
	api(steward, "POST", ours+"/send", 200, nil, nil)
	api(governor, "POST", ours+"/approve", 200, nil, nil)
	if said := current().Described(); said["layer"] != "danh_muc" || said[contract.KeyMethods] != "api, package" || said["retention"] != "Vĩnh viễn" || said[contract.KeyHead] != "Giám đốc Sở Y tế" {
		t.Errorf("%v", said)
	}
}
