package app

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/phohien/phohien/internal/channels/operate"
	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/policy"
	"github.com/phohien/phohien/internal/foundation/store"
	"github.com/phohien/phohien/internal/foundation/store/storetest"
)

// plates is a data set of vehicles that somebody wants to be open.
const plates = `apiVersion: v3.1.0
kind: DataContract
id: bai-xe-cong-cong
name: Lượt gửi xe
version: 1.0.0
status: active
schema:
  - name: luot
    properties:
      - {name: so, businessName: Số lượt, logicalType: string, primaryKey: true, primaryKeyPosition: 1, required: true}
      - {name: bien_so, businessName: Biển số xe, logicalType: string, customProperties: [{property: phohien.identifier, value: plate}]}
customProperties:
  - {property: phohien.owner, value: ` + ownerOrg + `}
  - {property: phohien.access, value: open}
`

// TestAcceptance_plates is case 7: plate numbers are not published as open data,
// by whichever way somebody tries, and the article is shown.
func TestAcceptance_plates(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	admin := &visitor{who: "Quản trị hệ thống"}
	l.signIn(t, admin, policy.RoleAdmin, otherOrg, 1)
	folder := zipped(t, map[string]string{
		"pack.yaml":             "id: bai-xe\nname: Bãi xe\nversion: 1.0.0\nlicence: Apache-2.0\n",
		"contracts/bai-xe.yaml": plates,
	})
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	for _, p := range [][2]string{{"contract", plates}, {"file", "so,bien_so\n1,89A-12345\n"}} {
		w, err := parts.CreateFormFile(p[0], p[0])
		if err == nil {
			_, err = w.Write([]byte(p[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := parts.Close(); err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*http.Request{
		"a look at the pack":        post(operate.Prefix+"packs/diff", "application/zip", folder),
		"installing the pack":       post(operate.Prefix+"packs?consent=true", "application/zip", folder),
		"a file checked against it": post(operate.Prefix+"check", parts.FormDataContentType(), form.Bytes()),
	} {
		w := l.ask(admin, r)
		body := w.Body.String()
		if w.Code != http.StatusBadRequest || !strings.Contains(body, "Luật 91/2025/QH15 Điều 16") || !strings.Contains(body, "Law 91/2025, Article 16") || !strings.Contains(body, "Biển số xe") {
			t.Errorf("%s: %d %s", name, w.Code, body)
		}
	}
	nobody := &visitor{}
	for _, path := range []string{"/api/v1/datasets/bai-xe-cong-cong/records", "/datasets/bai-xe-cong-cong"} {
		if w := l.ask(nobody, get(path)); w.Code != http.StatusUnauthorized {
			t.Errorf("%s without an account: %d", path, w.Code)
		}
		if w := l.ask(admin, get(path)); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d, want that it is not there", path, w.Code)
		}
	}
	// Without the plates the same set may be open.
	open := strings.Replace(plates, "customProperties: [{property: phohien.identifier, value: plate}]", "logicalTypeOptions: {maxLength: 20}", 1)
	open = strings.ReplaceAll(strings.ReplaceAll(open, "bien_so", "loai_xe"), "Biển số xe", "Loại xe")
	w := l.ask(admin, post(operate.Prefix+"packs", "application/zip", zipped(t, map[string]string{
		"pack.yaml": "id: bai-xe\nname: Bãi xe\nversion: 1.0.0\nlicence: Apache-2.0\n", "contracts/bai-xe.yaml": open,
	})))
	if w.Code != http.StatusOK {
		t.Errorf("without plates: %d %s", w.Code, w.Body)
	}
}

func zipped(t *testing.T, files map[string]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for name, text := range files {
		w, err := z.Create(name)
		if err == nil {
			_, err = w.Write([]byte(text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestAcceptance_noInternet is case 11: without a network the emergency account
// opens, an officer is let in again, a file is sent, checked and reported on.
// Nothing tries to reach another machine meanwhile.
func TestAcceptance_noInternet(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, s store.Config) {
		tried := cutOff(t)
		l := settle(t, s, population{})
		l.offline(t)
		if found := tried(); len(found) > 0 {
			t.Errorf("asked other machines: %q", found)
		}
	})
}

func (l *land) offline(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	_, code, err := l.Accounts.MakeEmergency(ctx, actor.System, "Tài khoản khẩn cấp")
	if err != nil {
		t.Fatal(err)
	}
	issued, _, err := l.Accounts.UseEmergency(ctx, code, "mất kết nối Internet, không ai đăng nhập được", here)
	if err != nil {
		t.Fatal(err)
	}
	safe := &visitor{who: "Tài khoản khẩn cấp", cookie: issued.Token, csrf: issued.CSRF}
	if w := l.ask(safe, get(operate.Prefix+"health")); w.Code != http.StatusOK {
		t.Errorf("the emergency account and the state of the program: %d %s", w.Code, w.Body)
	}
	// An officer who is locked out is let in again, and shows a second factor that
	// needs no network either.
	officer := &visitor{who: "Cán bộ đầu mối dữ liệu"}
	session := l.signIn(t, officer, policy.RoleSteward, ownerOrg, 1)
	if err := l.Accounts.SetState(ctx, identity.System, session.Account.ID, identity.Locked, "thử"); err != nil {
		t.Fatal(err)
	}
	if w := l.ask(officer, get("/api/v1/datasets")); w.Code != http.StatusUnauthorized {
		t.Errorf("a locked officer: %d", w.Code)
	}
	if err := l.Accounts.SetState(ctx, issued.Session.Actor(), session.Account.ID, identity.Active, "mở lại khi mất mạng"); err != nil {
		t.Fatal(err)
	}
	step, err := l.Accounts.Begin(ctx, session.Account.Login, testPassword, here)
	if err != nil || step.Kind != identity.StepDone {
		t.Fatalf("sign-in: %+v, %v", step, err)
	}
	officer.cookie, officer.csrf = step.Issued.Token, step.Issued.CSRF
	strong := l.strengthen(t, officer)
	if err := l.Accounts.SetPurpose(ctx, strong, "cap-nhat-du-lieu", "nhập danh sách tháng", "Luật 91/2025/QH15, Điều 19 khoản 1"); err != nil {
		t.Fatal(err)
	}
	file := landHead + population{}.line(30, "HS-30", 300) + population{}.line(31, "HS-31", 99999)
	r := post("/api/v1/datasets/"+landSet+"/batches?name=khi-mat-mang.csv&confirm=true", "text/csv", []byte(file))
	r.Header.Set("Prefer", "wait=60")
	w := l.ask(officer, r)
	var batch struct {
		ID     string `json:"batch"`
		Report struct{ Accepted, Quarantined int64 }
	}
	if err := json.Unmarshal(w.Body.Bytes(), &batch); err != nil || w.Code != http.StatusCreated || batch.Report.Accepted != 1 || batch.Report.Quarantined != 1 {
		t.Fatalf("import: %d %s, %v", w.Code, w.Body, err)
	}
	for _, path := range []string{
		"/api/v1/datasets/" + landSet + "/records?ho_so=HS-30", "/api/v1/datasets/" + landSet + "/quality", "/api/v1/datasets/" + landSet + "/quarantine",
		"/api/v1/batches/" + batch.ID, "/api/v1/batches/" + batch.ID + "/slip.xlsx", "/api/v1/datasets/" + landSet + "/records.xlsx",
		"/", "/datasets/" + landSet, "/batches/" + batch.ID, "/batches/" + batch.ID + "/receipt", "/datasets/" + landSet + "/senders",
	} {
		w := l.ask(officer, get(path))
		if w.Code != http.StatusOK {
			t.Errorf("%s: %d %.300s", path, w.Code, w.Body)
		}
		if i := strings.Index(w.Body.String(), "https://"); i >= 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s names another host: %.80s", path, w.Body.String()[i:])
		}
	}
}

// cutOff takes the network away as far as a process can by itself: names are not
// resolved, the clients of the standard library reach nobody, and connections
// that others open all the same are found in the system's own list. What it
// returns lists who was tried.
func cutOff(t *testing.T) (tried func() []string) {
	t.Helper()
	var found atomic.Pointer[[]string]
	found.Store(&[]string{})
	note := func(text string) {
		for {
			old := found.Load()
			more := append(append([]string{}, *old...), text)
			if found.CompareAndSwap(old, &more) {
				return
			}
		}
	}
	resolver, transport := net.DefaultResolver, http.DefaultTransport
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(_ context.Context, network, address string) (net.Conn, error) {
		note("resolver " + network + " " + address)
		return nil, errors.New("there is no network")
	}}
	http.DefaultTransport = refusing(note)
	ctx, stop := context.WithCancel(context.Background())
	watching := make(chan struct{})
	go func() {
		defer close(watching)
		for ctx.Err() == nil {
			for _, remote := range remotes() {
				note("connection " + remote)
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	t.Cleanup(func() { net.DefaultResolver, http.DefaultTransport = resolver, transport })
	return func() []string {
		stop()
		<-watching
		return *found.Load()
	}
}

type refusing func(string)

func (r refusing) RoundTrip(req *http.Request) (*http.Response, error) {
	r("request " + req.URL.String())
	return nil, errors.New("there is no network")
}

// remotes lists the machines beyond this one to which this process has, or is
// opening, a connection (Linux).
func remotes() (all []string) {
	own := map[string]bool{}
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return nil
	}
	for _, fd := range fds {
		if to, err := os.Readlink(filepath.Join("/proc/self/fd", fd.Name())); err == nil && strings.HasPrefix(to, "socket:[") {
			own[strings.Trim(to, "socket:[]")] = true
		}
	}
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, err := os.ReadFile("/proc/self/net/" + table)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(text)) {
			f := strings.Fields(line)
			if len(f) < 10 || !own[f[9]] {
				continue
			}
			address, port, _ := strings.Cut(f[2], ":")
			loopback := strings.HasSuffix(address, "0100007F") && (len(address) == 8 || strings.HasPrefix(address, "0000000000000000FFFF0000")) || address == "00000000000000000000000001000000"
			if port != "0000" && !loopback {
				all = append(all, table+" "+f[2])
			}
		}
	}
	return all
}

// TestAcceptance_yesterday is case 12: the audit log proves that what was written
// yesterday was not altered, to somebody who has nothing of ours but the log's
// key and a checkpoint of yesterday.
func TestAcceptance_yesterday(t *testing.T) {
	l := settle(t, storetest.SQLite(t), population{})
	now := time.Date(2026, 11, 20, 8, 0, 0, 0, time.UTC)
	_, signer, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "audit")
	log, err := audit.Open(audit.Options{
		Dir: dir, Origin: "phohien/thu/audit", Signer: signer, Now: func() time.Time { return now },
		Mono: func() time.Duration { return now.Sub(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) }, Clock: func() string { return audit.ClockSynced },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	l.Audit = log // what is done from now on is written with this clock
	key := log.Key()
	admin := &visitor{who: "Quản trị hệ thống"}
	l.signIn(t, admin, policy.RoleAdmin, ownerOrg, 1)
	work := func() {
		for _, path := range []string{"/api/v1/datasets/" + landSet + "/records.csv", operate.Prefix + "health"} {
			l.ask(admin, get(path))
			now = now.Add(time.Minute)
		}
		l.ask(&visitor{key: l.Token()}, post("/api/v1/batches/"+l.stopped+"/cancel", "application/json", nil))
	}
	work()
	yesterday, err := log.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadFile(filepath.Join(dir, "checkpoint")) // put away outside
	if err != nil {
		t.Fatal(err)
	}
	refused := find(t, dir, func(e audit.Recorded) bool { return e.Action == "export" && e.Result == audit.Deny })

	now = now.Add(24 * time.Hour)
	work()
	today, err := log.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if yesterday.Size < 3 || today.Size <= yesterday.Size {
		t.Fatalf("%d entries yesterday, %d today", yesterday.Size, today.Size)
	}
	if r, err := audit.Verify(t.Context(), dir, key); err != nil || len(r.Problems) > 0 || r.Size != today.Size {
		t.Fatalf("verify: %+v, %v", r, err)
	}
	proofs(t, dir, key, kept, refused, yesterday, today)
	altered(t, dir, key, refused)
}

// find gives the entry that is asked for.
func find(t *testing.T, dir string, is func(audit.Recorded) bool) audit.Recorded {
	t.Helper()
	reader, err := audit.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	page, err := reader.Entries(t.Context(), audit.Query{Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range page.Entries {
		if is(e) {
			return e
		}
	}
	t.Fatalf("not among %d entries", len(page.Entries))
	return audit.Recorded{}
}

// proofs checks, with the key alone, that an entry of yesterday stands in the log
// and that all of yesterday stands in today's log unchanged.
func proofs(t *testing.T, dir string, key audit.Key, kept []byte, e audit.Recorded, yesterday, today audit.Checkpoint) {
	t.Helper()
	reader, err := audit.OpenReader(dir)
	if err != nil {
		t.Fatal(err)
	}
	receipt, err := reader.Proof(t.Context(), e.Index)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(receipt)
	if err != nil {
		t.Fatal(err)
	}
	handed, err := audit.ParseReceipt(text)
	if err != nil {
		t.Fatal(err)
	}
	proved, err := handed.Check(key)
	if err != nil || proved.Action != e.Action || proved.Result != audit.Deny || !proved.Time.Equal(e.Time) || proved.Object != "dataset:"+landSet {
		t.Errorf("proved %+v, %v; want %+v", proved, err, e)
	}
	for what, change := range map[string]func(*audit.Receipt){
		"who it was":      func(r *audit.Receipt) { r.Payload = strings.Replace(r.Payload, `"deny"`, `"done"`, 1) },
		"another entry":   func(r *audit.Receipt) { r.Index-- },
		"another path":    func(r *audit.Receipt) { r.Proof = r.Proof[1:] },
		"another key":     func(r *audit.Receipt) { r.Checkpoint = strings.Replace(r.Checkpoint, "— ", "— x", 1) },
		"a payload alone": func(r *audit.Receipt) { r.Leaf = "" },
	} {
		forged := handed
		forged.Proof = append([]string{}, handed.Proof...)
		change(&forged)
		if _, err := forged.Check(key); err == nil {
			t.Errorf("a receipt with %s changed is taken for true", what)
		}
	}
	c, err := reader.Consistency(kept)
	if err != nil {
		t.Fatal(err)
	}
	if older, newer, err := c.Check(key); err != nil || older.Size != yesterday.Size || newer.Size != today.Size {
		t.Errorf("consistency %+v, %+v, %v", older, newer, err)
	}
}

// altered turns one bit in each of yesterday's bytes that hold an entry, in
// copies of the log, and wants each found.
func altered(t *testing.T, dir string, key audit.Key, e audit.Recorded) {
	t.Helper()
	name := filepath.Join("payload", "000000.log")
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte(`"deny"`))
	if at < 0 {
		t.Fatal("the entry is not where it is looked for")
	}
	for _, i := range []int{0, 5, at + 1, at + 3, len(text) / 2} {
		other := filepath.Join(t.TempDir(), fmt.Sprint("copy", i))
		if err := os.CopyFS(other, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		changed := bytes.Clone(text)
		changed[i] ^= 1
		if err := os.WriteFile(filepath.Join(other, name), changed, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := audit.Verify(t.Context(), other, key)
		if err != nil || len(r.Problems) == 0 {
			t.Errorf("byte %d turned and not found: %+v, %v", i, r, err)
			continue
		}
		if i == at+1 && !strings.Contains(fmt.Sprintf("%+v", r.Problems), fmt.Sprint(e.Index)) {
			t.Errorf("the changed entry %d is not named: %+v", e.Index, r.Problems)
		}
	}
}
