package api_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
)

const measured = `kind: DataContract
apiVersion: v3.1.0
id: do-mua
name: Lượng mưa
version: 1.0.0
status: active
customProperties:
  - {property: phohien.access, value: open}
schema:
  - name: do
    logicalType: object
    physicalType: table
    properties:
      - {name: tram, businessName: Trạm, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: luc, businessName: Thời điểm, logicalType: timestamp, primaryKey: true, primaryKeyPosition: 2, required: true}
      - {name: mua, businessName: Lượng mưa (mm), logicalType: number, physicalType: "decimal(6,1)"}
      - {name: dat, businessName: Đạt, logicalType: boolean}
`

// TestFigures asks for figures as an address writes them, and compares them with
// what was counted by hand.
func TestFigures(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, measured)
	var body strings.Builder
	body.WriteString("tram,luc,mua,dat\n")
	for day := range 40 { // 1 January to 9 February 2025; station A twice a day, B once
		at := fmt.Sprintf("2025-%02d-%02d", 1+day/31, 1+day%31)
		fmt.Fprintf(&body, "A,%sT00:30:00+07:00,1.5,true\nA,%sT23:30:00+07:00,%d,false\nB,%sT12:00:00+07:00,,\n", at, at, day, at)
	}
	var sent struct{ State string }
	h.send("do-mua", "do.csv", []byte(body.String())).want(201).into(&sent)
	if sent.State != "scored" {
		t.Fatal(sent)
	}
	const set = "/api/v1/datasets/do-mua"
	brief := func(path string) string {
		t.Helper()
		var g api.GroupAnswer
		h.get(set + "/groups?" + path).want(200).into(&g)
		var list []string
		for _, one := range g.Groups {
			line := ""
			for _, v := range one.Values {
				if v == nil {
					line += "- "
					continue
				}
				line += *v + " "
			}
			line += fmt.Sprint(one.Count)
			for _, m := range one.Measures {
				switch {
				case m.Value != nil:
					line += " " + *m.Value
				case m.Sum != nil:
					line += fmt.Sprintf(" %s/%v", *m.Sum, *m.Average)
				default:
					line += " -"
				}
			}
			list = append(list, line)
		}
		if g.More {
			list = append(list, "…")
		}
		return strings.Join(list, "; ")
	}
	for path, want := range map[string]string{
		"by=tram&measure=mua": "A 80 840.0/10.5; B 40 -",
		"by=tram&measure=sum:mua,p50:mua,max:mua,count:mua&order=-sum:mua": "A 80 840.0 1.5 39.0 80; B 40 - - - 0",
		"by=luc:month,tram&measure=avg:mua&tram=A":                         "2025-01 A 62 8.25; 2025-02 A 18 18.25",
		"by=luc:day&order=-luc:day&limit=2":                                "2025-02-09 3; 2025-02-08 3; …",
		"by=luc:quarter&as_of=1":                                           "2025-Q1 120",
		"by=dat&eq.tram=A&order=dat":                                       "false 40; true 40",
		"by=tram&filter=luc+%3E%3D+DATE('2025-02-01')":                     "A 18; B 9",
		"by=luc:week&limit=1":                                              "2025-W01 15; …",
	} {
		if got := brief(path); got != want {
			t.Errorf("%s: %s\nwant %s", path, got, want)
		}
	}
	if got := brief("by=tram&as_of=0"); got != "" {
		t.Errorf("before the first batch: %s", got)
	}
	for path, key := range map[string]string{
		"by=luc":                       "groups.needs-bucket",
		"by=tram:month":                "groups.bucket",
		"by=tram&measure=tong:mua":     "groups.function",
		"by=tram&measure=sum:dat":      "groups.measure",
		"by=tram&measure=p95:luc":      "groups.measure-type",
		"by=tram&order=sum:mua":        "groups.order",
		"by=tram&fields=mua":           "api.groups-parameter",
		"by=tram&mua=nhieu":            "api.filter-value",
		"by=tram&thang=1":              "column.unknown",
		"by=tram,luc:day,mua,dat,tram": "groups.columns",
	} {
		h.get(set+"/groups?"+path).problem(400, key)
	}
	h.get(set+"/groups?by=tram&as_of=7").problem(404, "api.no-such-seq")
	h.get(set+"/groups?by=tram&min_seq=7").problem(503, "api.min-seq")

	var p api.ProfileAnswer
	h.get(set + "/profile").want(200).into(&p)
	rain, at := p.Columns[2], p.Columns[1]
	if p.Rows != 120 || *rain.Present != 80 || *rain.Absent != 40 || *rain.Mean != 10.5 || *rain.Max != "39.0" || len(rain.Bins) != 20 || rain.Quantile[2].Value != 1.5 || *rain.Distinct != 41 || !rain.Exact {
		t.Errorf("%+v", rain)
	}
	if at.Bucket != "day" || len(at.Times) != 40 || at.Times[0].From != "2025-01-01" || at.Times[39].Count != 3 {
		t.Errorf("%+v", at)
	}
	p = api.ProfileAnswer{}
	h.get(set + "/profile?tram=B").want(200).into(&p)
	if p.Rows != 40 || *p.Columns[2].Present != 0 || p.Columns[2].Mean != nil {
		t.Errorf("%+v", p)
	}
	h.get(set + "/profile?as_of=0").want(200).into(&p)
	h.get(set+"/profile?limit=3").problem(400, "api.groups-parameter")
}

