package api_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/phohien/phohien/internal/channels/api"
)

// TestContractPut looks at a contract, puts it in force for a reason, and goes
// back; who may not, or looked at another version, changes nothing.
func TestContractPut(t *testing.T) {
	h := newGuarded(t, nil)
	const set = "/api/v1/datasets/hy-xa/contract"
	now := h.get(set).want(200)
	tag := now.response.Header.Get("ETag")
	document := string(now.body)
	next := strings.Replace(document, "name: Xã, phường tỉnh Hưng Yên", "name: Xã, phường của tỉnh", 1)
	body := func(document, reason string, consent bool) *strings.Reader {
		b, err := json.Marshal(map[string]any{"document": document, "reason": reason, "consent": consent})
		if err != nil {
			t.Fatal(err)
		}
		return strings.NewReader(string(b))
	}
	check := func(document string) (c api.ContractCheck) {
		t.Helper()
		b, err := json.Marshal(map[string]string{"document": document})
		if err != nil {
			t.Fatal(err)
		}
		h.ask("POST", set+"/check", strings.NewReader(string(b)), "Content-Type: application/json").want(200).into(&c)
		return c
	}
	if c := check(document); !c.Usable || !c.Same || len(c.Changes) != 0 {
		t.Errorf("the same: %+v", c)
	}
	if c := check(next); !c.Usable || c.Same || c.Breaking || len(c.Changes) != 1 || c.Changes[0].Code != "name" {
		t.Errorf("another name: %+v", c)
	}
	if c := check("a: ["); c.Usable || len(c.Findings) != 1 || c.Findings[0].Line < 1 || c.Findings[0].Vi == "" {
		t.Errorf("no YAML: %+v", c)
	}
	put := func(document, reason, match string, consent bool, headers ...string) *answer {
		t.Helper()
		return h.ask("PUT", set, body(document, reason, consent), append(headers, "Content-Type: application/json", "If-Match: "+match)...)
	}
	put(next, "thử", "", false).problem(400, "contract.no-match")
	put(next, "thử", `"0123456789abcdef01234567"`, false).problem(409, "contract.changed")
	put(next, "thử", tag, false, "Test-Role: analyst").problem(403, "door.denied")
	put("a: [", "thử", tag, false).problem(400, "contract.refused")
	without := strings.Replace(next, "id: hy-xa\n", "id: hy-khac\n", 1)
	put(without, "thử", tag, true).problem(400, "contract.refused")
	broken := strings.Replace(next, "      - name: can_cu\n", "      - name: can_cu_moi\n        physicalName: can_cu_moi\n", 1)
	put(broken, "thử", tag, false).problem(409, "contract.breaking")
	after := put(next, "Theo Công văn số 12", tag, false).want(200).response.Header.Get("ETag")
	if got := h.get(set).want(200); string(got.body) != next || got.response.Header.Get("ETag") != after {
		t.Errorf("in force is another text, or under %s, not %s", got.response.Header.Get("ETag"), after)
	}
	put(next, "thử", tag, false).problem(409, "contract.changed")
	var list struct{ Items []api.ContractVersion }
	h.get(set + "/versions").want(200).into(&list)
	if v := list.Items[0]; v.Note != "Theo Công văn số 12" || !v.ByHand || v.State != "current" {
		t.Errorf("%+v", v)
	}
	put(document, "quay lại", after, false).want(200)
	told := false
	for _, e := range h.notes() {
		told = told || e.Action == "edit-contract" && e.Result == "done" && e.ID == "hy-xa" && e.Detail["reason"] == "Theo Công văn số 12"
	}
	if !told {
		t.Error("the change is not in the log")
	}
}
