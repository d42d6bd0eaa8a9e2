package app

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/phohien/phohien/internal/channels/door"
	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/corridor"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/approval"
	"github.com/phohien/phohien/internal/foundation/fault"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/clients"
	"github.com/phohien/phohien/internal/foundation/org"
	"github.com/phohien/phohien/internal/foundation/pack"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/odcs"
)

// The organisations of a land: whose the data set with persons is, another
// department, and the people's committees of two communes.
const (
	ownerOrg   = "hy-syt"
	otherOrg   = "hy-snv"
	communeOrg = "hy-ubnd-pho-hien"
	commune    = "11953"
	elsewhere  = "11977"
)

// Four data sets: of persons and restricted, shared, open, important.
const (
	landSet   = "nguoi-huong"
	sharedSet = "thu-dung-chung"
	openSet   = "thu-mo"
	coreSet   = "thu-quan-trong" // important: exports need approvals
)

// A land is a platform with agencies, people of every role, and data.
type land struct {
	*App
	asked   int // requests so far
	persons *contract.Object
	first   string // batch that brought the persons
	batch   string // that changed some of them
	held    string // a batch of the persons that waits for a person
	stopped string // one that was cancelled
	key     string // of a row of the commune, whose file number is HS-00
	export  string // a request to export the important data set
}

// A population says what is written of persons in the columns that masks guard.
// Two populations have the same rows but for what the masks leave out.
type population struct{ basic, sensitive bool }

const landContract = `apiVersion: v3.1.0
kind: DataContract
id: ` + landSet + `
name: Người hưởng trợ cấp (thử)
version: 1.0.0
status: active
schema:
  - name: nguoi
    businessName: Người hưởng (thử)
    customProperties:
      - {property: phohien.mode, value: merge}
      - {property: phohien.sender, value: ma_xa}
      - {property: phohien.period, value: ky}
      - {property: phohien.scope, value: {unit: ma_xa, agency: co_quan}}
    properties:
      - {name: ky, businessName: Kỳ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: so_dinh_danh, businessName: Số định danh, logicalType: string, primaryKey: true, primaryKeyPosition: 2, required: true, customProperties: [{property: phohien.identifier, value: cccd}, {property: phohien.personal, value: {class: basic, kind: personal_id}}]}
      - {name: ma_xa, businessName: Mã xã, logicalType: string, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: co_quan, businessName: Cơ quan, logicalType: string, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: ho_so, businessName: Số hồ sơ, logicalType: string, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: muc_huong, businessName: Mức hưởng, logicalType: integer, logicalTypeOptions: {minimum: 1, maximum: 5000}, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: ho_ten, businessName: Họ và tên, logicalType: string, logicalTypeOptions: {minLength: 2}, required: true, customProperties: [{property: phohien.personal, value: {class: basic, kind: name}}]}
      - {name: ngay_sinh, businessName: Ngày sinh, logicalType: date, customProperties: [{property: phohien.personal, value: {class: basic, kind: birth}}]}
      - {name: dien_thoai, businessName: Điện thoại, logicalType: string, customProperties: [{property: phohien.personal, value: {class: basic, kind: phone}}]}
      - {name: noi_o, businessName: Nơi ở, logicalType: string, customProperties: [{property: phohien.personal, value: {class: basic, kind: residence}}]}
      - {name: dan_toc, businessName: Dân tộc, logicalType: string, logicalTypeOptions: {pattern: '^[0-9]+$'}, customProperties: [{property: phohien.personal, value: {class: sensitive, kind: ethnic}}]}
      - {name: suc_khoe, businessName: Sức khỏe, logicalType: string, customProperties: [{property: phohien.personal, value: {class: sensitive, kind: health}}]}
      - {name: muc_do, businessName: Mức độ khuyết tật, logicalType: integer, customProperties: [{property: phohien.personal, value: {class: sensitive, kind: health}}]}
customProperties:
  - {property: phohien.owner, value: ` + ownerOrg + `}
  - {property: phohien.access, value: restricted}
  - {property: phohien.class, value: other}
`