const visitsByCommune = `kind: DataContract
apiVersion: v3.1.0
id: luot-kham
name: Lượt khám theo xã
version: 1.0.0
status: active
customProperties:
  - {property: phohien.access, value: open}
schema:
  - name: luot
    logicalType: object
    physicalType: table
    properties:
      - {name: so, businessName: Số, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - name: ma_xa
        businessName: Mã xã
        logicalType: string
        customProperties:
          - {property: phohien.unit, value: {level: commune, on: ngay}}
      - {name: ngay, businessName: Ngày, logicalType: date}
      - {name: tien, businessName: Số tiền, logicalType: number, physicalType: "decimal(12,2)"}
`

// TestFigures_unitsAt: figures in the units of another day. What went whole is
// exact, what was divided waits in a row of its own, and nothing is lost.
func TestFigures_unitsAt(t *testing.T) {
	h := newHarness(t)
	h.province.Put(t, visitsByCommune)
	h.send("luot-kham", "luot.csv", []byte("so,ma_xa,ngay,tien\n"+
		"1,11953,2025-06-30,10.50\n"+ // Phường Hiến Nam, whole into Phố Hiến
		"2,11953,2025-07-02,20.25\n"+ // Phường Phố Hiến
		"3,11989,2024-05-01,1.00\n"+ // Xã Lạc Đạo, divided
		"4,11956,2024-05-01,\n")).want(201)
	const path = "/api/v1/datasets/luot-kham/groups?by=ma_xa&measure=sum:tien"
	var g api.GroupAnswer
	h.get(path + "&units_at=1/8/2025").want(200).into(&g)
	if len(g.Groups) != 2 || g.Groups[0].Unit.FullName != "Phường Phố Hiến" || *g.Groups[0].Values[0] != "11953" || g.Groups[0].Count != 3 || *g.Groups[0].Measures[0].Value != "30.75" || g.Groups[0].Estimated {
		t.Fatalf("%+v", g.Groups)
	}
	if u := g.Groups[1]; u.Unit != nil || *u.Values[0] != "11989" || u.Unplaced == nil || u.Unplaced.Why != "split" || len(u.Unplaced.Candidates) != 2 || *u.Measures[0].Value != "1.00" {
		t.Errorf("%+v", u)
	}
	if u := g.Units; u.At.String() != "2025-08-01" || u.Dated != "ngay" || u.Total.Count != 4 || *u.Total.Measures[0].Value != "31.75" || u.Unplaced.Count != 1 || *u.Unplaced.Measures[0].Value != "1.00" || u.Estimated.Count != 0 || len(u.Warnings) != 2 {
		t.Errorf("%+v", u)
	}
	h.get(path + "&units_at=2024-12-31").want(200).into(&g)
	if len(g.Groups) != 4 || g.Groups[0].Unit.FullName != "Phường Hiến Nam" || g.Groups[3].Unplaced == nil || g.Groups[3].Unplaced.Why != "made" || g.Units.Total.Count != 4 {
		t.Errorf("%+v", g.Groups)
	}
	h.get("/api/v1/datasets/hy-xa/groups?by=ma_xa&units_at=2025-08-01&units_from=2025-07-02").want(200)
	for query, key := range map[string]string{
		"by=ngay:month&units_at=2025-08-01":                     "groups.units-field",
		"by=ma_xa&units_at=mai":                                 "units.day",
		"by=ma_xa&units_at=all":                                 "units.day",
		"by=ma_xa&measure=avg:tien&units_at=2025-08-01":         "groups.units-measure",
		"by=ma_xa&order=-count&units_at=2025-08-01":             "groups.units-order",
		"by=ma_xa&units_at=2025-08-01&units_from=khong-phai-la": "units.day",
	} {
		h.get("/api/v1/datasets/luot-kham/groups?"+query).problem(400, key)
	}
}
