package app

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/foundation/actor"
	"github.com/phohien/phohien/internal/foundation/audit"
	"github.com/phohien/phohien/internal/foundation/identity"
	"github.com/phohien/phohien/internal/foundation/identity/sms"
)

// TestSMS signs somebody in with a code that a gateway was asked to send, and
// finds the code nowhere in the log.
func TestSMS(t *testing.T) {
	var taken []string
	gateway := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		var m struct{ To, Text string }
		if err == nil {
			err = json.Unmarshal(b, &m)
		}
		if err != nil || m.To != "+84912345678" || r.Header.Get("Authorization") != "Bearer khoa-thu" {
			t.Errorf("the gateway was asked %s %v: %v", b, r.Header, err)
		}
		taken = append(taken, regexp.MustCompile(`\d{6}`).FindString(m.Text))
	}))
	t.Cleanup(gateway.Close)
	secret := filepath.Join(t.TempDir(), "sms.key")
	if err := os.WriteFile(secret, []byte("khoa-thu\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := config(t.TempDir())
	c.SMS = sms.Options{URL: gateway.URL, Header: "Authorization: Bearer {secret}", Secret: secret}
	a := open(t, c)
	ctx := t.Context()
	acc, err := a.Accounts.Add(ctx, actor.System, identity.NewAccount{Login: "mau", Name: "Nguyễn Văn Mẫu", Phone: "0912345678"})
	if err != nil {
		t.Fatal(err)
	}
	l := &land{App: a}
	v := &visitor{who: "người có điện thoại"}
	l.activate(t, v, acc)
	if _, err := a.Accounts.SetUpSMS(ctx, v.cookie); err != nil || len(taken) != 1 {
		t.Fatalf("%v, %d messages", err, len(taken))
	}
	if _, err := a.Accounts.ConfirmSMS(ctx, v.cookie, taken[0]); err != nil {
		t.Fatal(err)
	}
	step, err := a.Accounts.Begin(ctx, "mau", testPassword, here)
	if err != nil || step.Kind != identity.StepFactor || len(step.Factors) == 0 || step.Factors[0] != identity.FactorSMS {
		t.Fatalf("%+v %v", step, err)
	}
	page, err := a.Audit.Entries(ctx, audit.Query{Limit: 1000})
	if err != nil || len(page.Entries) == 0 {
		t.Fatal(len(page.Entries), err)
	}
	text, err := json.Marshal(page.Entries)
	if err != nil || strings.Contains(string(text), taken[0]) {
		t.Errorf("the code stands in the log: %v", err)
	}
}

// TestSMS_off: without a gateway no code is offered, and settings that name none
// are refused with how to mend them.
func TestSMS_off(t *testing.T) {
	a := open(t, config(t.TempDir()))
	if sender, err := a.smsSender(); sender != nil || err != nil {
		t.Errorf("%v %v", sender, err)
	}
	_, _, err := ReadConfig(sources(nil, nil, "sms-header: 'X-Key: {secret}'"))
	if err == nil || !strings.Contains(err.Error(), "sms.no-url") {
		t.Error(err)
	}
	conf, settings, err := ReadConfig(sources(nil, nil, "sms-url: https://tin-nhan.example/gui\nsms-body: '{\"phone\":\"{phone84}\",\"content\":\"{text}\"}'\n"))
	if err != nil || !conf.SMS.On() || conf.SMS.Body != `{"phone":"{phone84}","content":"{text}"}` {
		t.Errorf("%+v %v", conf.SMS, err)
	}
	for _, s := range settings {
		if strings.HasPrefix(s.Name, "sms-") && s.Name != "sms-url" && s.Name != "sms-body" && s.Origin != FromDefault {
			t.Errorf("%+v", s)
		}
	}
}