// plainContract is a set without persons.
func plainContract(id, owner, access string) string {
	return `apiVersion: v3.1.0
kind: DataContract
id: ` + id + `
name: Cơ sở (thử ` + access + `)
version: 1.0.0
status: active
schema:
  - name: co_so
    businessName: Cơ sở
    properties:
      - {name: ho_so, businessName: Số hồ sơ, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true, customProperties: [{property: phohien.personal, value: {class: none}}]}
      - {name: ten, businessName: Tên cơ sở, logicalType: string, customProperties: [{property: phohien.personal, value: {class: none}}]}
customProperties:
  - {property: phohien.owner, value: ` + owner + `}
  - {property: phohien.access, value: ` + access + `}
  - {property: phohien.class, value: other}
`
}

const landHead = "ky,so_dinh_danh,ma_xa,co_quan,ho_so,muc_huong,ho_ten,ngay_sinh,dien_thoai,noi_o,dan_toc,suc_khoe,muc_do\n"

// settleIn makes a land of a province that has nothing yet.
func settleIn(t *testing.T, a *App, p population) *land {
	t.Helper()
	var all []*pack.Pack
	for _, name := range []string{"viet-nam", "hung-yen"} {
		one, err := Shipped(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if _, err := a.Packs.Install(t.Context(), actor.System, true, all...); err != nil {
		t.Fatal(err)
	}
	province := &province{a}
	for _, text := range []string{landContract, plainContract(sharedSet, otherOrg, "shared"), plainContract(openSet, ownerOrg, "open"),
		strings.Replace(plainContract(coreSet, ownerOrg, "restricted"), "class, value: other", "class, value: important", 1)} {
		province.adopt(t, text)
	}
	l := &land{App: a}
	var err error
	if _, l.persons, err = a.Contracts.Object(t.Context(), landSet); err != nil {
		t.Fatal(err)
	}
	l.populate(t, p)
	province.send(t, sharedSet, "co-so.csv", []byte("ho_so,ten\nHS-71,Cơ sở Một\nHS-72,Cơ sở Hai\nHS-73,Cơ sở Ba\n"))
	province.send(t, openSet, "co-so.csv", []byte("ho_so,ten\nHS-81,Cơ sở Một\nHS-82,Cơ sở Hai\n"))
	province.send(t, "vn-tinh", "tinh.csv", []byte("uid,ma,ten,ten_day_du,loai,hieu_luc_tu\nT33.2025-07-01,33,Hưng Yên,Tỉnh Hưng Yên,tinh,2025-07-01\n"))
	province.send(t, "vn-xa", "xa.csv", []byte("uid,ma,ten,ten_day_du,loai,tinh_uid,ma_tinh,hieu_luc_tu\nX11953.2025-07-01,11953,Phố Hiến,Phường Phố Hiến,phuong,T33.2025-07-01,33,2025-07-01\n"))
	province.send(t, coreSet, "co-so.csv", []byte("ho_so,ten\nQT-1,Cơ sở Quan Trọng\n"))
	if err := a.Settled(t.Context()); err != nil {
		t.Fatal(err)
	}
	wish := approval.Ask{Dataset: coreSet, Fields: []string{"ten"}, State: 1, Records: 1, Format: "csv", Mark: "comma", Fetches: 1,
		Purpose: policy.Purpose{Code: "thong-ke-bao-cao", Text: "thử", Basis: "thử"}, Class: approval.Class{Class: "important", Access: "restricted"}}
	asked, err := a.Requests.Ask(t.Context(), actor.Actor{Kind: "person", ID: "can-bo-gui", Name: "Cán bộ gửi (thử)", Org: ownerOrg}, wish, time.Now().AddDate(0, 0, 7))
	if err != nil {
		t.Fatal(err)
	}
	l.export = asked.Ask.ID
	if _, err := a.Audit.Seal(t.Context()); err != nil { // what is signed can be verified
		t.Fatal(err)
	}
	return l
}

// populate sends the persons: twelve rows of the commune, eight of another, and
// lines that do not pass; then the same again with some changes; then a file
// that is shown and cancelled. An officer of the owner sends them.
func (l *land) populate(t *testing.T, p population) {
	t.Helper()
	by := actor.Actor{Kind: "person", ID: "can-bo-gui", Name: "Cán bộ gửi (thử)", Org: ownerOrg}
	send := func(name, body string, preview bool) corridor.Status {
		st, err := l.Corridor.Receive(t.Context(), by, corridor.Request{Dataset: landSet, Name: name, Body: strings.NewReader(body), Preview: preview, Confirm: !preview})
		if err == nil {
			st, err = l.Corridor.Wait(t.Context(), st.ID, func(s corridor.Status) bool { return s.State.Final() })
		}
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	first := send("danh-sach.csv", p.file(0), false)
	if r := first.Report; r == nil || r.Inserted != 20 || r.Quarantined != 5 {
		t.Fatalf("the persons: %+v", first)
	}
	l.first = first.ID
	second := send("danh-sach-2.csv", p.file(10), false)
	if second.Report == nil || second.Report.Updated != 4 || second.Report.Unchanged != 16 {
		t.Fatalf("the changes: %+v", second.Report)
	}
	l.batch = second.ID
	l.stopped = send("xem-truoc.csv", p.file(20), true).ID
	if _, err := l.Corridor.Cancel(t.Context(), by, l.stopped); err != nil {
		t.Fatal(err)
	}
	for { // until nobody walks it any more: then it cannot be cancelled again
		if _, err := l.Corridor.Cancel(t.Context(), by, l.stopped); fault.Is(err, "batch.too-late") {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
	l.held = send("cho-xac-nhan.csv", p.file(30), true).ID
	rows, err := l.Truth.List(t.Context(), l.persons, "", 100, 2)
	if err != nil || len(rows) != 20 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, r := range rows {
		if r.Values["ho_so"] == "HS-00" {
			l.key = r.Key
		}
	}
}

// file is a list of the persons; more is added to what some of them get.
func (p population) file(more int) string {
	var b strings.Builder
	b.WriteString(landHead)
	for i := range 20 {
		b.WriteString(p.line(i, fmt.Sprintf("HS-%02d", i), 100+i+more*boolInt(i%5 == 1)))
	}
	for i := range 3 { // a figure is wrong: nothing personal
		b.WriteString(p.line(20+i, fmt.Sprintf("HS-9%d", i), 9000))
	}
	number, name := "12", "Q"
	if p.basic {
		number, name = "9876", "X"
	}
	line := p.line(23, "HS-93", 10)
	b.WriteString(strings.Replace(line, p.number(23), number, 1)) // a personal number is wrong
	line = p.line(24, "HS-94", 10)
	b.WriteString(strings.Replace(line, p.name(24), name, 1)) // a name is too short
	return b.String()
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// number is generated, given to nobody: births of 2070 and later.
func (p population) number(i int) string {
	if p.basic {
		return fmt.Sprintf("0343%02d83%04d", 99-i, 1000+i)
	}
	return fmt.Sprintf("03327000%04d", 1000+i)
}

func (p population) name(i int) string {
	if p.basic {
		return fmt.Sprintf("Kẻ Khác Hẳn Và Dài %02d", 40-i)
	}
	return fmt.Sprintf("Người Mẫu %02d", i)
}

func (p population) line(i int, ref string, amount int) string {
	unit, agency := commune, communeOrg
	if i%5 >= 3 {
		unit, agency = elsewhere, "hy-ubnd-tan-hung"
	}
	day, phone, place := fmt.Sprintf("1950-03-%02d", 1+i%28), fmt.Sprintf("0221000%04d", i), "Thôn Đông"
	if p.basic {
		day, phone, place = fmt.Sprintf("1950-11-%02d", 28-i%28), fmt.Sprintf("0221098765%04d", i), "Số 7, ngõ Tây Đoài"
	}
	ethnic, health, degree := "1", "Bình thường", fmt.Sprint(i%3)
	if p.sensitive {
		ethnic, health, degree = "22", "Đi lại rất khó khăn", fmt.Sprint(100-i)
	}
	return fmt.Sprintf("2026-10,%s,%s,%s,%s,%d,%s,%s,%s,\"%s, Xã Thử, Tỉnh Hưng Yên\",%s,%s,%s\n",
		p.number(i), unit, agency, ref, amount, p.name(i), day, phone, place, ethnic, health, degree)
}

// adopt puts a contract into force.
func (p *province) adopt(t *testing.T, text string) {
	t.Helper()
	doc, err := odcs.Read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	if _, findings, err := p.Contracts.Put(t.Context(), actor.System, doc, ""); err != nil {
		t.Fatalf("%v\n%v", err, findings)
	}
}

// A visitor is somebody at the doors.
type visitor struct {
	who, where string // in words, for the table
	cookie     string // of a session
	csrf       string
	key        string // of a program, or the operator's token
	purpose    bool   // states one (programs, by headers)
	masked     sight
	hashed     bool // sees keyed hashes of what is masked
}

// sight says which personal columns of the persons a visitor does not see in
// clear, of one visitor for each way to see them.
type sight int

const (
	none      sight = iota // sees none of the rows, or all of them in clear
	allMasked              // basic and sensitive columns are masked
	sensitive              // sensitive columns alone are
)

func (v *visitor) name() string {
	if v.where == "" {
		return v.who
	}
	return v.who + " [" + v.where + "]"
}

// ask sends a request as the visitor. Everybody comes from this machine, each
// time from another address of it, so that nothing is counted against them.
func (l *land) ask(v *visitor, r *http.Request) *httptest.ResponseRecorder {
	r.Host = "localhost"
	l.asked++
	r.RemoteAddr = fmt.Sprintf("127.%d.%d.%d:50000", 1+l.asked>>14, l.asked>>7&127, 1+l.asked&127)
	r.Header.Set("User-Agent", "test")
	if v.cookie != "" {
		r.AddCookie(&http.Cookie{Name: door.AccountCookie, Value: v.cookie})
	}
	if v.key != "" {
		r.Header.Set("Authorization", "Bearer "+v.key)
	}
	if v.purpose && v.key != "" {
		r.Header.Set("X-Phohien-Purpose", "cap-nhat-du-lieu")
	}
	w := httptest.NewRecorder()
	l.Handler().ServeHTTP(w, r)
	return w
}

// testPassword is good enough for accounts without a second factor.
const testPassword = "Thuyền Rời Bến-07h"

var here = identity.Origin{IP: netip.MustParseAddr("127.0.0.1"), Agent: "test"}

// the words of the table for where somebody works.
var places = map[string]string{ownerOrg: "cơ quan chủ quản", otherOrg: "cơ quan khác", communeOrg: "xã"}

// visitors are one of each role in each place, those with a purpose and a second
// factor, programs, a company, the emergency account, the operator and nobody.
func (l *land) visitors(t *testing.T) []*visitor {
	t.Helper()
	ctx := t.Context()
	all := []*visitor{{who: "Công chúng (không tài khoản)"}}
	names := map[string]string{}
	for _, r := range l.Policies.Roles() {
		names[r.ID] = r.Vi
	}
	for _, role := range []string{
		policy.RoleOfficial, policy.RoleSteward, policy.RoleEntry, policy.RoleEngineer, policy.RoleGovernor, policy.RoleCDO,
		policy.RoleAnalyst, policy.RoleCompliance, policy.RoleAdmin,
	} {
		for _, at := range []string{ownerOrg, otherOrg, communeOrg} {
			v := &visitor{who: names[role], where: places[at]}
			l.signIn(t, v, role, at, len(all))
			if slices.Contains([]string{policy.RoleOfficial + ownerOrg, policy.RoleOfficial + communeOrg, policy.RoleSteward + ownerOrg, policy.RoleSteward + communeOrg,
				policy.RoleEntry + communeOrg, policy.RoleEngineer + ownerOrg, policy.RoleEngineer + otherOrg, policy.RoleAdmin + otherOrg}, role+at) {
				v.masked, v.hashed = allMasked, role == policy.RoleEngineer
			}
			all = append(all, v)
		}
	}
	for _, c := range []struct {
		role, at string
		strong   bool
		sees     sight
	}{
		{policy.RoleSteward, ownerOrg, false, sensitive}, {policy.RoleSteward, ownerOrg, true, none}, {policy.RoleSteward, communeOrg, false, sensitive},
		{policy.RoleSteward, communeOrg, true, none}, {policy.RoleEntry, communeOrg, true, sensitive}, {policy.RoleOfficial, communeOrg, false, none},
	} {
		v := &visitor{who: names[c.role], where: places[c.at] + ", đã nêu mục đích", masked: c.sees}
		s := l.signIn(t, v, c.role, c.at, len(all))
		if c.strong {
			v.where += ", đã xác thực lớp hai"
			s = l.strengthen(t, v)
		}
		if err := l.Accounts.SetPurpose(ctx, s, "cap-nhat-du-lieu", "kiểm tra", "Luật 91/2025/QH15, Điều 19 khoản 1"); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return append(all, l.programs(t, names)...)
}

// programs are those who do not sign in with a password.
func (l *land) programs(t *testing.T, names map[string]string) (all []*visitor) {
	t.Helper()
	ctx := t.Context()
	for i, at := range []string{ownerOrg, otherOrg, communeOrg} {
		c, err := l.Clients.Create(ctx, actor.System, clients.Client{
			ID: fmt.Sprintf("phan-mem-%d", i), Name: "Phần mềm thử", Org: at, Contact: "Tổ thử nghiệm", Grants: clients.Grants{Roles: []string{policy.RoleService}},
		})
		if err != nil {
			t.Fatal(err)
		}
		key, _, err := l.Clients.NewKey(ctx, actor.System, c.ID, clients.Wish{Label: "thử"})
		if err != nil {
			t.Fatal(err)
		}
		v := &visitor{who: names[policy.RoleService], where: places[at], key: key}
		if at == ownerOrg {
			v.masked = allMasked
		}
		all = append(all, v)
	}
	for i, at := range []string{ownerOrg, otherOrg} {
		acc, err := l.Accounts.Add(ctx, actor.System, identity.NewAccount{
			Login: fmt.Sprintf("doanh-nghiep-%d", i), Name: "Doanh nghiệp thử", Kind: identity.KindCompany, OrgID: at,
			MandateFrom: "2020-01-01", MandateTo: "2099-12-31", MandatePaper: "Số 1/HĐ ngày 01/01/2020",
		})
		if err != nil {
			t.Fatal(err)
		}
		v := &visitor{who: names[policy.RoleCompany], where: places[at]}
		l.activate(t, v, acc)
		all = append(all, v)
	}
	_, code, err := l.Accounts.MakeEmergency(ctx, actor.System, "Tài khoản khẩn cấp thử")
	if err != nil {
		t.Fatal(err)
	}
	issued, _, err := l.Accounts.UseEmergency(ctx, code, "thử nghiệm phân quyền", here)
	if err != nil {
		t.Fatal(err)
	}
	return append(all,
		&visitor{who: names[policy.RoleEmergency], cookie: issued.Token, csrf: issued.CSRF},
		&visitor{who: "Người vận hành máy chủ (mã của lần khởi động)", key: l.Token()})
}

// signIn makes a person with a post and an account, and signs them in.
func (l *land) signIn(t *testing.T, v *visitor, role, at string, n int) identity.Session {
	t.Helper()
	ctx := t.Context()
	row := org.ImportRow{Name: fmt.Sprintf("Cán bộ Thử %d", n), Email: fmt.Sprintf("thu.%d@phohien.example", n), OrgCode: at, Title: fmt.Sprintf("Chức vụ thử %d", n), Generated: true}
	if role != policy.RoleOfficial {
		row.Roles = []string{role}
	}
	report, err := l.Orgs.ImportPeople(ctx, actor.Actor{Kind: "system", ID: "test", Name: "test"}, []org.ImportRow{row}, false)
	if err != nil || report.Rows[0].Err != nil {
		t.Fatal(err, report.Rows[0].Err)
	}
	acc, err := l.Accounts.Add(ctx, actor.System, identity.NewAccount{
		Login: fmt.Sprintf("thu.%d", n), Name: row.Name, Email: row.Email, PersonID: report.Rows[0].Person, OrgID: at,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l.activate(t, v, acc)
}

// activate opens an account with its slip and a password, and with an
// authenticator app where one is asked for.
func (l *land) activate(t *testing.T, v *visitor, acc identity.Account) identity.Session {
	t.Helper()
	ctx := t.Context()
	step := func(s identity.Step, err error) identity.Step {
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	code, err := l.Accounts.Invite(ctx, actor.System, acc.ID)
	if err != nil {
		t.Fatal(err)
	}
	s := step(l.Accounts.Activate(ctx, code, here))
	s = step(l.Accounts.SetPassword(ctx, s.Token, testPassword))
	if s.Kind == identity.StepEnrol {
		s = step(l.app(t, s.Token, 0))
	}
	if s.Kind != identity.StepDone {
		t.Fatalf("%s: sign-in asks for %s", acc.Login, s.Kind)
	}
	v.cookie, v.csrf = s.Issued.Token, s.Issued.CSRF
	return s.Issued.Session
}

// app sets up an authenticator app, whose clock is late by so much.
func (l *land) app(t *testing.T, token string, late time.Duration) (identity.Step, error) {
	t.Helper()
	setup, err := l.Accounts.SetUpTOTP(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	confirm := func() (identity.Step, error) {
		code, err := totp.GenerateCode(setup.Secret, time.Now().Add(-late))
		if err != nil {
			t.Fatal(err)
		}
		return l.Accounts.ConfirmTOTP(t.Context(), token, code, "ứng dụng thử")
	}
	step, err := confirm()
	if late > 0 && fault.Is(err, "identity.code.wrong") { // half a minute has turned in between
		return confirm()
	}
	return step, err
}

// strengthen shows a second factor in a session that has none.
func (l *land) strengthen(t *testing.T, v *visitor) identity.Session {
	t.Helper()
	ctx := t.Context()
	setup, err := l.Accounts.SetUpTOTP(ctx, v.cookie)
	if err != nil {
		t.Fatal(err)
	}
	code := func(at time.Time) string {
		text, err := totp.GenerateCode(setup.Secret, at)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	confirm := func() error {
		_, err := l.Accounts.ConfirmTOTP(ctx, v.cookie, code(time.Now().Add(-30*time.Second)), "ứng dụng thử")
		return err
	}
	err = confirm()
	if fault.Is(err, "identity.code.wrong") { // half a minute has turned in between
		err = confirm()
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := l.Accounts.Check(ctx, v.cookie, here)
	if err != nil {
		t.Fatal(err)
	}
	if !s.Strong() {
		if s, err = l.Accounts.Strengthen(ctx, s, identity.Proof{Kind: identity.FactorTOTP, Code: code(time.Now())}, here); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func get(path string) *http.Request { return httptest.NewRequest("GET", path, nil) }

func post(path, mediaType string, body []byte) *http.Request {
	r := httptest.NewRequest("POST", path, bytes.NewReader(body))
	r.Header.Set("Content-Type", mediaType)
	return r
}
